"""People who are named in a text by @."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kefen_crm.customers.queries import in_reach_of
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer

MOST = 20
_AT = re.compile(r"(?<![A-Za-z0-9_])[@＠]")
"""What begins a name; within an address of mail it does not."""
_GOES_ON = re.compile(r"[A-Za-z0-9_-]|\.[A-Za-z0-9]")
"""After a name that ends in a Latin letter, what makes it another word."""


def mentioned(text: str, customer: Customer) -> list[int]:
    """The ids of the people whom a text names as `@name`, of those who may see the customer.

    A person goes by the name or the user name, in small letters or large; of names that begin
    alike the longest holds.
    """
    people = User.objects.filter(is_active=True, service=False)
    parts = [part.casefold() for part in _AT.split(text)[1:]]
    if not parts:
        return []
    names = {name.casefold(): one for one in people for name in (one.username, one.first_name)}
    found: dict[int, User] = {}
    for part in parts:
        fits = [name for name in names if name and _begins(part, name)]
        if fits:
            one = names[max(fits, key=len)]
            found[one.pk] = one
    seen = (one for one in found.values() if in_reach_of(one).filter(pk=customer.pk).exists())
    return [one.pk for one in seen][:MOST]


def _begins(text: str, name: str) -> bool:
    """Whether a text begins with a name, and not with a longer word."""
    latin = name[-1].isascii() and name[-1].isalnum()
    return text.startswith(name) and not (latin and _GOES_ON.match(text[len(name) :]))
