"""The role of a BI tool: it reads schema `bi`, or what is for outside, and nothing else."""

import re
import secrets

import psycopg
from psycopg import sql

from warehouse.connection import Connection, Warehouse
from warehouse.errors import WarehouseError

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LEAST_PASSWORD = 12

_ROLE = """
select rolcanlogin, rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication
    or rolname = current_user as is_powerful
from pg_roles where rolname = %(name)s
"""

# Tables of extensions are the server's own affair, as its catalogues are.
_MORE = """
select namespaces.nspname || '.' || relations.relname as relation
from pg_class as relations
join pg_namespace as namespaces on relations.relnamespace = namespaces.oid
where relations.relkind in ('r', 'v', 'm', 'p', 'f')
    and namespaces.nspname !~ '^pg_' and namespaces.nspname <> 'information_schema'
    and has_schema_privilege(%(name)s, namespaces.oid, 'usage')
    and has_table_privilege(
        %(name)s, relations.oid,
        case when namespaces.nspname = %(schema)s then '' else 'select, ' end
        || 'insert, update, delete, truncate'
    )
    and not exists (
        select 1 from pg_depend
        where pg_depend.classid = 'pg_class'::regclass
            and pg_depend.objid = relations.oid and pg_depend.deptype = 'e'
    )
order by relation
limit 3
"""


def grant_bi_access(
    warehouse: Warehouse, name: str, password: str | None = None, *, schema: str = "bi"
) -> str | None:
    """Let the role `name` read one schema, now and after each build; make it where it is missing.

    Parameters
    ----------
    warehouse
        Its user must own the schema, and may make roles or finds one that can sign in.
    name
        Small letters, digits and underscores.
    password
        The password to set; None makes one for a new role, and leaves that of another.

    schema
        ``bi``, or ``bi_public`` for readers outside.

    Returns
    -------
    str or None
        The password that was set; None where it was left.

    Raises
    ------
    WarehouseError
        When the name or the password will not do, the server refuses, or the role could do more
        than read the schema. Nothing has changed then.
    """
    if not _NAME.fullmatch(name) or name.startswith("pg_"):
        raise WarehouseError(
            f"the role {name!r} cannot be: take small letters, digits and underscores, for "
            "instance datalens"
        )
    if password is not None and len(password) < _LEAST_PASSWORD:
        raise WarehouseError(f"the password needs at least {_LEAST_PASSWORD} characters")
    try:
        with warehouse.transaction() as connection:
            set_password = _made(connection, name, password, schema)
            _let_read(connection, name, schema)
            _refuse_more(connection, name, schema)
    except psycopg.errors.InsufficientPrivilege as error:
        raise WarehouseError(
            f"the warehouse at {warehouse.address} refuses ({str(error).splitlines()[0]}); give "
            "the user of MOOW_WAREHOUSE_URL the right CREATEROLE, or let an administrator run "
            f"create role {name} login password '...' and repeat this"
        ) from error
    return set_password


def _made(connection: Connection, name: str, password: str | None, schema: str) -> str | None:
    role = connection.execute(_ROLE, {"name": name}).fetchone()
    if role is not None and role["is_powerful"]:
        raise WarehouseError(f"the role {name} can do more than read; name another for BI")
    if role is not None and role["rolcanlogin"] and password is None:
        return None
    chosen = password or secrets.token_urlsafe(24)
    # Only its hash travels, so that no server log holds it.
    hashed = connection.pgconn.encrypt_password(chosen.encode(), name.encode(), b"scram-sha-256")
    verb = "create" if role is None else "alter"
    statement = sql.SQL(verb + " role {} login password {}")
    connection.execute(statement.format(sql.Identifier(name), sql.Literal(hashed.decode())))
    if role is None:
        for setting in ("default_transaction_read_only = on", f"search_path = {schema}"):
            connection.execute(sql.SQL("alter role {} set " + setting).format(sql.Identifier(name)))
    return chosen


def _let_read(connection: Connection, name: str, schema: str) -> None:
    role = sql.Identifier(name)
    can_connect = connection.execute(
        "select has_database_privilege(%(name)s, current_database(), 'connect') as there",
        {"name": name},
    ).fetchone()
    if can_connect is not None and not can_connect["there"]:
        database = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("grant connect on database {} to {}").format(database, role))
    for statement in (
        "create schema if not exists {schema}",
        "grant usage on schema {schema} to {role}",
        "grant select on all tables in schema {schema} to {role}",
        # Every build makes the tables anew.
        "alter default privileges in schema {schema} grant select on tables to {role}",
    ):
        connection.execute(sql.SQL(statement).format(schema=sql.Identifier(schema), role=role))


def _refuse_more(connection: Connection, name: str, schema: str) -> None:
    rows = connection.execute(_MORE, {"name": name, "schema": schema}).fetchall()
    if rows:
        relations = ", ".join(row["relation"] for row in rows)
        raise WarehouseError(
            f"the role {name} could do more than read schema {schema}, for instance with "
            f"{relations}; take those rights from it (and from public), or name another role"
        )
