"""The evaluation of a run: what it gets wrong."""
