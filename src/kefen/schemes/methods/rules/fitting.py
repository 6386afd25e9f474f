"""`rules`: fitting looks only at what is known; assigning is the rules as one expression."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from kefen.deferred import ibis
from kefen.errors import SchemeError
from kefen.schemes import conditions, rating, rows
from kefen.schemes.methods.base import Method
from kefen.schemes.methods.rules.faults import faults
from kefen.schemes.methods.rules.model import RulesScheme, RulesStandard
from kefen.schemes.methods.rules.reason import explain
from kefen.schemes.standard import Note

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.engines import Engine


def _checked(scheme: RulesScheme, table: ir.Table) -> None:
    rating.columns(scheme, table, list(map(scheme.column, scheme.minimum)))
    for name in scheme.asked():
        if name not in table.columns:
            raise SchemeError("missing-column", column=name, scheme=scheme.name)


def _known(column: Any) -> Any:
    """Whether anything is known; never null."""
    if column.type().is_string():
        return (column.strip() != "").fill_null(False)
    return (rows.number(column) if column.type().is_numeric() else column).notnull()


def _fit(scheme: RulesScheme, table: ir.Table, engine: Engine) -> RulesStandard:
    _checked(scheme, table)
    rated = table.filter(rating.enough(scheme, table, []))
    known = {f"known{at}": _known(rated[name]).sum() for at, name in enumerate(scheme.asked())}
    [found] = rows.fetch(rated.aggregate(customers=rated.count(), **known), engine)
    notes = [
        Note(code="all-missing", column=name)
        for at, name in enumerate(scheme.asked())
        if not found[f"known{at}"]
    ]
    customers = found["customers"]
    return RulesStandard(
        scheme=scheme.hash,
        customers=customers,
        notes=notes if customers else [Note(code="no-customers")],
    )


def _assign(scheme: RulesScheme, _standard: RulesStandard, table: ir.Table) -> ir.Table:
    """Adds `rule`, the number of the rule that decided; 0 for `else`, null when unrated."""
    _checked(scheme, table)
    nothing = ibis.null("int32")
    other = nothing
    if scheme.otherwise is not None:
        known = reduce(or_, [_known(table[name]) for name in scheme.asked()])
        other = ibis.ifelse(known, ibis.literal(0, "int32"), nothing)
    tests = [
        (conditions.test(scheme, rule.when, table), ibis.literal(number, "int32"))
        for number, rule in enumerate(scheme.rules, start=1)
    ]
    rated = rating.enough(scheme, table, [])
    numbered = table.mutate(rule=ibis.ifelse(rated, ibis.cases(*tests, else_=other), nothing))
    keys = [(0, scheme.otherwise)] if scheme.otherwise is not None else []
    keys += [(number, rule.class_) for number, rule in enumerate(scheme.rules, start=1)]
    label = ibis.cases(*((numbered.rule == number, key) for number, key in keys))
    return numbered.mutate(
        **{"class": label.cast("string"), "score": ibis.null("float64")},
    )


METHOD = Method(RulesScheme, RulesStandard, faults, _fit, _assign, explain)
