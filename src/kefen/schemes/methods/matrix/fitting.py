"""`matrix`: two schemes crossed, such as current value and potential.

Both are fitted on the same customers and assigned to the same row; their pair is a cell.
"""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

from kefen.deferred import ibis
from kefen.errors import SchemeError
from kefen.schemes import rating, rows
from kefen.schemes.conditions import population, test
from kefen.schemes.methods.base import Method
from kefen.schemes.methods.inner import INNER
from kefen.schemes.methods.matrix.faults import faults
from kefen.schemes.methods.matrix.model import SIDES, MatrixScheme, MatrixStandard, Side
from kefen.schemes.methods.matrix.reason import explain
from kefen.schemes.standard import Note

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.schemes.methods.matrix.model import Cell
    from kefen.schemes.standard import Standard

_KEPT = "_kept_"


def _view(scheme: MatrixScheme, side: Side, table: ir.Table) -> ir.Table:
    """The table as one of the two schemes reads it, with all columns kept under other names."""
    named = scheme.columns_of(side)
    for own in named.values():
        if own not in table.columns:
            raise SchemeError("missing-column", column=own, scheme=scheme.name)
    kept = {f"{_KEPT}{name}": table[name] for name in table.columns}
    return table.select(**kept, **{inner: table[own] for inner, own in named.items()})


def _fit(scheme: MatrixScheme, table: ir.Table, engine: Engine) -> MatrixStandard:
    rating.columns(scheme, table, list(map(scheme.column, scheme.minimum)))
    enough = table.filter(rating.enough(scheme, table, []))
    fitted: dict[str, Standard] = {}
    for side in SIDES:
        inner = scheme.side(side)
        view = population(inner, _view(scheme, side, enough))
        fitted[side] = INNER[inner.method].fit(inner, view, engine)
    standard = MatrixStandard(scheme=scheme.hash, customers=0, **fitted)
    assigned = _assign(scheme, standard, enough)
    [found] = rows.fetch(assigned.aggregate(customers=assigned["class"].count()), engine)
    customers = int(found["customers"])
    notes = [] if customers else [Note(code="no-customers")]
    for side in SIDES:
        own = scheme.columns_of(side)
        notes += [
            note.model_copy(update={"column": own.get(note.column or "")})
            for note in fitted[side].notes
            if note.code != "no-customers"
        ]
    unique = list(dict.fromkeys((note.code, note.column) for note in notes))
    return standard.model_copy(
        update={
            "customers": customers,
            "notes": [Note(code=code, column=column) for code, column in unique],
        }
    )


def _assign(scheme: MatrixScheme, standard: MatrixStandard, table: ir.Table) -> ir.Table:
    """Adds `row_class`, `column_class` and the scores of both."""
    rating.columns(scheme, table, list(map(scheme.column, scheme.minimum)))
    names, told = list(table.columns), table
    for side in SIDES:
        inner, prefix = scheme.side(side), side.removesuffix("s")
        view = _view(scheme, side, told)
        found = INNER[inner.method].assign(inner, standard.side(side), view)
        key = found["class"]
        if inner.population is not None:
            inside = test(inner, inner.population, found)
            key = ibis.ifelse(inside, key, ibis.null("string"))
        back = {name: found[f"{_KEPT}{name}"] for name in told.columns}
        told = found.select(**back, **{f"{prefix}_class": key, f"{prefix}_score": found["score"]})
    rated = rating.enough(scheme, told, []) & told.row_class.notnull() & told.column_class.notnull()
    tests = [
        (reduce(or_, [_inside(cell, told) for cell in part.cells]), part.key)
        for part in scheme.classes
        if part.cells is not None
    ]
    label = ibis.cases(*tests, else_=scheme.classes[-1].key)
    return told.mutate(
        **{"class": ibis.ifelse(rated, label, ibis.null("string")), "score": ibis.null("float64")}
    ).select(*names, "class", "score", "row_class", "column_class", "row_score", "column_score")


def _inside(cell: Cell, told: ir.Table) -> Any:
    tests = [
        told[name].isin(keys)
        for name, keys in (("row_class", cell.row), ("column_class", cell.column))
        if keys is not None
    ]
    return reduce(and_, tests) if tests else ibis.literal(True)


METHOD = Method(MatrixScheme, MatrixStandard, faults, _fit, _assign, explain)
