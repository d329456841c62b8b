"""The Paper panel: the paper's experiments."""
