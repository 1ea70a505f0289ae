"""A city of scooters with known truth, writing what the real sources would hold."""
