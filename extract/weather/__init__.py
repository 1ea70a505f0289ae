"""Hourly weather, observed and forecast."""
