"""What the window of prepared sets shows: plain values in, signals out."""
