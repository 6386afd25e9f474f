"""Parts of a fact's dates, such as `ordered_on.weekday`: as columns like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import ibis.expr.types as ir

    from kefen.ledger.facts import Kind

PARTS: Final[dict[str, Callable[[Any], Any]]] = {
    "weekday": lambda day: day.day_of_week.index() + 1,
    "day": lambda day: day.day(),
    "month": lambda day: day.month(),
    "quarter": lambda day: day.quarter(),
    "year": lambda day: day.year(),
    "year_month": lambda day: day.year() * 100 + day.month(),
}
"""Whole numbers: `weekday` is 1 on Monday and 7 on Sunday (ISO 8601), `year_month` is 202503."""

RANGES: Final = {
    "weekday": (1, 7),
    "day": (1, 31),
    "month": (1, 12),
    "quarter": (1, 4),
    "year": (1, 9999),
    "year_month": (101, 999_912),
}
"""The least and the greatest number of each part."""

TIMES: Final = ("hour", "minute", "second", "time")
"""Parts of a time of day, which facts do not keep."""


def split(name: str) -> tuple[str, str]:
    """The column and the part of it that a name speaks of; without a part it is empty.

    >>> split("ordered_on.weekday"), split("amount")
    (('ordered_on', 'weekday'), ('amount', ''))
    """
    column, _, part = name.partition(".")
    return column, part


def is_part(kind: Kind, name: str) -> bool:
    """Whether a name speaks of a known part of one of this kind's dates."""
    column, part = split(name)
    return part in PARTS and any(c.name == column and c.type == "date" for c in kind.stored)


def is_time(kind: Kind, name: str) -> bool:
    """Whether a name speaks of the time of day of one of this kind's dates: there is none."""
    column, part = split(name)
    return part in TIMES and any(c.name == column and c.type == "date" for c in kind.stored)


def part_names(kind: Kind) -> list[str]:
    """Every part of every date of this kind."""
    return [f"{c.name}.{part}" for c in kind.stored if c.type == "date" for part in PARTS]


def range_of(kind: Kind, name: str) -> tuple[int, int] | None:
    """The least and the greatest number of what a name speaks of; None unless it is a part."""
    return RANGES[split(name)[1]] if is_part(kind, name) else None


def place(name: str) -> str:
    """The table column that holds what a name speaks of."""
    column, part = split(name)
    return f"_{column}_{part}" if part in PARTS else name


def with_parts(rows: ir.Table, kind: Kind, names: Iterable[str]) -> ir.Table:
    """The facts with a column for each part of a date that is spoken of."""
    wanted = {name for name in names if is_part(kind, name)}
    found = {}
    for name in sorted(wanted):
        column, part = split(name)
        found[place(name)] = PARTS[part](rows[column]).cast("int64")
    return rows.mutate(**found) if found else rows
