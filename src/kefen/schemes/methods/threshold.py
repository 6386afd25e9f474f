"""`threshold`: one indicator against fixed values (单指标分类); a value at the bound is in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from kefen.schemes import faults, rating
from kefen.schemes.cuts import find
from kefen.schemes.histogram import Ask
from kefen.schemes.methods import one_indicator
from kefen.schemes.methods.base import Bounds, Method
from kefen.schemes.model import Scheme
from kefen.schemes.parts import Amount, Better, ClassPart, Reference
from kefen.schemes.presentation import Cut, Presentation
from kefen.schemes.standard import Number, Standard

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.errors import Fault
    from kefen.schemes.reason import Reason


class ThresholdClass(ClassPart):
    """`at_least`, or `at_most` where lower is better; the last class has neither."""

    at_least: Amount | None = None
    at_most: Amount | None = None


class ThresholdScheme(Scheme):
    """Classes by fixed values of one indicator."""

    presentation: ClassVar = Presentation(
        "固定分界值",
        "Fixed values",
        one_indicator=True,
        pictures=("pyramid", "distribution"),
        editor="single",
        cuts={"": Cut("at_least", "value")},
    )

    method: Literal["threshold"] = "threshold"
    indicator: Reference = "sales"
    better: Better = "higher"
    classes: list[ThresholdClass] = Field(min_length=2)  # type: ignore[assignment]

    def references(self) -> list[str]:
        """The one indicator."""
        return [self.indicator]


class ThresholdStandard(Standard):
    """The values themselves, best first."""

    method: Literal["threshold"] = "threshold"
    column: str
    better: Better
    cuts: list[Number]


def _faults(document: Mapping[str, Any]) -> list[Fault]:
    lower = document.get("better") == "lower"
    name, other = ("at_most", "at_least") if lower else ("at_least", "at_most")
    return [
        *faults.each_class(document, name),
        *faults.ordered(document, name, grows=lower),
        *faults.misplaced(document, other, name),
    ]


def _fit(scheme: ThresholdScheme, table: ir.Table, engine: Engine) -> ThresholdStandard:
    column = scheme.column(scheme.indicator)
    rating.columns(scheme, table, [column, *map(scheme.column, scheme.minimum)])
    rated = table.filter(rating.enough(scheme, table, [column]))
    [answer] = find(rated, [Ask(column)], engine)
    bounds = [
        part.at_least if scheme.better == "higher" else part.at_most for part in scheme.classes[:-1]
    ]
    return ThresholdStandard(
        scheme=scheme.hash,
        customers=answer.customers,
        notes=one_indicator.notes(answer, column),
        column=column,
        better=scheme.better,
        cuts=[bound for bound in bounds if bound is not None],
    )


def _assign(scheme: ThresholdScheme, standard: ThresholdStandard, table: ir.Table) -> ir.Table:
    return one_indicator.assign(scheme, standard.column, standard.cuts, standard.better, table)


def _explain(
    scheme: ThresholdScheme,
    standard: ThresholdStandard,
    row: Mapping[str, Any],
    assigned: Mapping[str, Any] | None,
) -> Reason:
    return one_indicator.explain(
        scheme, standard.column, standard.cuts, standard.better, row, assigned
    )


def _bounds(standard: ThresholdStandard) -> Bounds:
    return Bounds(standard.column, standard.cuts or [], standard.better)


METHOD = Method(
    ThresholdScheme, ThresholdStandard, _faults, _fit, _assign, _explain, bounds=_bounds
)
