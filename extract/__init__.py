"""Loading of every source into the raw schemas of the warehouse, with dlt."""

from __future__ import annotations

from extract.schemas import create_raw_tables

__all__ = ["create_raw_tables"]
