"""What the Paper panel shows: plain values in, signals out."""
