"""Configuration, the update rule and the training loop."""
