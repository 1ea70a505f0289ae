"""MDS 2.0 provider feeds: trips, events, telemetry and stops of an operator's fleet."""
