"""What the Train panel shows: plain values in, signals out."""
