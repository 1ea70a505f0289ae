"""What is wrong with a setting, in a sentence that names it and the cure."""

import difflib
import re
from collections.abc import Collection, Iterable
from typing import Any

from warehouse.errors import SettingsError

_NEVER_SHOWN = {"MOOW_GOOGLE_CREDENTIALS", "MOOW_MDS_TOKEN"}


def first_line(error: Exception) -> str:
    """First line of what libpq says, without what it quotes."""
    # What libpq finds fault with may be a part of the password.
    return re.sub(r'"[^"]*"', "a part of it", str(error).strip().splitlines()[0])


def refuse_unknown(names: Iterable[str], known: Collection[str], where: str = "") -> None:
    """Refuse a misspelt setting: it would silently be the default.

    Parameters
    ----------
    names
        Names of variables; those of others than us are left out.
    known
        Our settings.
    where
        Said after the name: where it stands.

    Raises
    ------
    SettingsError
        Naming the first one that is no setting, and the setting most like it.
    """
    for name in sorted(names):
        wanted = name.upper()  # Settings do not mind the case
        if wanted.startswith("MOOW_") and not wanted.startswith("MOOW_DBT_"):
            if wanted in known:
                continue
            nearest = difflib.get_close_matches(wanted, known, n=1, cutoff=0)[0]
            raise SettingsError(f"{name}{where} is no setting; did you mean {nearest}?")


def sentence(problem: Any) -> str:
    """What is wrong, from a problem as pydantic tells it; passwords are left out."""
    name = f"MOOW_{'_'.join(str(part) for part in problem['loc']).upper()}"
    value = "not shown" if name in _NEVER_SHOWN else masked(repr(problem["input"]))
    return f"{name} is {value}; it should be {_wanted(problem)}"


def _wanted(problem: Any) -> str:
    if problem["type"] in {"int_parsing", "int_from_float", "int_type"}:
        return "a whole number"
    text = str(problem["msg"]).removeprefix("Value error, ")
    return re.sub(r"^(Input|String) should (be|have) ", _as_noun, text)


def _as_noun(found: re.Match[str]) -> str:
    return "" if found[2] == "be" else "a text with "


def masked(text: str) -> str:
    """Return a text with the passwords and keys of the addresses in it hidden."""
    text = re.sub(r"//([^:/@]*):[^@]*@", r"//\1:***@", text)
    return re.sub(r"(?i)([?&][\w-]*(?:key|token|secret|auth)[\w-]*=)[^&,'\"\s]*", r"\1***", text)
