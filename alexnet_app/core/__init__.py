"""The network, its data, its training and what is shown of it. Knows no Qt; prints nothing; keeps no module state but
what is the process's own, such as in ``memory``.
"""
