"""`quantile`: classes by share of customers: value tiers, the customer pyramid (客户金字塔).

Customers go in order of the indicator; each counts itself and its equals. Equal values share a
class, and the best value is always in the first.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from kefen.errors import Fault
from kefen.schemes import faults, rating
from kefen.schemes.cuts import find
from kefen.schemes.histogram import Ask
from kefen.schemes.methods import one_indicator
from kefen.schemes.methods.base import Bounds, Method
from kefen.schemes.model import Scheme
from kefen.schemes.parts import Better, ClassPart, Reference, Share
from kefen.schemes.presentation import Cut, Presentation
from kefen.schemes.standard import Number, Standard

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.schemes.reason import Reason


class QuantileClass(ClassPart):
    """`share`: the part of customers in this class; the last class may leave it out."""

    share: Share | None = None


class QuantileScheme(Scheme):
    """Classes by share of customers."""

    presentation: ClassVar = Presentation(
        "人数占比",
        "Share of customers",
        one_indicator=True,
        pictures=("pyramid", "pareto", "distribution"),
        editor="single",
        cuts={"": Cut("share", "share")},
    )

    method: Literal["quantile"] = "quantile"
    indicator: Reference = "sales"
    better: Better = "higher"
    classes: list[QuantileClass] = Field(min_length=2)  # type: ignore[assignment]

    def references(self) -> list[str]:
        """The one indicator."""
        return [self.indicator]

    def tops(self) -> tuple[Fraction, ...]:
        """Cumulative shares at which the classes but the last end."""
        return tuple(accumulate(Fraction(repr(part.share)) for part in self.classes[:-1]))


class QuantileStandard(Standard):
    """Last value of each class but the last, best first; None when nobody could be rated."""

    method: Literal["quantile"] = "quantile"
    column: str
    better: Better
    cuts: list[Number] | None


def _faults(document: Mapping[str, Any]) -> list[Fault]:
    listed = list(faults.entries(document, "classes"))
    given = [(place, faults.share(entry.get("share"))) for place, entry in listed]
    total = sum(Fraction(repr(share)) for _, share in given if share is not None)
    found = [
        Fault(f"classes[{place}]", "cut-missing", {"fields": ["share"]})
        for place, entry in listed[:-1]
        if entry.get("share") is None
    ]
    found += [
        Fault(f"classes[{place}].share", "share-zero", {"value": faults.percent(share)})
        for place, share in given
        if share == 0
    ]
    whole = bool(given) and all(share is not None for _, share in given)
    if total > 1 or (whole and total != 1):
        found.append(Fault("classes", "shares-sum", {"total": faults.percent(float(total))}))
    return found


def _fit(scheme: QuantileScheme, table: ir.Table, engine: Engine) -> QuantileStandard:
    column = scheme.column(scheme.indicator)
    rating.columns(scheme, table, [column, *map(scheme.column, scheme.minimum)])
    rated = table.filter(rating.enough(scheme, table, [column]))
    [answer] = find(rated, [Ask(column, scheme.tops(), better=scheme.better)], engine)
    return QuantileStandard(
        scheme=scheme.hash,
        customers=answer.customers,
        notes=one_indicator.notes(answer, column),
        column=column,
        better=scheme.better,
        cuts=[cut.value for cut in answer.cuts] if answer.customers else None,
    )


def _assign(scheme: QuantileScheme, standard: QuantileStandard, table: ir.Table) -> ir.Table:
    return one_indicator.assign(scheme, standard.column, standard.cuts, standard.better, table)


def _explain(
    scheme: QuantileScheme,
    standard: QuantileStandard,
    row: Mapping[str, Any],
    assigned: Mapping[str, Any] | None,
) -> Reason:
    return one_indicator.explain(
        scheme, standard.column, standard.cuts, standard.better, row, assigned
    )


def _bounds(standard: QuantileStandard) -> Bounds:
    return Bounds(standard.column, standard.cuts or [], standard.better)


METHOD = Method(QuantileScheme, QuantileStandard, _faults, _fit, _assign, _explain, bounds=_bounds)
