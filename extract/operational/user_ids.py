"""User ids become keyed hashes before anything is written."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

import polars as pl

COLUMN = "user_id"
#: So many hashes are kept at hand, some 50 MB: most riders ride again.
_AT_HAND = 200_000


@dataclass
class UserHashes:
    """Hashes of user ids.

    Parameters
    ----------
    key
        Without it nobody can tell whose hash one is.
    """

    key: str
    _known: dict[str, str] = field(default_factory=dict, repr=False)

    def instead(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Put HMAC-SHA-256 hashes, in hexadecimal, in place of user ids.

        Parameters
        ----------
        frame
            With or without ``user_id``; null stays null.
        """
        if COLUMN not in frame.columns or frame[COLUMN].null_count() == frame.height:
            return frame
        ids = frame[COLUMN].drop_nulls().unique()
        hashes = self._hashes(ids.to_list())
        return frame.with_columns(
            pl.col(COLUMN).replace_strict(
                ids, pl.Series(hashes, dtype=pl.String), default=None, return_dtype=pl.String
            )
        )

    def _hashes(self, ids: list[str]) -> list[str]:
        if len(self._known) > _AT_HAND:
            self._known.clear()
        secret = self.key.encode()
        for one in ids:
            if one not in self._known:
                self._known[one] = hmac.digest(secret, one.encode(), "sha256").hex()
        return [self._known[one] for one in ids]
