"""Models from files of other programs, and back: what several rooms offer."""
