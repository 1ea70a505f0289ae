"""dbt parses the project once for all tests here."""

from collections.abc import Iterator
from typing import Any

import pytest

from flows import dbt
from tests.parsed_project import ParsedProject
from warehouse.settings import PROJECT_ROOT, Settings


@pytest.fixture(scope="session", autouse=True)
def parsed_once(parsed_project: ParsedProject) -> Iterator[None]:
    """Hand the parsed project to each home in which dbt runs."""
    run_once = dbt._run_once

    def handed(
        settings: Settings, environment: dict[str, str], *arguments: Any, **options: Any
    ) -> dict[str, Any]:
        parsed_project.hand_to(settings.home, environment)
        results = run_once(settings, environment, *arguments, **options)
        if dbt.PROJECT_ROOT == PROJECT_ROOT:  # else it was a copy that a test edits
            parsed_project.keep_of(settings.home, environment)
        return results

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt, "_run_once", handed)
        yield
