"""What a test does where a service that it needs is missing."""

import pytest

from tests.needs import need

pytestmark = pytest.mark.unit


def test_under_ci_a_missing_service_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that could not run is no test that passed."""
    monkeypatch.setenv("CI", "true")
    need(True, "MariaDB")
    with pytest.raises(pytest.fail.Exception, match="MariaDB is not installed; make test"):
        need(None, "MariaDB")


def test_elsewhere_it_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has no VictoriaMetrics still runs the others."""
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="VictoriaMetrics"):
        need("", "VictoriaMetrics")
