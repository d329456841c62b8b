"""The model: its architecture as a value, the towers, local response normalization, weights on disk."""
