"""Likely duplicates and merges, as far as somebody may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Max, Q

from kefen_crm.customers.models import CURRENT
from kefen_crm.customers.queries import about_visible, in_reach_of, may_change, sees_all, visible_to
from kefen_crm.duplicates.models import Merge, Pair

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer


def pairs_for(user: Any) -> QuerySet[Pair]:
    """The pairs of which `user` may see both customers."""
    return Pair.objects.filter(about_visible(user, "first"), about_visible(user, "second"))


def half_seen(user: Any) -> QuerySet[Pair]:
    """The open pairs of which `user` may see one customer alone: those with a colleague's."""
    if sees_all(user):
        return Pair.objects.none()
    found = Pair.objects.filter(
        first__standing__in=CURRENT, second__standing__in=CURRENT, state=Pair.State.OPEN
    )
    seen = visible_to(user).values("pk")
    first, second = Q(first__in=seen), Q(second__in=seen)
    return found.filter((first & ~second) | (second & ~first)).order_by("-score", "pk")


def groups_of(pairs: QuerySet[Pair]) -> QuerySet[Any, Any]:
    """The groups of open pairs, the likeliest first: `group` and `best`."""
    found = pairs.filter(state=Pair.State.OPEN).order_by().values("group")
    return found.annotate(best=Max("score")).order_by("-best", "group")


def merges_for(user: Any) -> QuerySet[Merge]:
    """The merges into customers that `user` may see, the newest first."""
    found = Merge.objects.filter(winner__in=in_reach_of(user))
    return found.select_related("winner", "by", "undone_by").prefetch_related("members__customer")


def undoable(user: Any, merge: Merge) -> bool:
    """Whether `user` may take a merge back now."""
    return merge.undone_at is None and merge.winner.current and may_change(user, merge.winner)


def standing_for(customer: Customer) -> Customer:
    """The customer that remains of a merged one, after any chain of merges."""
    while customer.merged_into is not None:
        customer = customer.merged_into
    return customer
