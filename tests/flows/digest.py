"""What a warehouse holds, as one digest a table: to compare two of them."""

from warehouse.connection import Warehouse

#: Records of when something ran, which no two runs share.
_DIARIES = {"ops.runs", "ops.worker_credentials"}

_RELATIONS = """
select table_schema || '.' || table_name as relation
from information_schema.tables
where table_schema in ('marts', 'bi', 'ml', 'ops')
order by 1
"""


def digests(warehouse: Warehouse) -> dict[str, str]:
    """Digest of the rows of every mart, model output and operations table, whatever their order."""
    found = {}
    for row in warehouse.fetch(_RELATIONS):
        relation = row["relation"]
        if relation not in _DIARIES:
            rows = warehouse.fetch(
                "select count(*) || ' rows ' || coalesce(md5(string_agg(line, '|' order by line)),"
                f" '-') as digest from (select md5(t::text) as line from {relation} as t) as lines"
            )
            found[relation] = rows[0]["digest"]
    return found
