"""What the outreach of a year brought: sales of all others against those left alone, by class."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.gateway import campaigns as engine
from kefen_crm.grading.models import Scheme
from kefen_crm.holdout.models import HoldoutYear
from kefen_crm.platform.parts import ClockJob
from kefen_crm.platform.queue import later_once

if TYPE_CHECKING:
    from kefen_crm.platform.due import Due

MEASURE: Final = "holdout.measure"
TOGETHER, UNRATED = "", "-"
MONDAY: Final = 0
AFTERWARDS: Final = timedelta(days=60)
"""So long after a year its facts may still come in."""


def measure_soon(year: int) -> None:
    """Queue the measuring of a year."""
    later_once(MEASURE, lock="grading", year=year)


def measure(year: int) -> None:
    """Measure what the outreach of a year brought so far, and keep it."""
    of = HoldoutYear.objects.filter(year=year).first()
    if of is None:
        return
    found = engine.measured(of.drawn_on, date(of.year + 1, 1, 1))
    result: dict[str, Any] = {"rows": []}
    if found is not None:
        rows = _members(of).join(found.rows, on="customer_id", how="left")
        rows = rows.with_columns(pl.col("sales").fill_null(0.0).alias("outcome"))
        keys = [one["key"] for one in of.classes]
        parts = [(TOGETHER, rows)]
        parts += [(key, rows.filter(pl.col("class_key") == key)) for key in keys]
        parts.append((UNRATED, rows.filter(pl.col("class_key") == "")))
        result = {
            "rows": [
                {"key": key, **engine.effect_of(part, of.percent / 100).to_dict()}
                for key, part in parts
                if part.height
            ],
            "until": found.until.isoformat(),
            "whole": found.whole,
        }
    HoldoutYear.objects.filter(pk=of.pk).update(result=result, measured_at=timezone.now())


def shown(of: HoldoutYear) -> list[dict[str, Any]]:
    """The rows of the result with their titles, in the language of whoever reads."""
    titles = {one["key"]: one["title"] for one in of.classes}
    names = {one["scheme"] for one in of.classes}
    for scheme in Scheme.objects.filter(name__in=names).select_related("current"):
        titles |= {one.key: str(one.title) for one in scheme.classes if one.key in titles}
    titles |= {TOGETHER: _("Together"), UNRATED: _("Unrated")}
    rows = of.result.get("rows") or []
    return [{**one, "title": titles.get(one["key"], one["key"])} for one in rows]


def weekly(due: Due) -> None:
    """On Mondays: measure this year, and the last one as long as facts of it may come."""
    if due.day.weekday() != MONDAY:
        return
    since = due.day - AFTERWARDS
    for of in HoldoutYear.objects.filter(year__gte=since.year):
        if not of.result.get("whole"):
            measure_soon(of.year)


def _members(of: HoldoutYear) -> pl.DataFrame:
    rows = of.members.filter(joined=False).values_list(
        "customer__code", "held", "class_key", "past"
    )
    plain = [(code, not held, key, float(past)) for code, held, key, past in rows]
    columns = {
        "customer_id": pl.String,
        "treated": pl.Boolean,
        "class_key": pl.String,
        "before": pl.Float64,
    }
    return pl.DataFrame(plain, schema=columns, orient="row")


JOB: Final = ClockJob("holdout.measure", weekly, at=time(4))
