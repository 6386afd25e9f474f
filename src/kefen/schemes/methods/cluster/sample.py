"""A sample of different customers, chosen by a hash of where they are."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from kefen.deferred import ibis
from kefen.schemes import rows
from kefen.schemes.methods.cluster.scaling import FARTHEST, GRID

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.schemes.methods.cluster.seeds import Point

SIZE = 4000
_ENOUGH = 400
_PRIME = 2**31 - 1
_FACTORS = (
    1103515245, 214013, 1664525, 22695477, 69069, 134775813, 1140671485, 16807, 48271, 69621,
    630360016, 742938285, 950706376, 1226874159, 62089911, 1343714438, 39373, 65539, 1566083941,
    1812433253,
)  # fmt: skip


def sample(
    kept: ir.Table, names: Sequence[str], customers: int, engine: Engine
) -> tuple[list[Point], list[int]]:
    """Up to about 4,000 different points and how many customers are at each, in order of hash.

    The hash is plain arithmetic on whole numbers, so every engine draws the same customers, in
    whatever order they stand and whatever they are called.
    """
    hashed = kept.select(*names, hash=_hash(kept, names))
    if customers > SIZE:
        few = hashed.filter(hashed.hash < int(_PRIME * SIZE / customers))
        found = _points(few, names, engine)
        if len(found[0]) >= _ENOUGH:
            return found
    return _points(hashed, names, engine)


def _points(
    hashed: ir.Table, names: Sequence[str], engine: Engine
) -> tuple[list[Point], list[int]]:
    grouped = hashed.group_by("hash", *names).aggregate(customers=ibis._.count())
    first = grouped.order_by("hash", *names).limit(SIZE)
    found = rows.fetch(first, engine)
    points = [tuple(int(row[name]) for name in names) for row in found]
    return points, [int(row["customers"]) for row in found]


def _hash(table: ir.Table, names: Sequence[str]) -> Any:
    """Coordinates mixed to a number below a prime; nothing on the way leaves 63 bits."""
    prime, lift = ibis.literal(_PRIME, "int64"), ibis.literal(GRID * FARTHEST * 2, "int64")
    parts = [
        (table[name] + lift) * ibis.literal(factor, "int64")
        for name, factor in zip(names, _FACTORS, strict=False)
    ]
    mixed = reduce(add, parts) % prime
    for factor in _FACTORS[:2]:
        mixed = (mixed * mixed + ibis.literal(factor, "int64")) % prime
    return mixed
