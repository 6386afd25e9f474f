"""What becomes of a key account when its customer is merged into another: one of both stays."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from kefen_crm.customers.models import Customer
from kefen_crm.key_accounts.models import KeyAccount
from kefen_crm.platform.parts import MergeRule
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Collection


def ending(loser: Customer, winner: Customer) -> list[KeyAccount]:
    """That of `loser`, where `winner` is a key account, too."""
    if not KeyAccount.objects.filter(customer=winner).exists():
        return []
    return list(KeyAccount.objects.filter(customer=loser))


def take(accounts: Collection[KeyAccount]) -> list[dict[str, Any]]:
    """End them; gives what makes them again."""
    kept = [
        {"customer": one.customer_id, "since": one.since.isoformat(), "by": one.by_id}
        | {name: getattr(one, name) for name in KeyAccount.FIELDS}
        for one in accounts
    ]
    KeyAccount.objects.filter(pk__in=[one.pk for one in accounts]).delete()
    return kept


def give_back(kept: list[dict[str, Any]]) -> None:
    """Make them again, where the customers are there and are none by now."""
    for one in kept:
        customer = Customer.objects.filter(pk=one["customer"], key_account=None).first()
        if customer:
            KeyAccount.objects.create(
                customer=customer,
                since=date.fromisoformat(one["since"]),
                by=User.objects.filter(pk=one["by"]).first(),
                **{name: one[name] for name in KeyAccount.FIELDS},
            )


RULE = MergeRule("key_accounts.KeyAccount", ending, take, give_back)
