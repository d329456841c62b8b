"""The manual and the list of keys, in windows of their own."""
