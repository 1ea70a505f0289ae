"""The role of a BI tool: schema bi, read only, and nothing else."""

from collections.abc import Iterator

import psycopg
import pytest

from extract.schemas import create_raw_tables
from tests.bi_reader import as_role, new_role
from warehouse.bi_role import grant_bi_access
from warehouse.connection import Warehouse
from warehouse.errors import WarehouseError

pytestmark = pytest.mark.db


@pytest.fixture
def role(warehouse: Warehouse) -> Iterator[str]:
    """A new role's name; two tables lie ready."""
    warehouse.execute("create schema bi; create table bi.shown (id int)")
    warehouse.execute("create schema marts; create table marts.hidden (id int)")
    with new_role(warehouse) as name:
        yield name


def test_the_role_reads_bi_alone(warehouse: Warehouse, role: str) -> None:
    """Tables of bi are read; those of every other schema, also ones to come, are not."""
    create_raw_tables(warehouse)
    reader = as_role(warehouse, role, grant_bi_access(warehouse, role))
    assert reader.fetch("select * from bi.shown") == []
    warehouse.execute("create schema ml_later; create table ml_later.hidden (id int)")
    others = warehouse.fetch(
        "select schemaname || '.' || tablename as relation from pg_tables where schemaname"
        " not in ('bi', 'pg_catalog', 'information_schema')"
    )
    assert {row["relation"].split(".")[0] for row in others} >= {"marts", "ops", "ml_later"}
    for row in others:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.fetch(f"select * from {row['relation']} limit 0")


@pytest.mark.parametrize(
    "statement",
    [
        "insert into bi.shown values (1)",
        "set transaction read write; insert into bi.shown values (1)",
        "set transaction read write; create table bi.mine (id int)",
        "set transaction read write; create table public.mine (id int)",
        "set transaction read write; create schema mine",
        "set transaction read write; drop table bi.shown",
    ],
)
def test_the_role_writes_nothing(warehouse: Warehouse, role: str, statement: str) -> None:
    """It changes and makes nothing, however it asks."""
    reader = as_role(warehouse, role, grant_bi_access(warehouse, role))
    with pytest.raises(
        (psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege)
    ):
        reader.execute(statement)


def test_readers_outside_see_what_is_public(warehouse: Warehouse, role: str) -> None:
    """A role of schema bi_public does not read bi; one of bi is not turned into it."""
    warehouse.execute("create schema bi_public; create table bi_public.told (id int)")
    password = grant_bi_access(warehouse, role, schema="bi_public")
    reader = as_role(warehouse, role, password)
    assert reader.fetch("select * from told") == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.fetch("select * from bi.shown")
    with pytest.raises(WarehouseError, match=r"more than read schema bi, .*bi_public\.told"):
        grant_bi_access(warehouse, role)


def test_repeating_leaves_the_password(warehouse: Warehouse, role: str) -> None:
    """Only a first time, or one that is given, sets a password."""
    first = grant_bi_access(warehouse, role)
    assert grant_bi_access(warehouse, role) is None
    assert as_role(warehouse, role, first).fetch("select 1 as one") == [{"one": 1}]
    assert grant_bi_access(warehouse, role, "a longer password") == "a longer password"
    with pytest.raises(WarehouseError, match="password authentication failed"):
        as_role(warehouse, role, first).fetch("select 1")
    assert as_role(warehouse, role, "a longer password").fetch("select 1 as one")


def test_a_role_that_sees_more_is_refused(warehouse: Warehouse, role: str) -> None:
    """What the role could read beyond bi is named, be it granted to it or to everybody."""
    warehouse.execute(
        "grant usage on schema marts to public; grant select on marts.hidden to public"
    )
    with pytest.raises(WarehouseError, match=r"could do more.*marts\.hidden"):
        grant_bi_access(warehouse, role)
    assert warehouse.fetch("select 1 from pg_roles where rolname = %(name)s", {"name": role}) == []


def test_a_role_with_powers_is_refused(warehouse: Warehouse, role: str) -> None:
    """Our own user, or one that may make roles, is not turned into a reader."""
    warehouse.execute(f"create role {role} login createrole")
    for name in (role, psycopg.conninfo.conninfo_to_dict(warehouse.url)["user"]):
        with pytest.raises(WarehouseError, match="can do more than read"):
            grant_bi_access(warehouse, str(name))


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [
        ("", None, "cannot be"),
        ("Data Lens", None, "cannot be"),
        ('x"; drop schema ops', None, "cannot be"),
        ("pg_reader", None, "cannot be"),
        ("n" * 64, None, "cannot be"),
        ("datalens", "short", "at least 12"),
    ],
)
def test_what_will_not_do_is_said(
    warehouse: Warehouse, name: str, password: str | None, said: str
) -> None:
    """A name that Postgres would fold or refuse, and a short password, change nothing."""
    with pytest.raises(WarehouseError, match=said):
        grant_bi_access(warehouse, name, password)


def test_a_user_who_may_not_make_roles(warehouse: Warehouse, role: str) -> None:
    """The sentence names the right; once an administrator made the role, the grants are enough."""
    owner = f"{role}_owner"
    database = warehouse.fetch("select current_database() as name")[0]["name"]
    warehouse.execute(
        f"create role {owner} login password 'own'; grant all on database {database} to {owner};"
        f" alter schema bi owner to {owner}; alter table bi.shown owner to {owner}"
    )
    ours = as_role(warehouse, owner, "own")
    try:
        with pytest.raises(WarehouseError, match=f"CREATEROLE, or .* create role {role} login"):
            grant_bi_access(ours, role)
        warehouse.execute(f"create role {role} login password 'made by another'")
        assert grant_bi_access(ours, role) is None
        reader = as_role(warehouse, role, "made by another")
        assert reader.fetch("select * from bi.shown") == []
        ours.execute("create table bi.later (id int)")
        assert reader.fetch("select * from bi.later") == []
    finally:
        warehouse.execute(f"drop owned by {owner} cascade; drop role {owner}")


def test_a_user_with_createrole_alone_is_enough(warehouse: Warehouse, role: str) -> None:
    """On a managed Postgres nobody is a superuser: CREATEROLE and the database's schema do."""
    owner = f"{role}_admin"
    database = warehouse.fetch("select current_database() as name")[0]["name"]
    warehouse.execute(
        f"create role {owner} login createrole password 'own';"
        f" grant all on database {database} to {owner};"
        f" alter schema bi owner to {owner}; alter table bi.shown owner to {owner}"
    )
    ours = as_role(warehouse, owner, "own")
    try:
        password = grant_bi_access(ours, role)
        assert as_role(warehouse, role, password).fetch("select * from bi.shown") == []
        assert grant_bi_access(ours, role, "another password")
    finally:
        warehouse.execute(f"drop owned by {owner} cascade; drop role {owner}")
