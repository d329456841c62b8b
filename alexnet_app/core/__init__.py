"""The network, its data, its training and what is shown of it. Knows no Qt; prints nothing; keeps no module state."""
