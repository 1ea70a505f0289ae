"""Metric coordinates, zones, nearest neighbours and polylines; imports nothing else of ours."""
