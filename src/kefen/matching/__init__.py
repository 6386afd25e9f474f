"""Finds records that are likely one customer: blocks, points, pairs, groups.

>>> import polars as pl
>>> names = ["上海明达贸易有限公司", "明達貿易(上海)有限公司"]
>>> told = pl.DataFrame({"id": ["C1", "C2"], "name": names})
>>> find(told).select("a", "b").rows()
[('C1', 'C2')]
"""

from __future__ import annotations

from kefen.matching.finding import LISTED, find, groups

__all__ = ["LISTED", "find", "groups"]
