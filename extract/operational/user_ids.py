"""User ids become keyed hashes before anything is written."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

import polars as pl

COLUMN = "user_id"
_HASH = "_hash"
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
    _known: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema={COLUMN: pl.String, _HASH: pl.String}),
        repr=False,
    )

    def instead(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Put HMAC-SHA-256 hashes, in hexadecimal, in place of user ids.

        Parameters
        ----------
        frame
            With or without ``user_id``; null stays null.
        """
        if COLUMN not in frame.columns or frame[COLUMN].null_count() == frame.height:
            return frame
        self._learn(frame.select(COLUMN).drop_nulls().unique())
        hashes = frame.select(COLUMN).join(
            self._known, on=COLUMN, how="left", maintain_order="left"
        )[_HASH]
        return frame.with_columns(hashes.alias(COLUMN))

    def _learn(self, ids: pl.DataFrame) -> None:
        if self._known.height > _AT_HAND:
            self._known = self._known.clear()
        new = ids.join(self._known, on=COLUMN, how="anti")
        secret = self.key.encode()
        hashes = [hmac.digest(secret, one.encode(), "sha256").hex() for one in new[COLUMN]]
        more = new.with_columns(pl.Series(_HASH, hashes, dtype=pl.String))
        self._known = pl.concat([self._known, more])
