"""Which likely duplicates came with an import."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q

from kefen_crm.duplicates.finding import FIND
from kefen_crm.duplicates.models import Pair
from kefen_crm.duplicates.permits import MERGE
from kefen_crm.duplicates.queries import pairs_for
from kefen_crm.duplicates.searched import yet_to_show
from kefen_crm.gateway.brought import customers_of, version_of
from kefen_crm.platform.queue import state
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

MOST: Final = 20_000
"""Pairs that are looked through."""


def pairs_of(user: Any, batch: str) -> QuerySet[Pair]:
    """The open pairs that `user` may see with a customer who came with an import."""
    since, codes = customers_of(batch)
    found = pairs_for(user).filter(state=Pair.State.OPEN)
    if since is None:
        return found.none()
    ends = ("first__code", "first__created", "second__code", "second__created")
    came = Q(first__created__gte=since) | Q(second__created__gte=since)
    rows = found.filter(came).order_by("-pk").values_list("pk", *ends)[:MOST]
    keys = [
        pk
        for pk, *both in rows
        if any(code in codes and created >= since for code, created in (both[:2], both[2:]))
    ]
    return found.filter(pk__in=keys)


def landed(request: HttpRequest, batch: str) -> dict[str, Any] | None:
    """What the page of an import tells of them."""
    user: Any = request.user
    if not may(user, MERGE):
        return None
    searching = state(FIND) is not None
    count = pairs_of(user, batch).count()
    yet = yet_to_show(count, partial(version_of, batch), searching=searching)
    return {"count": count, "batch": batch, "yet": yet}
