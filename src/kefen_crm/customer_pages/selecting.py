"""Customers chosen in the list: some of them, or all that fit its filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.customer_pages.filters import CustomerFilter
from kefen_crm.customers.queries import changeable_by, in_reach_of
from kefen_crm.platform.parts import Skipped

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

PICK, EVERY = "pick", "every"
"""Parameters of the address: one customer by its id, several times; all that fit."""
MOST = 20_000
"""Customers that are changed at once."""
NAMED = 3
NOT_WRITABLE = gettext_lazy("not yours to change, archived or merged")
_DIGITS = 18


@dataclass(frozen=True)
class Chosen:
    """Customers that somebody chose, as far as they see them.

    Attributes:
        able: the ids of those whom they may change.
        skipped: the others, and why.
    """

    able: tuple[int, ...]
    skipped: tuple[Skipped, ...]

    @property
    def count(self) -> int:
        return len(self.able) + sum(one.count for one in self.skipped)


def filtered(request: HttpRequest) -> CustomerFilter:
    """The filters of the address, over whom its person may see."""
    return CustomerFilter(request.GET, queryset=in_reach_of(request.user), request=request)


def listed(request: HttpRequest) -> QuerySet[Customer]:
    """The customers that the address lists: those that it picks, else all that it leaves."""
    every: QuerySet[Customer] = selected(request) if PICK in request.GET else filtered(request).qs
    return every


def selected(request: HttpRequest) -> QuerySet[Customer]:
    """The customers that the address picks; all that it leaves where it says `every`."""
    if request.GET.get(EVERY):
        every: QuerySet[Customer] = filtered(request).qs
        return every
    picked = {
        int(one) for one in request.GET.getlist(PICK) if one.isdecimal() and len(one) <= _DIGITS
    }
    return in_reach_of(request.user).filter(pk__in=picked)


def chosen(
    user: User, customers: QuerySet[Customer], *, lock: bool = False, of_seen: bool = False
) -> Chosen:
    """Which of `customers` somebody may change, or `of_seen` sees; with `lock` locked, too.

    Raises:
        ValidationError: when they are more than are changed at once.
    """
    keys = list(customers.order_by("pk").values_list("pk", flat=True)[: MOST + 1])
    if len(keys) > MOST:
        told = _("At most %(most)s customers are changed at once. Narrow the list.")
        raise ValidationError(told % {"most": f"{MOST:,}"})
    reached = in_reach_of(user) if of_seen else changeable_by(user)
    writable = reached.filter(pk__in=keys).order_by("pk")
    if lock:
        writable = writable.select_for_update(of=("self",))
    able = tuple(writable.values_list("pk", flat=True))
    others = set(keys) - set(able)
    return Chosen(able, skipped(customers, others, NOT_WRITABLE) if others else ())


def skipped(
    customers: QuerySet[Customer], keys: Collection[int], reason: object
) -> tuple[Skipped, ...]:
    """Customers of these ids as skipped for a reason, the first few by name."""
    names = customers.filter(pk__in=list(keys)[:NAMED]).order_by("code")
    return (Skipped(str(reason), len(keys), tuple(names.values_list("name", flat=True))),)
