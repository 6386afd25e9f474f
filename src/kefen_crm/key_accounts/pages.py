"""What the pages of others show of key accounts: the customer's panel, and what needs attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.customers.links import linked
from kefen_crm.customers.queries import may_change
from kefen_crm.key_accounts.contracts import ending_soon
from kefen_crm.key_accounts.deadlines import SOON as WITHIN
from kefen_crm.key_accounts.deadlines import deadlines_of, due_soon, near, upcoming
from kefen_crm.key_accounts.models import Contract, KeyAccount, Tender
from kefen_crm.key_accounts.people import gaps_of, mapped_deciders, people_of
from kefen_crm.key_accounts.queries import BOND_OUT, accounts_for, rows
from kefen_crm.key_accounts.records import visible
from kefen_crm.opportunities.permits import SELL
from kefen_crm.platform.calendar import current
from kefen_crm.platform.parts import AttentionItem
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.key_accounts.deadlines import Deadline
    from kefen_crm.team.models import User

NAMED: Final = 3
DAY_MOST: Final = 10
LOOKED_AT: Final = 200
"""Key accounts of one person whose people are looked at for what is missing."""


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """Whether they are a key account, and the first gaps of one; nothing where nobody can say."""
    user: Any = request.user
    account = KeyAccount.objects.filter(customer=customer).first()
    writable = may(user, SELL) and may_change(user, customer)
    if account is None:
        told = {"deadlines": _deadlines(customer), "contracts": _contracts(customer)}
        empty = not any(told.values())
        if empty and not writable:
            return None
        return {"account": None, "writable": writable, "empty": empty, **told}
    people = people_of([customer.pk])[customer.pk]
    gaps = gaps_of(people, current().today(timezone.now()))
    return {
        "account": account,
        "deadlines": _deadlines(customer),
        "contracts": _contracts(customer),
        "gaps": gaps[:NAMED],
        "deciders": mapped_deciders(people),
        "writable": writable,
        "summary": gaps[0].text if gaps else "",
        "pressing": any(one.serious for one in gaps[:1]),
    }


def day(request: HttpRequest) -> dict[str, Any] | None:
    """What is due of one's own tenders and contracts within a few working days."""
    user: Any = request.user
    if not may(user, SELL):
        return None
    own = visible(Tender, user).filter(owner=user)
    now = timezone.now()
    found = due_soon(own.select_related("customer"), now)[:DAY_MOST]
    endings = ending_soon(visible(Contract, user).filter(owner=user), now)
    near = [one for one in endings if one.left <= WITHIN][:DAY_MOST]
    return {"deadlines": found, "endings": near} if found or near else None


def attention(request: HttpRequest) -> Iterator[AttentionItem]:
    """Tenders and contracts that are due, bonds not back, own key accounts without a decider."""
    user: Any = request.user
    if may(user, SELL):
        yield from _of_tenders(user)
        yield from _of_contracts(user)
        yield from _of_people(user)


def _of_tenders(user: User) -> Iterator[AttentionItem]:
    now, listed = timezone.now(), reverse("key_accounts:tenders")
    wanted = visible(Tender, user).filter(near(now) | BOND_OUT)
    tenders = list(wanted.select_related("customer", "owner"))
    soon = [one for one in deadlines_of(tenders, current(), now) if one.soon]
    if count := len(soon):
        title = ngettext(
            "%(count)s deadline of a tender within %(days)s working days",
            "%(count)s deadlines of tenders within %(days)s working days",
            count,
        ) % {"count": count, "days": WITHIN}
        customers = list(dict.fromkeys(one.tender.customer for one in soon))
        yield AttentionItem(
            "gavel", "red" if any(one.missed or one.left <= 1 for one in soon) else "orange",
            title, f"{soon[0].title}: {soon[0].tender.title} · {soon[0].words}", listed,
            names=linked(customers[:NAMED]),
        )  # fmt: skip
    out = [one for one in tenders if one.bond_out]
    if count := len(out):
        title = ngettext(
            "The bond of %(count)s ended tender is not back",
            "The bonds of %(count)s ended tenders are not back",
            count,
        ) % {"count": count}
        yield AttentionItem(
            "cash", "orange", title, _("Ask for them, and note the day on which they came."),
            f"{listed}?state=bond", money=sum(one.bond or 0 for one in out) or None,
        )  # fmt: skip


def _of_contracts(user: User) -> Iterator[AttentionItem]:
    soon = ending_soon(visible(Contract, user), timezone.now())
    if count := len(soon):
        title = ngettext(
            "%(count)s contract nears the day of its notice",
            "%(count)s contracts near the day of their notice",
            count,
        ) % {"count": count}
        values = [one.contract.value for one in soon if one.contract.value is not None]
        customers = list(dict.fromkeys(one.contract.customer for one in soon))
        yield AttentionItem(
            "file-certificate", "orange", title,
            _("Renew them, give notice, or agree on how they go on."),
            reverse("key_accounts:contracts") + "?state=soon", money=sum(values) or None,
            names=linked(customers[:NAMED]),
        )  # fmt: skip


def _deadlines(customer: Customer) -> list[Deadline]:
    return upcoming(customer.tenders.all(), timezone.now())[:NAMED]


def _contracts(customer: Customer) -> list[Contract]:
    running = customer.contracts.filter(state__in=Contract.RUNNING)
    return list(running.order_by(F("ends_on").asc(nulls_last=True))[:NAMED])


def _of_people(user: User) -> Iterator[AttentionItem]:
    mine = accounts_for(user).filter(customer__owner=user).select_related("customer")[:LOOKED_AT]
    today = current().today(timezone.now())
    wanting = [
        row.account.customer
        for row in rows(list(mine), today)
        if any(one.key in ("nobody", "no_decider", "decider_silent") for one in row.gaps)
    ]
    if count := len(wanting):
        title = ngettext(
            "%(count)s key account without a decider we talk to",
            "%(count)s key accounts without a decider we talk to",
            count,
        ) % {"count": count}
        yield AttentionItem(
            "sitemap", "orange", title,
            _("Nobody is known who decides, or nobody talked to them for 90 days."),
            reverse("key_accounts:list") + "?whose=mine", names=linked(wanting[:NAMED]),
        )  # fmt: skip
