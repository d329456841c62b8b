"""The functions that the layers compute, forward and backward, each with its kernel for GPUs beside it."""
