"""Python models of this package that the runner of `warehouse.models` runs: none.

Tasks and routes carry state from run to run (what is claimed, begun, done), so they are no pure
function of the marts; `routing.run.plan_city` brings them up to date in its own transactions. What
it reads is declared here, so that the lineage in the dbt docs can name it.
"""

from warehouse.models import PythonModel

MODELS: tuple[PythonModel, ...] = ()

#: Marts that planning reads.
READS = (
    "marts.dim_cities",
    "marts.dim_parkings",
    "marts.dim_shifts",
    "marts.dim_vehicles",
    "marts.dim_workers",
    "marts.fct_scooter_states",
    "marts.fct_task_candidates",
)

#: Tables that planning writes.
WRITES = ("ops.route_stops", "ops.routes", "ops.tasks")
