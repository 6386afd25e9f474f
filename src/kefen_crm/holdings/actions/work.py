"""Open work of other apps follows the customers it is about."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from kefen_crm.customers.fields import OWNER
from kefen_crm.customers.models import Customer
from kefen_crm.platform.registry import declared
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.platform.models import Event


VERBS: Final = ("customer.assigned", "customer.edited", "customer.chosen")
"""The verbs of customers by which one person writes another owner."""


def handle(events: list[Event]) -> None:
    """Have open work follow the owners that people wrote.

    An owner who has left meanwhile gets none: it goes to whoever has the customer now, or stays.
    """
    for event in events:
        before, after = (event.before or {}).get(OWNER), (event.after or {}).get(OWNER)
        if after is None or not event.customer_id:
            continue
        old, new = _number(before), _number(after)
        if new and not _works_here(new):
            new = Customer.objects.values_list("owner_id", flat=True).get(pk=event.customer_id)
            if new == old or (new and not _works_here(new)):
                continue
        follow(event.actor, {event.customer_id: (old, new)})


def follow(actor: User | None, moved: Mapping[int, tuple[int | None, int | None]]) -> int:
    """Move the open work about customers, by their ids with the owner before and now.

    What is done stays with who did it. Gives how much was moved.
    """
    pairs: dict[tuple[int | None, int | None], list[int]] = defaultdict(list)
    for customer, pair in moved.items():
        pairs[pair].append(customer)
    people = User.objects.in_bulk({pk for pair in pairs for pk in pair if pk})
    return sum(
        work.move(people.get(old or 0), people.get(new or 0), customers, actor)
        for (old, new), customers in pairs.items()
        for work in declared("owned")
    )


def _works_here(pk: int) -> bool:
    return User.objects.filter(pk=pk, is_active=True).exists()


def _number(text: object) -> int | None:
    return int(str(text)) if str(text or "").isdecimal() else None
