"""What all tests share."""

import os

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as the program sets them, before anything loads torch
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
