"""What the Filters panel shows: plain values in, signals out."""
