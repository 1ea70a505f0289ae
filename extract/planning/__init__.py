"""The planning sheets."""
