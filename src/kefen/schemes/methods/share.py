"""`share`: ABC classes by cumulative share of a total (Pareto analysis, 帕累托分析).

Customers go in order of their value, and each counts itself and its equals: A is everyone up to
75 % of the total, B up to 95 %, C the rest. The top value is always in the first class;
customers with no positive value are in the last.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from kefen.schemes import rating, rows
from kefen.schemes.cuts import find
from kefen.schemes.faults import each_class, rising
from kefen.schemes.histogram import Ask
from kefen.schemes.methods import one_indicator
from kefen.schemes.methods.base import Bounds, Method
from kefen.schemes.model import Scheme
from kefen.schemes.parts import ClassPart, Reference, Share
from kefen.schemes.presentation import Cut, Presentation
from kefen.schemes.standard import Note, Number, Standard

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.errors import Fault
    from kefen.schemes.reason import Reason


class ShareClass(ClassPart):
    """`upto`: the class ends at this cumulative share of the total; the last has none."""

    upto: Share | None = None


class ShareScheme(Scheme):
    """Classes by cumulative share of an indicator's total."""

    presentation: ClassVar = Presentation(
        "累计占比（ABC）",
        "Cumulative share (ABC)",
        one_indicator=True,
        pictures=("pareto", "pyramid", "distribution"),
        editor="single",
        cuts={"": Cut("upto", "mass")},
    )

    method: Literal["share"] = "share"
    indicator: Reference = "sales"
    classes: list[ShareClass] = Field(min_length=2)  # type: ignore[assignment]

    def references(self) -> list[str]:
        """The one indicator."""
        return [self.indicator]


class ShareStandard(Standard):
    """Least value of each class but the last, best first.

    `cuts` is None when nobody could be rated, empty when nobody has a positive value.
    """

    method: Literal["share"] = "share"
    column: str
    total: Number
    cuts: list[Number] | None


def _faults(document: Mapping[str, Any]) -> list[Fault]:
    return each_class(document, "upto") + rising(document, "upto")


def _fit(scheme: ShareScheme, table: ir.Table, engine: Engine) -> ShareStandard:
    column = scheme.column(scheme.indicator)
    rating.columns(scheme, table, [column, *map(scheme.column, scheme.minimum)])
    rated = table.filter(rating.enough(scheme, table, [column]))
    tops = tuple(Fraction(repr(part.upto)) for part in scheme.classes[:-1])
    earning, everyone = find(
        rated, [Ask(column, tops, weight=column, positive=True), Ask(column)], engine
    )
    notes = one_indicator.notes(everyone, column)
    cuts: list[Number] | None = None
    if earning.customers:
        cuts = [cut.value for cut in earning.cuts]
    elif everyone.customers:
        notes = [Note(code="nothing-positive", column=column)]
        cuts = []
    return ShareStandard(
        scheme=scheme.hash,
        customers=everyone.customers,
        notes=notes,
        column=column,
        total=rows.exact(earning.total, table.schema()[column]),
        cuts=cuts,
    )


def _assign(scheme: ShareScheme, standard: ShareStandard, table: ir.Table) -> ir.Table:
    return one_indicator.assign(scheme, standard.column, standard.cuts, "higher", table)


def _explain(
    scheme: ShareScheme,
    standard: ShareStandard,
    row: Mapping[str, Any],
    assigned: Mapping[str, Any] | None,
) -> Reason:
    return one_indicator.explain(scheme, standard.column, standard.cuts, "higher", row, assigned)


def _bounds(standard: ShareStandard) -> Bounds:
    return Bounds(standard.column, standard.cuts or [], "higher")


METHOD = Method(ShareScheme, ShareStandard, _faults, _fit, _assign, _explain, bounds=_bounds)
