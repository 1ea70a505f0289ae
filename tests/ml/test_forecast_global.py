"""The trees of a city of which not everything is known."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from ml.forecast_global import TreeParameters, fit_model, predict_model
from ml.forecast_panel import Panel, build_panel
from tests.ml.conftest import City

pytestmark = pytest.mark.unit
FEW = TreeParameters(trees=5, training_days=21)


@pytest.fixture(scope="module")
def panel(rich_city: City) -> Panel:
    """The panel of a city with weather."""
    made = build_panel(
        rich_city.latent_demand, rich_city.calendar, rich_city.weather, rich_city.as_of
    )
    assert made is not None
    return made


def test_a_city_without_weather_is_forecast(panel: Panel) -> None:
    """A column of which nothing is known, in all hours or in all of the training, tells nothing."""
    unknown = replace(panel, weather=np.full_like(panel.weather, np.nan))
    ahead = np.where(np.arange(panel.weather.shape[1]) < panel.history_h, np.nan, panel.weather)
    bare = fit_model(unknown, FEW, 7)
    newly = fit_model(replace(panel, weather=ahead), FEW, 7)
    forecast = predict_model(bare, unknown)
    assert np.isfinite(forecast).all()
    assert (forecast == predict_model(newly, unknown)).all()
    assert (forecast != predict_model(fit_model(panel, FEW, 7), panel)).any()


def test_the_same_data_trains_the_same_bytes(panel: Panel) -> None:
    """Stored models of equal data are equal: a run that is repeated changes no table."""
    first, second = (pickle.dumps(fit_model(panel, FEW, 7)) for _ in range(2))
    assert first == second
    assert first != pickle.dumps(fit_model(panel, FEW, 8))
