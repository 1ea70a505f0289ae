"""Commands for analytics engineers: the models, their docs, what an edit does, who may read."""

from typing import Annotated

import typer

from moow.console import begin, console
from warehouse.connection import open_warehouse

app = typer.Typer(rich_markup_mode=None)


@app.command(name="bi-access")
def bi_access(
    role: Annotated[str, typer.Argument(help="Name of the role, for instance datalens.")],
    ask: Annotated[
        bool, typer.Option("--ask-password", help="Ask for the password, new or changed.")
    ] = False,
    public: Annotated[
        bool, typer.Option("--public", help="Schema bi_public alone, for readers outside.")
    ] = False,
) -> None:
    """Let a BI tool read schema bi and nothing else.

    Makes a role of the warehouse, with a password that is shown once. Repeated, it renews the
    rights and leaves the password.

    For instance:

    moow bi-access datalens
    """
    from moow.serving import give_bi_access

    settings = begin()
    chosen = None
    if ask:
        chosen = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    give_bi_access(settings, role, chosen, schema="bi_public" if public else "bi")


@app.command()
def docs(
    serve: Annotated[bool, typer.Option(help="Serve them; else only write them.")] = True,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port on MOOW_APP_HOST to serve them at.")
    ] = 8601,
) -> None:
    """Write and serve the docs of the dbt models."""
    from moow.serving import serve_docs

    serve_docs(begin(), port if serve else None)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def dbt(context: typer.Context) -> None:
    """Run dbt on the warehouse with what follows.

    For instance:

    moow dbt build --select fct_rides+
    """
    from moow.serving import run_dbt

    raise typer.Exit(run_dbt(begin(), context.args))


@app.command()
def diff(
    models: Annotated[
        list[str] | None,
        typer.Argument(help="Models as dbt selects them; none takes those that were edited."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help="Compare with schemas that are built already: their prefix."),
    ] = None,
) -> None:
    """Show what edited models do to the marts.

    The models, and all that depends on them, are built beside those of the last run, in schemas of
    their own, which are dropped again; whatever else they read is read from the real ones. Rows
    added, gone and changed are told, a column at a time. Planning sheets have a comparison of their
    own, moow planning diff.

    For instance:

    moow diff

    moow diff int_rides_located

    moow diff --against review_
    """
    from flows.mart_diff import diff_marts, diff_schemas

    settings = begin()
    with open_warehouse(settings) as warehouse:
        if against is None:
            result = diff_marts(settings, warehouse, models or ())
        else:
            result = diff_schemas(settings, warehouse, against)
    console.print(str(result), soft_wrap=True, markup=False)


@app.command(name="warehouse-url")
def warehouse_url() -> None:
    """Keep the warehouse running; print its address.

    For psql or a BI tool; Ctrl-C stops it.
    """
    from moow.serving import hold_warehouse

    hold_warehouse(begin())
