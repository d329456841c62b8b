"""A lecture on one photo in one network: its pages as plain values, and all of it as a web page."""
