"""Weights the data give by themselves: entropy (熵权法) and CRITIC, as plain aggregations.

Both ask how well an indicator tells customers apart; CRITIC also, how little it repeats the
others. They look at columns of points, not below zero; what is missing does not count.
"""

from __future__ import annotations

from itertools import combinations
from math import isfinite, log
from typing import TYPE_CHECKING, Any

from kefen.schemes.rows import fetch

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from kefen.engines import Engine


def entropy(table: ir.Table, columns: Sequence[str], engine: Engine) -> list[float] | None:
    """Weights by Shannon's entropy; None when no column tells customers apart.

    With p the parts of a column's sum, the entropy is −Σ p ln p / ln n, and the weight is
    proportional to one less it: 0 where all are equal, more where few have most.

    Source: Shannon (1948); Hwang & Yoon, Multiple Attribute Decision Making (1981), 3.2.
    """
    wanted: dict[str, Any] = {}
    for at, name in enumerate(columns):
        points = table[name] / 100.0
        positive = (points > 0).ifelse(points, None)
        wanted[f"customers{at}"] = points.count()
        wanted[f"sum{at}"] = points.sum()
        wanted[f"logs{at}"] = (positive * positive.ln()).sum()
    [found] = fetch(table.aggregate(**wanted), engine)
    spread = [
        _divergence(found[f"customers{at}"], found[f"sum{at}"], found[f"logs{at}"])
        for at in range(len(columns))
    ]
    return _shares(spread)


def _divergence(customers: int, total: float | None, logs: float | None) -> float:
    """One less the entropy, from Σ x and Σ x ln x: Σ p ln p is Σ x ln x / Σ x − ln Σ x."""
    if customers < 2 or not total or logs is None:
        return 0.0
    divergence = 1 - (log(total) - logs / total) / log(customers)
    return divergence if divergence > _NOTHING else 0.0


def critic(table: ir.Table, columns: Sequence[str], engine: Engine) -> list[float] | None:
    """Weights by CRITIC; None when no column tells customers apart.

    Proportional to the standard deviation times the sum, over the other columns, of one less the
    correlation with them. Columns in which all are equal weigh nothing and are no other column.
    Where all that is left say the same, each weighs the same.

    Source: Diakoulaki, Mavrotas & Papayannakis, Computers & Operations Research 22 (1995).
    """
    points = [table[name] / 100.0 for name in columns]
    wanted: dict[str, Any] = {}
    for at, column in enumerate(points):
        wanted[f"deviation{at}"] = column.std(how="pop")
        wanted[f"low{at}"], wanted[f"high{at}"] = column.min(), column.max()
    for one, other in combinations(range(len(columns)), 2):
        wanted[f"r{one}_{other}"] = points[one].corr(points[other], how="pop")
    [found] = fetch(table.aggregate(**wanted), engine)
    telling = [at for at in range(len(columns)) if found[f"low{at}"] != found[f"high{at}"]]
    spread = [0.0] * len(columns)
    for at in telling:
        conflict = sum(
            1 - _correlation(found[f"r{min(at, other)}_{max(at, other)}"])
            for other in telling
            if other != at
        )
        spread[at] = found[f"deviation{at}"] * conflict
    if telling and sum(spread) <= _NOTHING:
        spread = [float(at in telling) for at in range(len(columns))]
    return _shares(spread)


def _correlation(value: float | None) -> float:
    """Nothing where the two are never known together."""
    return value if value is not None and isfinite(value) else 0.0


def _shares(spread: Sequence[float]) -> list[float] | None:
    """Parts of the sum, to nine digits: the order in which an engine adds is not fixed."""
    total = sum(spread)
    return [round(value / total, 9) for value in spread] if total > _NOTHING else None


_NOTHING = 1e-12
"""What is left of nothing after adding up many numbers."""
