"""Pairs of records that are likely one customer, with why, and the groups they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.matching.blocks import candidates
from kefen.matching.records import identifiers, prepared
from kefen.matching.scores import scored

if TYPE_CHECKING:
    from collections.abc import Iterable

LISTED: Final = 6.0
"""Points from which a pair is told."""
PARTS: Final = (
    "number", "phone", "email", "wechat", "name", "trade", "place", "branch", "address", "birthday",
)  # fmt: skip
"""What the points of a pair are made of."""
_AT_ONCE: Final = 500_000
"""Pairs scored together."""


def find(records: pl.DataFrame, least: float = LISTED) -> pl.DataFrame:
    """Pairs of records with at least so many points: `a`, `b` (ids), `score` and its `PARTS`.

    Args:
        records: `id` and any of `name`, `address`, `place`, `birthday` (texts), `number`, `phone`,
            `email`, `wechat` (lists of texts). A number identifies: of taxes, credit, identity.
        least: the least points of a pair.
    """
    known, numbers = prepared(records), identifiers(records)
    pairs = candidates(known, numbers)
    found = []
    for start in range(0, max(pairs.height, 1), _AT_ONCE):
        some = scored(pairs.slice(start, _AT_ONCE), known, numbers)
        found.append(some.filter(pl.col("score") >= least))
    ids = records["id"]
    whole = pl.concat(found)
    if not whole.height:
        schema: dict[str, Any] = {"a": ids.dtype, "b": ids.dtype, "score": pl.Float64}
        return pl.DataFrame(schema=schema | dict.fromkeys(PARTS, pl.Float64))
    return whole.select(
        a=ids.gather(whole["a"]),
        b=ids.gather(whole["b"]),
        **{n: pl.col(n) for n in ("score", *PARTS)},
    ).sort("score", "a", "b", descending=[True, False, False])


def groups(pairs: Iterable[tuple[Any, Any]]) -> list[list[Any]]:
    """The groups that pairs make when whoever shares a partner belongs together.

    >>> groups([("C1", "C2"), ("C5", "C6"), ("C2", "C3")])
    [['C1', 'C2', 'C3'], ['C5', 'C6']]
    """
    parent: dict[Any, Any] = {}

    def root(one: Any) -> Any:
        parent.setdefault(one, one)
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for first, second in pairs:
        one, other = root(first), root(second)
        if one != other:
            parent[max(one, other)] = min(one, other)
    found: dict[Any, list[Any]] = {}
    for one in sorted(parent):
        found.setdefault(root(one), []).append(one)
    return list(found.values())
