"""What the scooters' devices report."""
