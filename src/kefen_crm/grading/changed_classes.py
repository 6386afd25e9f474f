"""Of whom a run may say something else than the run in force; nobody else is written again."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import version
from typing import TYPE_CHECKING

import polars as pl
from django.db import connection
from django.db.models import Q

from kefen_crm.customers.models import Customer
from kefen_crm.gateway import KefenError
from kefen_crm.gateway import grading as engine
from kefen_crm.gateway.ledger import opened
from kefen_crm.grading.models import CustomerClass, Override, RunInForce
from kefen_crm.platform.bulk import keyed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.grading.models import Run, Scheme

_MOST = 0.2
"""Above this share of customers all are looked at."""


def program() -> str:
    """Which program writes classes: another may shape them otherwise."""
    return version("kefen")


def classes_by(run: Run) -> pl.DataFrame | None:
    """The classes by a run; None where it cannot be read any more."""
    with opened() as ledger, suppress(KefenError):
        return engine.classes_of(engine.open_run(ledger, run.engine_id))
    return None


def to_look_at(
    stands: RunInForce | None, classes: pl.DataFrame, *, onward: bool
) -> list[str] | None:
    """The codes of all customers whose row may change, or go; None where that may be anybody.

    `stands` is what is in force, `classes` are those by the run that takes over, `onward` whether
    it is as of a later day. Anybody may it be where the classes in force are not as a run left
    them but for what the rows themselves tell, or where many differ.
    """
    if stands is None or stands.program != program():
        return None
    before = classes_by(stands.run)
    if before is None or before.schema != classes.schema:
        return None
    codes = set(_differing(before, classes))
    if len(codes) > _MOST * classes.height:
        return None
    graded, unsettled = _unsettled(stands.scheme, onward=onward)
    if graded != before.height or len(unsettled) > _MOST * classes.height:
        return None
    named = Customer.objects.filter(pk__in=keyed(unsettled)).values_list("code", flat=True)
    return list(codes.union(named, _decided(stands)))


def _differing(before: pl.DataFrame, classes: pl.DataFrame) -> Iterable[str]:
    """Who is told of otherwise, or by one of the two alone."""
    if before["code"].equals(classes["code"]):
        others = [name for name in classes.columns if name != "code"]
        same = [before[name].eq_missing(classes[name]).alias(name) for name in others]
        differs = pl.DataFrame(same).select(~pl.all_horizontal(others)).to_series()
        return classes["code"].filter(differs)
    names = classes.columns
    new = classes.join(before, on=names, how="anti", nulls_equal=True)
    old = before.join(classes, on=names, how="anti", nulls_equal=True)
    return [*new["code"], *old["code"]]


def _unsettled(scheme: Scheme, *, onward: bool) -> tuple[int, list[int]]:
    """How many rows are of the run in force, and the customers whose row is not just as it says.

    Nor, with `onward`, are those whose class before is another.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _UNSETTLED, {"scheme": scheme.pk, "onward": onward, "new": CustomerClass.NEW}
        )
        count, found = cursor.fetchone()
    return count, found or []


def _decided(stands: RunInForce) -> Iterable[str]:
    """Of whom a person decided, or whose decision ended, since that run was asked for."""
    began = stands.run.created
    decisions = Override.objects.filter(scheme=stands.scheme)
    recent = decisions.filter(Q(since__gte=began) | Q(ended__gte=began))
    return recent.values_list("customer__code", flat=True)


_UNSETTLED = """
    SELECT count(*) FILTER (WHERE run_key IS DISTINCT FROM %(new)s),
        array_agg(customer_id) FILTER (WHERE live IS NOT NULL OR held_by = 'override'
            OR override_id IS NOT NULL OR (%(onward)s AND (NOT graded_before
                OR previous_key IS DISTINCT FROM class_key)))
    FROM grading_customerclass WHERE scheme_id = %(scheme)s
"""
