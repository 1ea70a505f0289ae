"""User ids become keyed hashes before anything is written."""

from __future__ import annotations

import hashlib
import hmac

import polars as pl

COLUMN = "user_id"


def hashed_users(frame: pl.DataFrame, key: str) -> pl.DataFrame:
    """Put HMAC-SHA-256 hashes, in hexadecimal, in place of user ids.

    Parameters
    ----------
    frame
        With or without ``user_id``; null stays null.
    key
        Without it nobody can tell whose hash one is.
    """
    if COLUMN not in frame.columns or frame[COLUMN].null_count() == frame.height:
        return frame
    ids = frame[COLUMN].drop_nulls().unique().to_list()
    hashes = [hmac.new(key.encode(), one.encode(), hashlib.sha256).hexdigest() for one in ids]
    return frame.with_columns(
        pl.col(COLUMN).replace_strict(ids, hashes, default=None, return_dtype=pl.String)
    )
