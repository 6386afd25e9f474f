"""What the mapped columns of a file hold: samples, how many, their sum and their span."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    import ibis.expr.types as ir

    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.reading.model import Preview
    from kefen.ledger.staging import Staged

_NUMBERS: Final = ("money", "number", "integer")
_ADDED: Final = ("money", "number")


@dataclass(frozen=True)
class ColumnFigures:
    """One mapped heading of a file.

    Attributes:
        heading: as it stands in the file.
        column: what it was understood as.
        type: `text`, `date`, `money`, `number`, `integer` or `boolean`.
        samples: its first different cells, as they stand.
        filled: accepted rows that have a value.
        sum: of money (base currency) and numbers; else None.
        least: the first date or least number; else None.
        greatest: the last date or greatest number; else None.
    """

    heading: str
    column: str
    type: str
    samples: tuple[str, ...]
    filled: int = 0
    sum: Decimal | float | None = None
    least: date | Decimal | float | None = None
    greatest: date | Decimal | float | None = None


def figures(
    preview: Preview, staged: Staged, bench: ImportWorkspace, rows: ir.Table | None
) -> tuple[ColumnFigures, ...]:
    """The figures of every mapped heading, in the order of the file; `rows` are those that land."""
    mapped = {h: c for h, c in preview.mapping.items() if staged.kind.has(c)}
    types = {column: staged.kind.column(column).type for column in mapped.values()}
    found = {f"{name} filled": count for name, count in staged.written.items()}
    if rows is not None and staged.read:
        found |= bench.one(rows.aggregate(**_wanted(rows, types)))
    return tuple(
        ColumnFigures(
            heading,
            column,
            types[column],
            preview.samples(heading),
            found.get(f"{column} filled") or 0,
            **{name: found.get(f"{column} {name}") for name in ("sum", "least", "greatest")},
        )
        for heading, column in mapped.items()
    )


def _wanted(rows: ir.Table, types: Mapping[str, str]) -> dict[str, Any]:
    wanted: dict[str, Any] = {"rows": rows.count()}
    for column, type_ in types.items():
        if column not in rows.columns:
            continue
        value = rows[column]
        wanted[f"{column} filled"] = value.count()
        if type_ in _ADDED:
            wanted[f"{column} sum"] = value.sum()
        if type_ == "date" or type_ in _NUMBERS:
            wanted[f"{column} least"] = value.min()
            wanted[f"{column} greatest"] = value.max()
    return wanted
