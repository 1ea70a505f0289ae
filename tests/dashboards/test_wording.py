"""Figures and times in words."""

from datetime import UTC, datetime

import pytest

from dashboards import wording

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1234.5, "EUR", "€1,234"),
        (-7.0, "EUR", "−€7"),
        (-0.2, "EUR", "€0"),
        (9.0, "SEK", "9 SEK"),
        (9.0, "", "9"),
        (None, "EUR", "–"),
    ],
)
def test_money(amount: float | None, currency: str, text: str) -> None:
    """An amount carries its currency, known sign or not."""
    assert wording.money(amount, currency) == text


def test_moment_is_on_the_city_s_walls() -> None:
    """Times are shown as the city's clocks show them."""
    moment = datetime(2026, 6, 1, 6, tzinfo=UTC)
    local = wording.local(moment, "Europe/Athens")
    assert wording.moment_text(local) == "Mon 1 Jun 2026, 09:00"
