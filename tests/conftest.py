"""What all tests share."""

import os

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as the program sets it, before anything loads torch
