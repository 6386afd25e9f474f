"""What a preview tells of the customers: the result, and its figures made of few sums."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from kefen.run.preview_data import side
from kefen.schemes import lapse

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from kefen.errors import Fault
    from kefen.run.record import Run
    from kefen.schemes import Note, Scheme, Standard

ABSENT: Final = "-"
"""Where a customer is who is not in one of the two; no class can be called so."""


@dataclass(frozen=True)
class Spread:
    """How many customers have which score, by class, and where the classes part.

    Attributes:
        column: the indicator's column; empty for a score.
        better: whether `higher` or `lower` values are better.
        edges: ends of the bins, one more than there are bins.
        counts: of each bin the customers of each class, best class first.
        mass: of each bin what cuts by cumulative value add up: what is above zero.
        cuts: where classes part, best first.
    """

    column: str
    better: str
    edges: list[float]
    counts: list[list[int]]
    mass: list[float]
    cuts: list[float]


@dataclass(frozen=True)
class Preview:
    """What a scheme would make of the customers; caps count, hysteresis and overrides do not.

    Attributes:
        scheme: the scheme, read; None when the document has faults.
        faults: everything wrong with the document; without any there are classes.
        as_of: facts of this day and later do not count.
        standard: what the scheme came to be.
        lacks: facts the scheme needs and the ledger has none of.
        counts: as of a run: customers and value of each class, then the lapsed and the unrated.
        against: the run that moves are told against.
        matrix: as of a comparison: `from`, `to`, `customers`, `value_from`, `value_to`.
        spread: the distribution of the score, of methods that have one.
        cells: of RFM, `r`, `f`, `customers`, `value`.
        seconds: how long it took.
        timings: seconds by step: `measure`, `fit`, `assign`.
    """

    scheme: Scheme | None = None
    faults: list[Fault] = field(default_factory=list)
    as_of: date | None = None
    standard: Standard | None = None
    lacks: list[Note] = field(default_factory=list)
    counts: list[dict[str, Any]] = field(default_factory=list)
    against: Run | None = None
    matrix: list[dict[str, Any]] = field(default_factory=list)
    spread: Spread | None = None
    cells: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def notes(self) -> list[Note]:
        """What should be known about the data the classes rest on."""
        return [*self.lacks, *(self.standard.notes if self.standard else [])]

    @property
    def customers(self) -> int:
        """How many customers take part, the lapsed and the unrated included."""
        return sum(count["customers"] for count in self.counts)


@dataclass(frozen=True)
class Members:
    """Some of the customers behind a figure, most valuable first, and how many there are."""

    rows: list[dict[str, Any]]
    total: int


def counts(scheme: Scheme, cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As `run.counts`."""
    found: dict[str | None, list[Any]] = {}
    for cell in cells:
        into = found.setdefault(cell["class"], [0, 0])
        into[0] += cell["customers"]
        into[1] += cell["value"] or 0
    keys = scheme.keys()
    customers = sum(into[0] for key, into in found.items() if key in keys)
    total = float(sum(into[1] for key, into in found.items() if key in keys))
    counted = []
    for key in [*keys, *(key for key in (lapse.LAPSED, None) if key in found)]:
        number, value = found.get(key, [0, 0])
        rated = key in keys
        count = {
            "class": key if rated else None,
            "state": "rated" if rated else "unrated" if key is None else "lapsed",
            "customers": number,
            "value": value,
            "share_of_customers": number / customers if rated and customers else 0.0,
            "share_of_value": float(value) / total if rated and total > 0 else 0.0,
        }
        counted.append(count | (_past(cells) if key == lapse.LAPSED else {}))
    return counted


def _past(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """When the latest of the lapsed bought, and what all of them ever brought."""
    lapsed = [cell for cell in cells if cell["class"] == lapse.LAPSED]
    return {
        lapse.LAST: max(cell[lapse.LAST] for cell in lapsed),
        lapse.WORTH: sum(cell[lapse.WORTH] for cell in lapsed),
    }


def matrix(
    scheme: Scheme, against: Run, cells: list[dict[str, Any]], gone: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """As `comparison.matrix`."""
    found: dict[tuple[str | None, str | None], dict[str, Any]] = {}
    moves = [(side(against, cell["before"], ABSENT), cell["class"], cell) for cell in cells]
    moves += [(side(against, cell["code"], ABSENT), ABSENT, cell) for cell in gone]
    for start, end, cell in moves:
        into = found.setdefault(
            (start, end),
            {"from": start, "to": end, "customers": 0, "value_from": 0, "value_to": 0},
        )
        into["customers"] += cell["customers"]
        into["value_from"] += cell["worth"] or 0
        into["value_to"] += cell.get("value") or 0
    first, second = _places(against.scheme), _places(scheme)
    return [found[pair] for pair in sorted(found, key=lambda p: (first[p[0]], second[p[1]]))]


def _places(scheme: Scheme) -> Mapping[str | None, int]:
    keys: list[str | None] = [*scheme.keys(), lapse.LAPSED, None, ABSENT]
    return {key: place for place, key in enumerate(keys)}


def spread(
    scheme: Scheme, standard: Standard, ends: list[float], cells: list[dict[str, Any]]
) -> Spread:
    """How many customers of which class have a score between two neighbouring `ends`."""
    keys = {key: place for place, key in enumerate(scheme.keys())}
    counts = [[0] * len(keys) for _ in ends[1:]]
    mass = [0.0] * (len(ends) - 1)
    for cell in cells:
        if cell["bin"] is not None:
            counts[cell["bin"]][keys[cell["class"]]] += cell["customers"]
            mass[cell["bin"]] += cell["mass"] or 0.0
    reference = getattr(scheme, "indicator", None)
    return Spread(
        column=scheme.column(reference) if isinstance(reference, str) else "",
        better=getattr(standard, "better", "higher"),
        edges=ends,
        counts=counts,
        mass=mass,
        cuts=[float(cut) for cut in getattr(standard, "cuts", None) or []],
    )


def grid(cells: list[dict[str, Any]], *sides: str) -> list[dict[str, Any]]:
    """Customers and money by two columns of scores; none where the method has no such."""
    found: dict[tuple[int, ...], dict[str, Any]] = {}
    for cell in cells if sides else ():
        place = {side: cell[side] for side in sides}
        if None in place.values():
            continue
        into = found.setdefault(tuple(place.values()), {**place, "customers": 0, "value": 0})
        into["customers"] += cell["customers"]
        into["value"] += cell["value"] or 0
    return list(found.values())
