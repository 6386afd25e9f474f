"""Indicators that the runs in force measured, as columns and as a filter of the customer list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_tables2 as tables
from django.core.cache import caches
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from kefen_crm.customers.queries import figures_as_of
from kefen_crm.gateway import measured as runs
from kefen_crm.grading.models import Scheme
from kefen_crm.grading.queries import published, runs_in_force
from kefen_crm.platform import numbers
from kefen_crm.platform.columns import RIGHT
from kefen_crm.platform.filters import NOBODY
from kefen_crm.platform.parts import Columns, ColumnSet, ListColumn

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from decimal import Decimal

    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.gateway.measured import Measure
    from kefen_crm.grading.models import Run

_FIGURES = {"sales", "profit", "orders", "recency"}
"""Indicators of which the list has columns of its own."""
_KEPT = 300


def choices(as_of: date | None) -> list[tuple[str, str]]:
    """Every indicator of the runs in force as `scheme:indicator`, with its title.

    It is asked once in a while for figures of the same day.
    """
    key = f"measures-{get_language()}-{as_of}"
    found: list[tuple[str, str]] | None = caches["process"].get(key)
    if found is None:
        found = [
            (f"{scheme.name}:{measure.name}", f"{measure.title} · {scheme.title}")
            for scheme, _run, measure in _measured()
        ]
        caches["process"].set(key, found, _KEPT)
    return found


def within(value: str, low: Decimal | None, high: Decimal | None) -> Q:
    """The customers whose `scheme:indicator` is within bounds; nobody where there is none."""
    name, _colon, indicator = value.partition(":")
    for scheme, run, measure in _measured([name]):
        if scheme.name == name and measure.name == indicator:
            codes = runs.between(run.engine_id, indicator, low, high)
            return Q(code__in=RawSQL("SELECT unnest(%s::text[])", [codes]))
    return NOBODY


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


class MeasureColumn(tables.Column):
    """An indicator of the run that a scheme's classes come from."""

    def __init__(self, run: Run, measure: Measure) -> None:
        super().__init__(orderable=False, empty_values=(), attrs=RIGHT)
        self.run, self.measure = run.engine_id, measure

    def render(self, record: Customer) -> str:
        found = runs.value_of(self.run, self.measure.name, record.code)
        return shown(found, self.measure.unit)


def _read(request: HttpRequest, names: Collection[str] | None) -> Columns:
    """The chosen ones; of a file none, as each of them would be read whole."""
    offered = [one for one in choices(_as_of(request)) if one[0].partition(":")[2] not in _FIGURES]
    chosen = {value for value, _title in offered if value in (names or ())}
    found = []
    for scheme, run, measure in _measured() if chosen else ():
        value = f"{scheme.name}:{measure.name}"
        if value in chosen:
            name = f"measure_{scheme.pk}_{measure.name}"
            title = f"{measure.title} · {scheme.title}"
            found.append(ListColumn(name, title, MeasureColumn(run, measure)))
    return Columns(choices=offered, shown=chosen, columns=found, fetch=lambda customers: customers)


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


MEASURES = ColumnSet(name="measure_column", title=gettext_lazy("Indicators"), first=(), read=_read)
