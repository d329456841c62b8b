"""What the panel Inside shows: plain values in, signals out."""
