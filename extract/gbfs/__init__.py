"""GBFS feeds, 2.x and 3.0: what was seen, snapshot by snapshot."""
