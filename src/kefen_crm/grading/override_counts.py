"""What became of customers since a run: its counts are brought up to what lists show now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from django.db.models import Q

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.gateway import LAPSED, KefenError
from kefen_crm.gateway.members import worth
from kefen_crm.grading.models import CustomerClass, Override
from kefen_crm.platform.numbers import decimal
from kefen_crm.platform.remembered import remembered

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from kefen_crm.grading.models import Run


@dataclass(frozen=True)
class Move:
    """A customer whose class is another one since a run; None is unrated, `NEW` is not there.

    `value` is what the run weighed the customer by; None where it has to be looked up.
    """

    code: str
    start: str | None
    end: str | None
    value: float | None = None


@dataclass(frozen=True)
class Counted:
    """Customers and money of a class, and their shares of the rated."""

    key: str | None
    customers: int
    value: Decimal
    share_of_customers: float = 0.0
    share_of_value: float = 0.0


def counts(run: Run, moves: Collection[Move] = ()) -> dict[str | None, Counted]:
    """The counts of a run by class key, after `moves`."""
    found = {
        key: Counted(
            key,
            int(one["customers"]),
            decimal(one["value"]) or Decimal(0),
            float(one["share_of_customers"]),
            float(one["share_of_value"]),
        )
        for one in run.counts
        for key in [LAPSED if one.get("state") == "lapsed" else one["class"]]
    }
    if not moves:
        return found
    values = _values(run, moves)
    for move in moves:
        value = Decimal(repr(values.get(move.code, 0.0))).quantize(Decimal("0.01"))
        for key, sign in ((move.start, -1), (move.end, 1)):
            if key == CustomerClass.NEW:
                continue
            one = found.get(key) or Counted(key, 0, Decimal(0))
            found[key] = replace(
                one, customers=one.customers + sign, value=one.value + sign * value
            )
    return _shared({key: one for key, one in found.items() if _rated(key) or one.customers})


def _shared(found: dict[str | None, Counted]) -> dict[str | None, Counted]:
    """With the shares of the rated; the lapsed and unrated are no part of the whole."""
    rated = [one for key, one in found.items() if _rated(key)]
    people = sum(one.customers for one in rated)
    money = sum((one.value for one in rated), Decimal(0))
    return {
        key: replace(
            one,
            share_of_customers=one.customers / people if _rated(key) and people else 0.0,
            share_of_value=float(one.value / money) if _rated(key) and money > 0 else 0.0,
        )
        for key, one in found.items()
    }


def _rated(key: str | None) -> bool:
    return key is not None and key != LAPSED


def moves_since(runs: Iterable[Run]) -> dict[int, list[Move]]:
    """Of runs in force, by their id: who has another class now, or is shown no more.

    A person decided, newer facts came and the class is live, or the customer was archived or
    merged. Three queries when there is nobody.
    """
    by_scheme = {run.scheme.pk: run for run in runs}
    found = _decided(by_scheme)
    for scheme, aside in _set_aside(by_scheme).items():
        run = by_scheme[scheme]
        known = {move.code: move for move in found.get(run.pk, [])}
        gone = [replace(one, start=known.get(one.code, one).start) for one in aside]
        found[run.pk] = list((known | {one.code: one for one in gone}).values())
    return found


def _set_aside(by_scheme: dict[int, Run]) -> dict[int, list[Move]]:
    """By scheme whom its run counts and lists do not show: the archived and the merged."""
    aside = Customer.objects.exclude(standing__in=CURRENT)
    classes = CustomerClass.objects.filter(scheme__in=by_scheme, customer__in=aside)
    rows = classes.order_by("scheme").values_list("scheme", "customer__code", "class_key")

    def read() -> dict[int, list[Move]]:
        found = {}
        for scheme, of_scheme in groupby(rows, itemgetter(0)):
            gone = [Move(code, key, CustomerClass.NEW) for _scheme, code, key in of_scheme]
            values = _values(by_scheme[scheme], gone)
            found[scheme] = [replace(one, value=values.get(one.code)) for one in gone]
        return found

    runs = sorted(run.engine_id for run in by_scheme.values())
    return remembered(rows, f"set aside of {runs}", read)


def _values(run: Run, moves: Collection[Move]) -> dict[str, float]:
    """What the run weighed these customers by; nothing where it cannot be read."""
    told = {one.code: one.value for one in moves if one.value is not None}
    codes = [one.code for one in moves if one.value is None]
    try:
        return told | (worth(run.engine_id, codes) if codes else {})
    except KefenError:
        return told


def _decided(by_scheme: dict[int, Run]) -> dict[int, list[Move]]:
    """Who has another class because a person decided, or newer facts came."""
    found = _live(by_scheme)
    given = {pk for run in by_scheme.values() for pk in run.overrides}
    fresh = Q(ended=None) & ~Q(pk__in=given)
    gone = Q(pk__in=given, ended__isnull=False)
    changed = Override.objects.filter(fresh | gone, scheme__in=by_scheme)
    touched = set(changed.values_list("scheme", "customer"))
    if not touched:
        return found
    before = {
        (one.scheme_id, one.customer_id): one.class_key
        for one in Override.objects.filter(pk__in=given, customer__in={c for _s, c in touched})
    }
    now = CustomerClass.objects.filter(
        scheme__in=by_scheme, customer__in={c for _s, c in touched}, live=None
    )
    for one in now.select_related("customer"):
        place = (one.scheme_id, one.customer_id)
        start = before.get(place, one.computed_key)
        if place in touched and start != one.class_key:
            run = by_scheme[one.scheme_id]
            found.setdefault(run.pk, []).append(Move(one.customer.code, start, one.class_key))
    return found


def _live(by_scheme: dict[int, Run]) -> dict[int, list[Move]]:
    """Who has another class than in the run because newer facts came."""
    live = CustomerClass.objects.filter(scheme__in=by_scheme, live__isnull=False)
    found: dict[int, list[Move]] = {}
    for one in live.select_related("customer"):
        if one.run_key != one.class_key:
            move = Move(one.customer.code, one.run_key, one.class_key)
            found.setdefault(by_scheme[one.scheme_id].pk, []).append(move)
    return found
