"""What becomes of links when a customer is merged into another.

They go along, but for those that would link the remaining customer to itself, stand beside a link
of its own, or lead back to it by others. There its own links stand, and those of the merged one
end until it is taken apart again. Taken apart, no chain comes back to itself: each link is there
between the merged customers, too, or lies within the one that they were.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q

from kefen_crm.customer_links.actions import lock
from kefen_crm.customer_links.groups import leads_back
from kefen_crm.customer_links.models import Link
from kefen_crm.customers.models import Customer
from kefen_crm.platform.parts import MergeRule
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Collection


def ending(loser: Customer, winner: Customer) -> list[Link]:
    """The links that do not go along when `loser` is merged into `winner`."""
    both = Q(customer=loser) | Q(other=loser)
    links = Link.objects.filter(both).select_related("customer", "other")
    return [one for one in links if _ends(one, loser.pk, winner.pk)]


def _ends(link: Link, loser: int, winner: int) -> bool:
    outward = link.customer_id == loser
    third = link.other_id if outward else link.customer_id
    if third == winner:
        return True
    if link.kind == Link.Kind.AFFILIATE:
        there = Q(customer=third, other=winner) | Q(customer=winner, other=third)
        return Link.objects.filter(there, kind=link.kind).exists()
    if not outward:
        return leads_back(third, winner, link.kind)
    own = Link.objects.filter(customer=winner, kind=link.kind)
    return own.exclude(other=loser).exists() or leads_back(winner, third, link.kind)


def take(links: Collection[Link]) -> list[dict[str, Any]]:
    """End links; what makes them again."""
    lock()
    kept = [
        {
            "id": one.pk,
            "customer": one.customer_id,
            "other": one.other_id,
            "kind": one.kind,
            "by": one.by_id,
            "at": one.at.isoformat(),
        }
        for one in links
    ]
    Link.objects.filter(pk__in=[one["id"] for one in kept]).delete()
    return kept


@transaction.atomic
def give_back(kept: list[dict[str, Any]]) -> None:
    """Make links again, where the customers are there and no other took the place."""
    lock()
    for one in kept:
        ends = {one["customer"], one["other"]}
        there = Customer.objects.filter(pk__in=ends).count() == len(ends)
        taken = Link.objects.filter(customer=one["customer"], kind=one["kind"])
        if one["kind"] == Link.Kind.AFFILIATE:
            back = Link.objects.filter(customer=one["other"], other=one["customer"])
            taken = taken.filter(other=one["other"]) | back.filter(kind=one["kind"])
        if not there or taken.exists():
            continue
        who = User.objects.filter(pk=one["by"]).first()
        link = Link.objects.create(
            pk=one["id"],
            customer_id=one["customer"],
            other_id=one["other"],
            kind=one["kind"],
            by=who,
        )
        Link.objects.filter(pk=link.pk).update(at=datetime.fromisoformat(one["at"]))


RULE = MergeRule("customer_links.Link", ending, take, give_back)
