"""Links that hand one stop over to a navigation app."""

from urllib.parse import quote, urlencode


def navigation_links(latitude: float, longitude: float, label: str) -> dict[str, str]:
    """Return the links ``google``, ``geo`` and ``apple`` that drive to one place.

    None of them names an origin: the phone starts from where it is. Google's form is that of
    its page "Maps URLs", Apple's of "Map Links", and ``geo:`` is RFC 5870 with Android's label.
    """
    place = f"{latitude:.6f},{longitude:.6f}"
    google = {"api": 1, "destination": place, "travelmode": "driving", "dir_action": "navigate"}
    return {
        "google": f"https://www.google.com/maps/dir/?{urlencode(google, safe=',')}",
        "geo": f"geo:{place}?q={place}({quote(label)})",
        "apple": f"https://maps.apple.com/?{urlencode({'daddr': place, 'dirflg': 'd'}, safe=',')}",
    }
