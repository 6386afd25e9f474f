"""Owners that imports change: the people concerned are told, once an import."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.functions import TransactionNow
from django.urls import reverse
from django.utils.translation import gettext_noop

from kefen_crm.customers.signals import synchronised
from kefen_crm.holdings.actions.work import follow
from kefen_crm.holdings.models import Holding
from kefen_crm.holdings.telling import tell
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from django.db.models import QuerySet

GIVEN, TAKEN = "customer.given", "customer.taken"


def listen() -> None:
    """Follow every synchronisation."""
    synchronised.connect(_follow, dispatch_uid="holdings_tell_of_imports")


def _follow(**_more: Any) -> None:
    """Move open work along, and tell who got customers in this transaction and whose went."""
    begun = Holding.objects.filter(since=TransactionNow(), via=Holding.Via.IMPORTED)
    ended = Holding.objects.filter(until=TransactionNow(), ended=Holding.Via.IMPORTED)
    now = dict(begun.order_by().values_list("customer", "user"))
    before = dict(ended.order_by().values_list("customer", "user"))
    follow(None, {pk: (old, now.get(pk)) for pk, old in before.items()})
    _tell_each(
        begun,
        GIVEN,
        (
            gettext_noop("An import made you the owner of %(customer)s"),
            gettext_noop("An import made you the owner of %(count)s customers"),
        ),
    )
    _tell_each(
        ended,
        TAKEN,
        (
            gettext_noop("An import gave %(customer)s, a customer of yours, to another owner"),
            gettext_noop("An import gave %(count)s customers of yours to other owners"),
        ),
    )


def _tell_each(found: QuerySet[Holding], kind: str, texts: tuple[str, str]) -> None:
    customers: dict[int, list[tuple[int, str]]] = defaultdict(list)
    rows = found.order_by("customer__code").values_list("user", "customer", "customer__name")
    for owner, pk, name in rows:
        customers[owner].append((pk, name))
    for user in User.objects.filter(pk__in=customers):
        url = f"{reverse('customers:list')}?owner={user.pk}" if kind == GIVEN else ""
        tell([user], kind, customers[user.pk], texts, url)
