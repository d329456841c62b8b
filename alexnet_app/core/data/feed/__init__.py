"""Batches in an exact order, varied, on the device that computes."""
