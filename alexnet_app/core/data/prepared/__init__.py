"""Prepared sets: every image decoded and scaled once, then read by position."""
