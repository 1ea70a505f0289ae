"""Stand-in for dbt's `adapter` while sqlfluff renders a model: dispatch to the default macro."""

from collections.abc import Callable


def dispatch(macro_name: str) -> Callable[..., str]:
    """Return a macro that renders as a call of a function of its name."""

    def render(*arguments: object) -> str:
        return f"{macro_name}({', '.join(str(argument) for argument in arguments)})"

    return render
