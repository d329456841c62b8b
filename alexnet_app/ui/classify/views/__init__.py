"""What the Classify panel shows: plain values in, signals out."""
