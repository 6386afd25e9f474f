"""People who are named in a text by @."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen_crm.customers.queries import in_reach_of
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer

MOST = 20


def mentioned(text: str, customer: Customer) -> list[int]:
    """The ids of the people whom a text names as `@name`, of those who may see the customer.

    A person goes by the name or the user name; of names that begin alike the longest holds.
    """
    if "@" not in text:
        return []
    people = User.objects.filter(is_active=True, service=False)
    names = {name: one for one in people for name in (one.username, one.first_name) if name}
    found: dict[int, User] = {}
    for part in text.split("@")[1:]:
        fits = [name for name in names if part.startswith(name)]
        if fits:
            one = names[max(fits, key=len)]
            found[one.pk] = one
    seen = (one for one in found.values() if in_reach_of(one).filter(pk=customer.pk).exists())
    return [one.pk for one in seen][:MOST]
