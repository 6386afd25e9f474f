"""How likely two records are one customer: points that speak for it and against it.

A point is about one bit of evidence in the sense of Fellegi and Sunter (A Theory for Record
Linkage, JASA 1969): what many records share says less, by the logarithm of how many they are. The
weights are fixed, so that equal data give equal pairs and each reason can be told.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from kefen.matching.places import PROVINCE
from kefen.matching.records import IDENTIFIERS

SAME_OWN: Final = {"company": 8.5, "person": 4.0}
SAME_LATIN: Final = {"company": 9.0, "person": 6.0}
SAME_SOUND: Final = 5.5
SIMILAR: Final = ((75.0, 3.0), (66.0, -1.0))
"""Own words in Chinese of which so many percent agree, with their points."""
_SHORTEST: Final = 2
SIMILAR_LATIN: Final = ((0.96, 5.0), (0.92, 4.0), (0.87, 2.5), (0.8, 1.0))
OTHER_NAME: Final = -6.0
SHARED: Final = {"number": 10.0, "phone": 7.0, "email": 7.0, "wechat": 7.0}
DIFFERING: Final = {"number": -5.0, "phone": -0.5, "email": -0.5, "wechat": -0.5}
SIMILAR_NUMBER: Final = 3.0
OTHER_COMPANY: Final = -4.0
"""More against companies of different numbers: those are registered, not typed from memory."""
SAME_TRADE, PART_OF_TRADE, OTHER_TRADE = 2.0, -1.5, -5.0
SAME_PLACE, OTHER_PLACE = 2.0, -9.0
OTHER_PLACE_BESIDE: Final = -1.0
"""Of places that are no part of a name: people move."""
OTHER_BRANCH: Final = -12.0
OTHER_FIGURES, FIGURES_BESIDE = -10.0, -4.0
"""Of names that hold different figures, and where one of them holds none."""
ADDRESSES: Final = ((90.0, 4.0), (75.0, 2.5), (60.0, 1.0), (0.0, -1.0))
BIRTHDAYS: Final = ((100.0, 5.0), (85.0, 2.0), (0.0, -3.0))


def scored(pairs: pl.DataFrame, records: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """Pairs with their `score`, and the points of each part of it under the part's name."""
    if not pairs.height:
        return pairs.with_columns(score=pl.lit(0.0))
    met = _Met(pairs, records)
    pairs = pairs.with_columns(
        name=pl.Series(_name(met)),
        trade=pl.Series(_trade(met)),
        place=pl.Series(_place(met)),
        branch=pl.Series(np.where(met.differ("branch"), OTHER_BRANCH, 0.0)),
        address=pl.Series(_address(met)),
        birthday=pl.Series(_birthday(met)),
    )
    pairs = _identified(pairs, identifiers)
    registered = (pl.col("number") < 0) & pl.Series(np.logical_and(*met.both("company")))
    worse = pl.col("number") + OTHER_COMPANY
    pairs = pairs.with_columns(number=pl.when(registered).then(worse).otherwise("number"))
    parts = ["name", "trade", "place", "branch", "address", "birthday", *IDENTIFIERS]
    return pairs.with_columns(score=pl.sum_horizontal(parts))


class _Met:
    """The columns of both records of each pair."""

    def __init__(self, pairs: pl.DataFrame, records: pl.DataFrame) -> None:
        self._a, self._b = pairs["a"], pairs["b"]
        self._records = records

    def both(self, column: str) -> tuple[Any, Any]:
        """The values of a column, of the first and of the second."""
        values = self._records[column]
        return values.gather(self._a).to_numpy(), values.gather(self._b).to_numpy()

    def said(self, column: str) -> Any:
        """Whether both say something."""
        one, other = self.both(column)
        return (one != "") & (other != "")

    def same(self, column: str) -> Any:
        """Whether both say the same."""
        one, other = self.both(column)
        return (one == other) & (one != "")

    def differ(self, column: str) -> Any:
        """Whether they are not the same, be it that one says nothing."""
        one, other = self.both(column)
        return one != other

    def common(self, column: str) -> Any:
        """By how much it is worth less to share a value: the binary logarithm of its pairs."""
        counts = self._records.select(n=pl.len().over(column))["n"].gather(self._a).to_numpy()
        return np.log2(np.maximum(counts / 2, 1.0))

    def likeness(self, column: str, scorer: Any, where: Any) -> Any:
        """How alike the two are by a scorer of RapidFuzz, 0 where it is not asked."""
        one, other = self.both(column)
        found = np.zeros(len(one))
        if where.any():
            found[where] = process.cpdist(
                one[where].tolist(), other[where].tolist(), scorer=scorer, dtype=np.float32
            )
        return found


def _name(met: _Met) -> Any:
    han = np.logical_and(*met.both("han"))
    company = np.logical_or(*met.both("company"))
    said = met.said("core")
    same, sounding = met.same("own") & han, met.same("sound") & said
    points = np.where(said, OTHER_NAME, 0.0)
    like = _alike(met, said & han & ~same)
    for least, worth in reversed(SIMILAR):
        points = np.where(said & han & (like >= least), worth + company * 1.5, points)
    alike = met.likeness("sound", JaroWinkler.normalized_similarity, said & ~han & ~sounding)
    for least, worth in reversed(SIMILAR_LATIN):
        points = np.where(said & ~han & (alike >= least), worth, points)
    heard = SAME_SOUND + company * 1.5 - met.common("sound")
    points = np.where(sounding & han, np.maximum(heard, points), points)
    latin = np.where(company, SAME_LATIN["company"], SAME_LATIN["person"]) - met.common("sound")
    points = np.where(sounding & ~han, np.maximum(latin, 0.0), points)
    own = np.where(company, SAME_OWN["company"], SAME_OWN["person"]) - met.common("own")
    points = np.where(same, np.maximum(own, 0.0), points)
    one, other = met.both("figures")
    beside = np.where((one != "") & (other != ""), OTHER_FIGURES, FIGURES_BESIDE)
    return np.where(said & (one != other), np.minimum(points, 0.0) + beside, points)


def _alike(met: _Met, where: Any) -> Any:
    """How alike own words are, whatever trade that no list knows they end with alike."""
    one, other = met.both("own")
    found = np.zeros(len(one))
    for at in np.flatnonzero(where):
        first, second = one[at], other[at]
        while min(len(first), len(second)) > _SHORTEST and first[-1] == second[-1]:
            first, second = first[:-1], second[:-1]
        found[at] = fuzz.ratio(first, second)
    return found


def _trade(met: _Met) -> Any:
    said, same = met.said("trade"), met.same("trade")
    like = met.likeness("trade", fuzz.partial_ratio, said & ~same)
    other = np.where(like >= 100.0, PART_OF_TRADE, OTHER_TRADE)
    return np.where(same, SAME_TRADE, np.where(said, other, 0.0))


def _place(met: _Met) -> Any:
    one, other = met.both("place")
    said, same = met.said("place"), met.same("place")
    provinces = [np.array([PROVINCE.get(text, text) for text in side]) for side in (one, other)]
    known = np.array([text in PROVINCE for text in one]) & np.array(
        [text in PROVINCE for text in other]
    )
    cities = (one != provinces[0]) & (other != provinces[1])
    against = said & ~same & ((provinces[0] != provinces[1]) | cities)
    points = np.where(against, np.where(known, OTHER_PLACE, OTHER_PLACE_BESIDE), 0.0)
    return np.where(same, SAME_PLACE, points)


def _address(met: _Met) -> Any:
    said = met.said("address")
    return _by(ADDRESSES, met.likeness("address", fuzz.ratio, said), said)


def _birthday(met: _Met) -> Any:
    said = met.said("birthday")
    return _by(BIRTHDAYS, met.likeness("birthday", fuzz.ratio, said), said)


def _by(steps: tuple[tuple[float, float], ...], like: Any, said: Any) -> Any:
    points = np.zeros(len(said))
    for least, worth in reversed(steps):
        points = np.where(said & (like >= least), worth, points)
    return points


def _identified(pairs: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """With the points of each kind of identifier."""
    common = identifiers.with_columns(of=pl.len().over("kind", "value"))
    left = pairs.select("a", "b")
    for kind in IDENTIFIERS:
        these = common.filter(pl.col("kind") == kind)
        if not these.height:
            pairs = pairs.with_columns(pl.lit(0.0).alias(kind))
            continue
        mine = left.join(these.select(a="n", value="value", of="of"), on="a")
        shared = mine.join(these.select(b="n", value="value"), on=["b", "value"])
        found = shared.group_by("a", "b").agg(of=pl.col("of").min())
        worth = SHARED[kind] - (pl.col("of") / 2).log(2).clip(0)
        found = found.select("a", "b", worth=worth.clip(0))
        have = these.select("n").unique().with_columns(said=pl.lit(value=True))
        pairs = (
            pairs.join(found, on=["a", "b"], how="left", maintain_order="left")
            .join(have.rename({"n": "a", "said": "_a"}), on="a", how="left", maintain_order="left")
            .join(have.rename({"n": "b", "said": "_b"}), on="b", how="left", maintain_order="left")
        )
        other = pl.when(pl.col("_a") & pl.col("_b")).then(DIFFERING[kind]).otherwise(0.0)
        pairs = pairs.with_columns(pl.coalesce("worth", other).alias(kind))
        pairs = pairs.drop("worth", "_a", "_b")
    return _similar_numbers(pairs, identifiers)


def _similar_numbers(pairs: pl.DataFrame, identifiers: pl.DataFrame) -> pl.DataFrame:
    """A number that differs by one character may be mistyped."""
    numbers = identifiers.filter(pl.col("kind") == "number").unique("n", keep="first")
    numbers = numbers.select("n", "value")
    met = (
        pairs.filter(pl.col("number") == DIFFERING["number"])
        .select("a", "b")
        .join(numbers.rename({"n": "a", "value": "_a"}), on="a")
        .join(numbers.rename({"n": "b", "value": "_b"}), on="b")
    )
    if not met.height:
        return pairs
    like = process.cpdist(met["_a"].to_list(), met["_b"].to_list(), scorer=fuzz.ratio)
    close = met.filter(pl.Series(like >= 85.0)).select("a", "b", near=pl.lit(SIMILAR_NUMBER))
    pairs = pairs.join(close, on=["a", "b"], how="left", maintain_order="left")
    return pairs.with_columns(pl.coalesce("near", "number").alias("number")).drop("near")
