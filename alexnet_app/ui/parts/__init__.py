"""What several rooms use: plain values in, signals out."""
