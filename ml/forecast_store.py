"""Trained models as bytes, and back again if they still fit."""

import logging
import pickle
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from ml.forecast_fit import FittedLevel, ForecastParameters

logger = logging.getLogger(__name__)

#: Raise it whenever features or the classes below change: older payloads are then trained anew.
FORMAT = 1


@dataclass(frozen=True)
class FittedForecasts:
    """The trained models of a city.

    Attributes
    ----------
    parameters
        What they were trained with.
    fitted_at
        The city's clock at that time.
    levels
        ``parking`` and ``city``.
    """

    parameters: ForecastParameters
    fitted_at: datetime
    levels: dict[str, FittedLevel]


def dump(fitted: FittedForecasts) -> bytes:
    """Bytes of the models, headed by the format and the library versions they need."""
    return _header() + pickle.dumps(fitted, protocol=pickle.HIGHEST_PROTOCOL)


def load(payload: bytes, parameters: ForecastParameters) -> FittedForecasts | None:
    """The models of `payload`; None when they are of another version or other parameters.

    The payload comes from a table that only this program writes; its header is checked before
    anything is unpickled.
    """
    header = _header()
    if not payload.startswith(header):
        logger.info("the stored forecast model is of another version; it is trained anew")
        return None
    fitted = pickle.loads(payload[len(header) :])  # noqa: S301
    if not isinstance(fitted, FittedForecasts) or fitted.parameters != parameters:
        logger.info("the stored forecast model has other parameters; it is trained anew")
        return None
    return fitted


def _header() -> bytes:
    libraries = " ".join(f"{name}={version(name)}" for name in ("darts", "scikit-learn"))
    return f"moow-forecast {FORMAT} {libraries}\n".encode()
