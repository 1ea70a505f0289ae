"""Tasks to routes: the life of a task, the vehicle routing problem, and what vans are told."""
