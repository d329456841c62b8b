"""The window of prepared sets."""
