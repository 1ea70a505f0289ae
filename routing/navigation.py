"""Links that hand one stop over to a navigation app, from where the phone is."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True)
class NavigationLinks:
    """The same place for Google Maps, for any Android app, and for Apple Maps."""

    google: str
    geo: str
    apple: str


def navigation_links(latitude: float, longitude: float, label: str = "") -> NavigationLinks:
    """Links that drive to one place; none names an origin.

    Sources: Google "Maps URLs", RFC 5870 with Android's label, Apple "Map Links".
    """
    place = f"{latitude:.6f},{longitude:.6f}"
    google = {"api": 1, "destination": place, "travelmode": "driving", "dir_action": "navigate"}
    apple = {"daddr": place, "dirflg": "d"}
    return NavigationLinks(
        google=f"https://www.google.com/maps/dir/?{urlencode(google, safe=',')}",
        geo=f"geo:{place}?q={place}" + (f"({quote(label)})" if label else ""),
        apple=f"https://maps.apple.com/?{urlencode(apple, safe=',')}",
    )
