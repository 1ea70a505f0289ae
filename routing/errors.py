"""What can go wrong between tasks and published routes."""

from warehouse.errors import MoowError


class RoutingError(MoowError):
    """Routes could not be planned or published; what was in force stays in force."""
