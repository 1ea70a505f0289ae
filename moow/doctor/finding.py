"""What the doctor looks at, and what it finds."""

from dataclasses import dataclass

from warehouse.settings import Settings


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes
    ----------
    is_good
        Whether it works.
    sentence
        What was found, and when it does not work what to do.
    """

    is_good: bool
    sentence: str


@dataclass(frozen=True)
class Home:
    """A home to look at.

    Attributes
    ----------
    settings
        Where everything is.
    alone
        ``feeds`` or ``trip files`` where these are all there is: a run then misses nothing that no
        setting names. None for an operator with a database.
    """

    settings: Settings
    alone: str | None = None
