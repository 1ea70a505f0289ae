import pytest

from worker_app.navigation import navigation_links

pytestmark = pytest.mark.unit


def test_links_drive_to_the_place_from_where_the_phone_is() -> None:
    """Each link names the destination to six decimals and no origin."""
    links = navigation_links(40.6263771, 22.9484, "Swap at Λευκός Πύργος & co")
    assert links["google"] == (
        "https://www.google.com/maps/dir/?api=1&destination=40.626377,22.948400"
        "&travelmode=driving&dir_action=navigate"
    )
    assert links["geo"].startswith("geo:40.626377,22.948400?q=40.626377,22.948400(Swap%20at%20")
    assert "&" not in links["geo"]
    assert links["apple"] == "https://maps.apple.com/?daddr=40.626377,22.948400&dirflg=d"
    assert not any("origin" in link for link in links.values())
