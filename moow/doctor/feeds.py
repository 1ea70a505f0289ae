"""The doctor on open feeds: whether each answers."""

from datetime import UTC, datetime
from pathlib import Path

from moow.doctor.finding import Finding, Home
from warehouse.feeds import is_folder, parse_feeds


def look_at_mds(home: Home) -> Finding:
    """Ask each MDS feed for its vehicles."""
    from extract.mds.load import open_feed

    feeds = parse_feeds(home.settings.mds_feeds)
    for city, address in feeds.items():
        feed = open_feed(home.settings, city, address, sleep=lambda _: None)
        try:
            answer = feed.get("vehicles")
        finally:
            feed.close()
        if answer.status != "given" and not is_folder(address):
            cure = "check its address in MOOW_MDS_FEEDS; moow mds check asks every endpoint"
            return Finding(False, f"MDS: the feed of {city} has no /vehicles; {cure}.")
    return Finding(True, f"MDS: feeds of {', '.join(feeds) or 'no city are set'}.")


def look_at_gbfs(home: Home) -> Finding:
    """Ask each GBFS feed for its first document."""
    from extract.gbfs.web import WebFeed

    bad = []
    feeds = parse_feeds(home.settings.gbfs_feeds)
    for city, place in feeds.items():
        if is_folder(place):
            if not Path(place).exists():
                bad.append(f"the folder {place} of {city} does not exist")
            continue
        feed = WebFeed(place, datetime.now(UTC), lambda _: None)
        if next(feed.snapshots(), None) is None:
            bad.append(f"{city}: {feed.notes[0] if feed.notes else 'it names no feed we read'}")
    if bad:
        return Finding(False, f"GBFS: {'; '.join(bad)}; check MOOW_GBFS_FEEDS.")
    return Finding(True, f"GBFS: feeds of {', '.join(feeds) or 'no city are set'}.")
