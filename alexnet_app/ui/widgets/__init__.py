"""Plain values in, signals out: widgets know nothing of the core."""
