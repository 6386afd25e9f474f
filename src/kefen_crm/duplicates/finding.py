"""Looks for likely duplicates among all customers: each night, after imports, when asked."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from kefen_crm.customers.signals import synchronised
from kefen_crm.duplicates import reading
from kefen_crm.duplicates.models import Pair
from kefen_crm.duplicates.permits import MERGE
from kefen_crm.gateway import matching
from kefen_crm.platform.notifications import notify
from kefen_crm.platform.queue import later_once
from kefen_crm.team.queries import permitted
from kefen_crm.team.roles import Reach, reach_of

if TYPE_CHECKING:
    from kefen_crm.platform.due import Due

FIND = "duplicates.find"
FOUND = "duplicates.found"
NIGHTLY = "duplicates.find"
AT: Final = time(6)
"""When the nightly search may begin, in the company's zone."""
_AT_ONCE = 2_000


def listen() -> None:
    """Look again whenever imports have changed customers."""
    synchronised.connect(_look, dispatch_uid="duplicates_look_again")


def _look(**_more: Any) -> None:
    """Queue the search: it takes minutes of many customers, and never runs twice at once."""
    later_once(FIND, lock=FIND)


def nightly(_due: Due) -> None:
    """Look once a day."""
    _look()


@transaction.atomic
def find() -> int:
    """Look among all customers; gives how many pairs are new. What was judged stays judged.

    Pairs that are likely no more, and those of customers that are not current, go.
    """
    found = matching.pairs(reading.everybody())
    known = {
        (one.first_id, one.second_id): one
        for one in Pair.objects.select_for_update().order_by("pk")
    }
    fresh = {(min(a, b), max(a, b)): (score, parts) for a, b, score, parts in found}
    gone = [one.pk for key, one in known.items() if key not in fresh and _is_open(one)]
    new, changed = [], []
    for (first, second), (score, parts) in fresh.items():
        one = known.get((first, second))
        if one is None:
            new.append(Pair(first_id=first, second_id=second, score=score, parts=parts))
        elif (one.score, one.parts) != (score, parts):
            one.score, one.parts = score, parts
            changed.append(one)
    Pair.objects.filter(pk__in=gone).delete()
    Pair.objects.bulk_create(new, batch_size=_AT_ONCE)
    Pair.objects.bulk_update(changed, ["score", "parts"], batch_size=_AT_ONCE)
    group_again()
    if new:
        _tell(len(new))
    return len(new)


def group_again() -> None:
    """Put together the pairs that share customers."""
    rows = list(Pair.objects.filter(state=Pair.State.OPEN).order_by("pk"))
    group = {
        member: members[0]
        for members in matching.groups((one.first_id, one.second_id) for one in rows)
        for member in members
    }
    moved = []
    for one in rows:
        if one.group != group[one.first_id]:
            one.group = group[one.first_id]
            moved.append(one)
    Pair.objects.bulk_update(moved, ["group"], batch_size=_AT_ONCE)


def _is_open(pair: Pair) -> bool:
    return pair.state == Pair.State.OPEN


def _tell(count: int) -> None:
    people = [one for one in permitted(MERGE) if reach_of(one, MERGE) == Reach.ALL]
    notify(
        people,
        FOUND,
        gettext_noop("%(count)s likely duplicate was found"),
        {"count": count},
        reverse("duplicates:list"),
        plural=gettext_noop("%(count)s likely duplicates were found"),
    )
