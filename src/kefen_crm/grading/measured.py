"""Indicators as columns and as a filter of the customer list: of the runs in force, and further."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import django_tables2 as tables
from django.core.cache import caches
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import figures_as_of
from kefen_crm.gateway import measured as runs
from kefen_crm.grading.models import FurtherMeasure, Scheme
from kefen_crm.grading.queries import published, runs_in_force
from kefen_crm.platform import numbers
from kefen_crm.platform.bulk import keyed
from kefen_crm.platform.columns import RIGHT
from kefen_crm.platform.filters import NOBODY
from kefen_crm.platform.parts import Columns, ColumnSet, ListColumn, Part

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from decimal import Decimal

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from kefen_crm.gateway.measured import Measure
    from kefen_crm.grading.models import Run

_FIGURES = {"sales", "profit", "orders", "recency"}
"""Indicators of which the list has columns of its own."""
_KEPT = 300
FURTHER = "~"
"""Stands in the place of a scheme for indicators that were measured beside the schemes."""


def choices(request: HttpRequest | None, as_of: date | None) -> list[tuple[str, str]]:
    """Each indicator of the runs in force as `scheme:indicator`, with its title; and further ones.

    Those of runs are asked once in a while for figures of the same day.
    """
    key = f"measures-{get_language()}-{as_of}"
    found: list[tuple[str, str]] | None = caches["process"].get(key)
    if found is None:
        found = [
            (f"{scheme.name}:{measure.name}", f"{measure.title} · {scheme.title}")
            for scheme, _run, measure in _measured()
        ]
        caches["process"].set(key, found, _KEPT)
    return [*found, *((one.value, one.title) for one in further(request))]


@dataclass(frozen=True)
class Further:
    """An indicator measured beside the schemes, as lists show it."""

    kept: FurtherMeasure
    measure: Measure

    @property
    def value(self) -> str:
        """As columns and filters name it."""
        return f"{FURTHER}:{self.kept.name}"

    @property
    def title(self) -> str:
        return self.measure.title


def further(request: HttpRequest | None) -> list[Further]:
    """The indicators that are measured beside the schemes, or are about to be; read once a page."""
    known_here: list[Further] | None = getattr(request, "further_measures", None)
    if known_here is not None:
        return known_here
    kept = list(FurtherMeasure.objects.all())
    known = {one.name: one for one in runs.every_measure()} if kept else {}
    found = [Further(one, known[one.name]) for one in kept if one.name in known]
    if request is not None:
        request.further_measures = found  # type: ignore[attr-defined]
    return found


def within(value: str, low: Decimal | None, high: Decimal | None) -> Q:
    """The customers whose `scheme:indicator` is within bounds; nobody where there is none."""
    name, _colon, indicator = value.partition(":")
    if name == FURTHER:
        one = FurtherMeasure.objects.filter(name=indicator).exclude(source="").first()
        return _between(one.source, indicator, low, high) if one else NOBODY
    for scheme, run, measure in _measured([name]):
        if scheme.name == name and measure.name == indicator:
            return _between(run.engine_id, indicator, low, high)
    return NOBODY


def _between(source: str, name: str, low: Decimal | None, high: Decimal | None) -> Q:
    codes = runs.between(source, name, low, high)
    return Q(code__in=RawSQL("SELECT unnest(%s::text[])", [codes]))


def _plain(value: float) -> float | int:
    return int(value) if value.is_integer() else value


def shown(value: Any, unit: str) -> str:
    """The value of an indicator in its unit; a dash where there is none."""
    if value is None:
        return numbers.NOTHING
    if unit == "money":
        return numbers.money(value)
    if unit == "ratio":
        return numbers.percent(value)
    if unit == "days":
        return _("%(days)s days") % {"days": numbers.whole(value)}
    return numbers.whole(value)


def value_in(source: str, name: str) -> RawSQL:
    """The indicator of a customer in SQL, to order by; null where there is none.

    The database finds a code in a sorted object by halves; it has no index of values that it does
    not keep.
    """
    return RawSQL(
        '(%s::jsonb ->> "customers_customer"."code")::float8', [runs.every_value(source, name)]
    )


def source_of(value: str) -> str | None:
    """Where the values of a `scheme:indicator` are; empty while measured, None for no indicator."""
    name, _colon, indicator = value.partition(":")
    if name == FURTHER:
        one = FurtherMeasure.objects.filter(name=indicator).first()
        return one.source if one else None
    found = (
        run.engine_id
        for scheme, run, measure in _measured([name])
        if (scheme.name, measure.name) == (name, indicator)
    )
    return next(found, None)


class MeasureColumn(tables.Column):
    """An indicator of the run that a scheme's classes come from, or of another source."""

    def __init__(self, source: str, measure: Measure) -> None:
        super().__init__(orderable=bool(source), empty_values=(), attrs=RIGHT)
        self.source, self.measure = source, measure

    def order(
        self, customers: QuerySet[Customer], is_descending: bool
    ) -> tuple[QuerySet[Customer], bool]:
        """By the indicator, customers without it last either way."""
        by = value_in(self.source, self.measure.name)
        place = by.desc(nulls_last=True) if is_descending else by.asc(nulls_last=True)
        return customers.order_by(place, "code"), True

    def values(self, customers: Collection[int]) -> dict[int, float | int]:
        """What a file has of customers, by their ids."""
        if not self.source:
            return {}
        codes = dict(
            Customer.objects.filter(pk__in=keyed(customers)).values_list("code", "pk").order_by()
        )
        found = runs.values_of(self.source, self.measure.name, codes)
        return {codes[code]: _plain(value) for code, value in found.items()}

    def render(self, record: Customer) -> str:
        if not self.source:
            return "…"
        found = runs.value_of(self.source, self.measure.name, record.code)
        return shown(found, self.measure.unit)


def _read(request: HttpRequest, names: Collection[str] | None) -> Columns:
    """The chosen ones, and that which the list is narrowed by."""
    offered = [
        one for one in choices(request, _as_of(request)) if one[0].partition(":")[2] not in _FIGURES
    ]
    chosen = {value for value, _title in offered if value in (names or ())}
    found = []
    for scheme, run, measure in _measured() if chosen else ():
        value = f"{scheme.name}:{measure.name}"
        if value in chosen:
            name = f"measure_{scheme.pk}_{measure.name}"
            title = f"{measure.title} · {scheme.title}"
            column = MeasureColumn(run.engine_id, measure)
            found.append(ListColumn(name, title, column, column.values))
    besides = further(request)
    beside = [one for one in besides if one.value in chosen]
    for one in beside:
        column = MeasureColumn(one.kept.source, one.measure)
        found.append(ListColumn(f"further_{one.kept.pk}", one.title, column, column.values))
    others = {one.kept.name for one in besides} | {value.partition(":")[2] for value, _ in offered}
    more = [one for one in runs.every_measure() if one.name not in others | _FIGURES]
    return Columns(
        choices=offered,
        shown=chosen,
        columns=found,
        fetch=lambda customers: customers,
        note=Part("grading/_further_lines.html", {"further": beside}) if beside else None,
        more=Part("grading/_further_choices.html", {"offered": more, "further": besides}),
    )


def _as_of(request: HttpRequest) -> date | None:
    """The day of the figures, asked once for all parts of a page."""
    if not hasattr(request, "figures_as_of"):
        request.figures_as_of = figures_as_of()  # type: ignore[attr-defined]
    day: date | None = request.figures_as_of  # type: ignore[attr-defined]
    return day


def _measured(names: Collection[str] = ()) -> list[tuple[Scheme, Run, Measure]]:
    """The indicators of the runs in force, of all schemes or of those with these names."""
    schemes = [one for one in published() if not names or one.name in names]
    force = runs_in_force(schemes)
    return [
        (scheme, force[scheme.pk], measure)
        for scheme in schemes
        if scheme.pk in force
        for measure in runs.measures(force[scheme.pk].engine_id)
    ]


MEASURES = ColumnSet(
    name="measure_column", title=gettext_lazy("Indicators"), first=(), read=_read, filed=False
)
