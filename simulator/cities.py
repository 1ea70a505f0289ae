"""The six cities of the simulated operator."""

from dataclasses import dataclass

from warehouse.errors import SourceError

TIMEZONE = "Europe/Athens"
CRS = "EPSG:2100"
CURRENCY = "EUR"


@dataclass(frozen=True)
class City:
    """What distinguishes one simulated city from another.

    Attributes
    ----------
    number
        Prefix of every id of the city, so that a city's rows do not depend on the other cities.
    slug, name_en, name_el, code
        Names; `code` begins the codes of scooters and parkings.
    latitude, longitude
        Centre, degrees.
    scooter_count, van_count
        Size of the fleet and of the crew's.
    rides_per_scooter
        Would-be rides a scooter and day on an average day.
    walking_m
        How far a rider walks to a scooter; less in a small, dense town.
    unlock_price, minute_price
        Euros.
    july_c, january_c
        Mean temperatures, degrees Celsius.
    """

    number: int
    slug: str
    name_en: str
    name_el: str
    code: str
    latitude: float
    longitude: float
    scooter_count: int
    van_count: int
    rides_per_scooter: float
    walking_m: float
    unlock_price: float
    minute_price: float
    july_c: float
    january_c: float


CITIES = (
    City(1, "thessaloniki", "Thessaloniki", "Θεσσαλονίκη", "SKG", 40.6320, 22.9475,
         420, 3, 2.7, 280.0, 1.00, 0.22, 27.5, 6.0),
    City(2, "ioannina", "Ioannina", "Ιωάννινα", "IOA", 39.6645, 20.8500,
         140, 2, 2.6, 280.0, 1.00, 0.20, 25.5, 5.0),
    City(3, "kastoria", "Kastoria", "Καστοριά", "KAS", 40.5170, 21.2640,
         70, 1, 2.4, 120.0, 0.80, 0.18, 23.0, 2.5),
    City(4, "kozani", "Kozani", "Κοζάνη", "KOZ", 40.3007, 21.7890,
         90, 1, 2.4, 250.0, 0.80, 0.18, 24.0, 3.0),
    City(5, "trikala", "Trikala", "Τρίκαλα", "TRI", 39.5550, 21.7680,
         100, 1, 2.5, 250.0, 0.80, 0.18, 27.5, 5.5),
    City(6, "katerini", "Katerini", "Κατερίνη", "KAT", 40.2700, 22.5060,
         100, 1, 2.5, 250.0, 0.80, 0.18, 27.0, 6.0),
)  # fmt: skip


def find_city(slug: str) -> City:
    """Return the city called `slug`.

    Raises
    ------
    SourceError
        When the simulator knows no such city.
    """
    for city in CITIES:
        if city.slug == slug:
            return city
    known = ", ".join(city.slug for city in CITIES)
    raise SourceError(f"the simulator knows no city {slug!r}; it knows {known}")
