"""What an evaluation shows: plain values in, signals out."""
