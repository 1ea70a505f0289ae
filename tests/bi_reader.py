"""The warehouse as a BI tool's role sees it."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.conninfo import make_conninfo

from warehouse.connection import Warehouse


@contextmanager
def new_role(warehouse: Warehouse) -> Iterator[str]:
    """A name that no other test uses; its rights are gone at the end."""
    name = f"bi_{uuid.uuid4().hex[:12]}"
    yield name
    if warehouse.fetch("select 1 from pg_roles where rolname = %(name)s", {"name": name}):
        warehouse.execute(f"drop owned by {name}; drop role {name}")


def as_role(warehouse: Warehouse, role: str, password: str | None) -> Warehouse:
    """The warehouse as the role sees it."""
    return Warehouse(make_conninfo(warehouse.url, user=role, password=password or ""))
