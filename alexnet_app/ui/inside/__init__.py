"""The panel Inside: one photo on its way through the two towers."""
