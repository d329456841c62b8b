"""The data of a new run: what was understood of them, before anything starts."""
