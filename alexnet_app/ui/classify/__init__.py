"""The Classify panel: pictures in, answers out."""
