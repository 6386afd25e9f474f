"""Chosen customers given to one person, within what the person's pool lets them hold."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.customers.models import Customer
from kefen_crm.holdings import actions
from kefen_crm.holdings.forms import AssignForm
from kefen_crm.holdings.handover import most_held
from kefen_crm.holdings.limits import loads, weights_of
from kefen_crm.holdings.models import Pool, PoolEntry, Transfer
from kefen_crm.platform import numbers
from kefen_crm.platform.parts import BulkPlan, BulkVerb, Skipped
from kefen_crm.team.roles import Permit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kefen_crm.team.models import User

_NAMED = 3


class AssignManyForm(AssignForm):
    """Whom chosen customers are given to, and why."""

    def __init__(self, *args: Any, **more: Any) -> None:
        more.pop("user")  # everybody may be given customers, as one by one
        super().__init__(*args, **more)


def _plan(_user: Any, customers: Collection[int], values: Mapping[str, Any]) -> BulkPlan:
    """The most valuable first, up to what the new owner may hold by weight."""
    owner: User = values["owner"]
    found = Customer.objects.filter(pk__in=list(customers))
    most, weight = most_held(owner), loads([owner.pk])[owner.pk]
    weights = weights_of(found) if most else {}
    before = weight
    takes, has, beyond = [], [], []
    ordered = found.order_by("-sales", "code") if most else found.order_by("pk")
    for pk, held_by in ordered.values_list("pk", "owner"):
        if held_by == owner.pk:
            has.append(pk)
        elif most and weight + weights.get(pk, 1) > most:
            beyond.append(pk)
        else:
            weight += weights.get(pk, 1)
            takes.append(pk)
    told = {"who": owner.display_name, "most": numbers.whole(most)}
    reason = _("beyond what %(who)s may hold (%(most)s, by weight)") % told
    skipped = (
        *_skipped(has, _("are with %(who)s already") % told),
        *_skipped(beyond, reason),
    )
    sales = found.filter(pk__in=takes).aggregate(sales=Sum("sales"))["sales"] or Decimal(0)
    note = _("%(who)s holds %(before)s, then %(after)s; sales of 12 months: %(sales)s") % {
        "who": owner.display_name,
        "before": numbers.whole(before),
        "after": numbers.whole(weight),
        "sales": numbers.money(sales),
    }
    pooled = PoolEntry.objects.filter(customer__in=takes).count()
    from_pool = _("Out of a pool: %(count)s") % {"count": numbers.whole(pooled)}
    return BulkPlan(tuple(sorted(takes)), skipped, (note, from_pool) if pooled else (note,))


def _assign(user: User, planned: BulkPlan, values: Mapping[str, Any]) -> dict[str, Any]:
    owner, reason = values["owner"], values["reason"]
    pooled = PoolEntry.objects.filter(customer__in=planned.changes)
    pools = [list(pair) for pair in pooled.values_list("customer", "pool")]
    transfer = actions.assign_many(user, planned.changes, owner, reason=reason)
    return {"transfer": transfer.pk, "pools": pools}


def _undo(user: User, detail: Mapping[str, Any]) -> int:
    """Back to who held them before, and into the pools they were in."""
    count = actions.undo(user, Transfer.objects.get(pk=detail["transfer"]))
    pools = Pool.objects.in_bulk({pool for _customer, pool in detail["pools"]})
    free = Customer.objects.filter(owner=None, pool_entry=None).in_bulk(
        [customer for customer, _pool in detail["pools"]]
    )
    for customer, pool in detail["pools"]:
        if customer in free and pool in pools:
            actions.put(user, free[customer], pools[pool])
    return count


def _skipped(keys: list[int], reason: str) -> tuple[Skipped, ...]:
    if not keys:
        return ()
    names = Customer.objects.filter(pk__in=keys[:_NAMED]).order_by("code")
    return (Skipped(reason, len(keys), tuple(names.values_list("name", flat=True))),)


VERB = BulkVerb(
    "assign",
    gettext_lazy("Assign"),
    gettext_lazy("assigned"),
    "user-share",
    Permit.ASSIGN_CUSTOMERS,
    AssignManyForm,
    _plan,
    _assign,
    _undo,
    position=10,
)
