"""Of whom a run may say something else than the run in force; nobody else is written again."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

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

    from kefen_crm.gateway.grading import Classes
    from kefen_crm.grading.models import Run, Scheme

_MOST = 0.2
"""Above this share of customers all are looked at."""


def program() -> str:
    """Which program writes classes: another may shape them otherwise."""
    return version("kefen")


def classes_by(run: Run) -> Classes | None:
    """The classes by a run; None where it cannot be read any more."""
    with opened() as ledger, suppress(KefenError):
        return engine.classes_of(engine.open_run(ledger, run.engine_id))
    return None


def to_look_at(stands: RunInForce | None, classes: Classes, *, onward: bool) -> list[str] | None:
    """All customers whose row may change, or go; None where that may be anybody.

    `stands` is what is in force, `classes` are those by the run that takes over, `onward` whether
    it is as of a later day. Anybody may it be where the classes in force are not as a run left
    them but for what the rows themselves tell, or where many differ.
    """
    if stands is None or stands.program != program():
        return None
    before = classes_by(stands.run)
    if before is None or before.rows.collect_schema() != classes.rows.collect_schema():
        return None
    count = classes.count
    differing = _Differing(set(), True) if before.same_as(classes) else _differing(before, classes)
    if differing is None or len(differing.codes) > _MOST * count:
        return None
    scheme = stands.scheme
    rows = _rows(scheme)
    unsettled = _unsettled(scheme, onward=onward)
    if not rows or rows != before.count or len(unsettled) > _MOST * count:
        return None
    if differing.same_customers:
        _execute(_COUNTED, scheme, rows)
    named = Customer.objects.filter(pk__in=keyed(unsettled)).values_list("code", flat=True)
    found = differing.codes.union(named if unsettled else (), _decided(stands))
    return list(found)


class _Differing(NamedTuple):
    """Who is told of otherwise, or by one of two runs alone, and whether nobody is known as such.

    That nobody came or went is only said where it is seen at once.
    """

    codes: set[str]
    same_customers: bool


def _differing(one: Classes, other: Classes) -> _Differing | None:
    """Who differs; None where that cannot be said."""
    before, classes = one.compared.collect(), other.compared.collect()
    if before.schema != classes.schema:
        return None
    if before["code"].equals(classes["code"]):
        others = [name for name in classes.columns if name != "code"]
        same = [before[name].eq_missing(classes[name]).alias(name) for name in others]
        differs = pl.DataFrame(same).select(~pl.all_horizontal(others)).to_series()
        return _Differing(set(classes["code"].filter(differs)), True)
    names = classes.columns
    new = classes.join(before, on=names, how="anti", nulls_equal=True)
    old = before.join(classes, on=names, how="anti", nulls_equal=True)
    return _Differing({*new["code"], *old["code"]}, False)


def _rows(scheme: Scheme) -> int:
    """How many rows are of the run in force: as counted before, if none came or went since."""
    known = _execute(_TAKE_COUNT, scheme)
    if len(known) == 1 and known[0][0] is not None:
        return int(known[0][0])
    [(count,)] = _execute(_COUNT, scheme)
    return int(count)


def _unsettled(scheme: Scheme, *, onward: bool) -> list[int]:
    """Whose rows are not just as the run in force says; onward, nor is their class before."""
    [(found,)] = _execute(_UNSETTLED, scheme, onward=onward)
    return found or []


def _execute(
    command: str, scheme: Scheme, rows: int = 0, *, onward: bool = False
) -> list[tuple[Any, ...]]:
    about: dict[str, Any] = {
        "scheme": scheme.pk,
        "new": CustomerClass.NEW,
        "rows": rows,
        "onward": onward,
    }
    with connection.cursor() as cursor:
        cursor.execute(command, about)
        return cursor.fetchall() if cursor.description else []


def _decided(stands: RunInForce) -> Iterable[str]:
    """Of whom a person decided, or whose decision ended, since that run was asked for."""
    began = stands.run.created
    decisions = Override.objects.filter(scheme=stands.scheme)
    recent = decisions.filter(Q(since__gte=began) | Q(ended__gte=began))
    return recent.values_list("customer__code", flat=True)


# `grading_classcount` has the last count of a scheme, and a row without one for each deletion.
_TAKE_COUNT = "DELETE FROM grading_classcount WHERE scheme_id = %(scheme)s RETURNING rows"
_COUNTED = "INSERT INTO grading_classcount VALUES (%(scheme)s, %(rows)s)"
_COUNT = """
    SELECT count(*) - (SELECT count(*) FROM grading_customerclass
        WHERE scheme_id = %(scheme)s AND live IS NOT NULL AND run_key = %(new)s)
    FROM grading_customerclass WHERE scheme_id = %(scheme)s
"""
# The condition is that of the index `class_unsettled`.
_UNSETTLED = """
    SELECT array_agg(customer_id) FILTER (WHERE %(onward)s
        OR live IS NOT NULL OR held_by = 'override' OR override_id IS NOT NULL)
    FROM grading_customerclass
    WHERE scheme_id = %(scheme)s AND (live IS NOT NULL OR held_by = 'override'
        OR override_id IS NOT NULL OR NOT graded_before
        OR previous_key IS DISTINCT FROM class_key)
"""
