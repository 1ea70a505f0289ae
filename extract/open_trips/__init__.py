"""Trips from files, for cities without an operational database."""
