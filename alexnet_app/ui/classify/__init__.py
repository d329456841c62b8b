"""The Classify panel: classifies pictures and shows the results."""
