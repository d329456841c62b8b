"""Everything Qt: the window, its panels and its widgets."""
