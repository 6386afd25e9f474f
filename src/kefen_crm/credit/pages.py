"""What the pages of others show of credit: the customer's panel, and what needs attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.credit.models import Block, CreditException
from kefen_crm.credit.permits import APPROVE, HOLD
from kefen_crm.credit.queries import accounts_for, exceptions_for
from kefen_crm.credit.reckoning import in_force
from kefen_crm.customers.links import linked
from kefen_crm.customers.queries import may_change
from kefen_crm.platform import numbers
from kefen_crm.platform.calendar import current
from kefen_crm.platform.parts import Approval, AttentionItem, Verdict
from kefen_crm.receivables.actions import COLLECT
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.models import Event


LISTED = 20
"""Exceptions that the page of the day names."""


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """What the customer may owe and does; nothing where no terms hold and nothing is held."""
    user: Any = request.user
    account = getattr(customer, "credit_account", None)
    held = customer.credit_holds.filter(released_at=None).first()
    if account is None and held is None:
        return None
    mine = may_change(user, customer)
    asked = customer.credit_exceptions.filter(state=CreditException.State.ASKED)
    blocks = [Block(one).label for one in account.blocks] if account else []
    pressing = [_("Orders are held")] if held else blocks
    left = account.available if account else None
    return {
        "account": account,
        "held": held,
        "exception": in_force([customer.pk], current().today(timezone.now())).get(customer.pk),
        "asked": asked.first(),
        "blocks": blocks,
        "may_ask": mine and may(user, COLLECT),
        "may_hold": mine and may(user, HOLD),
        "may_approve": mine and may(user, APPROVE),
        "summary": " · ".join(str(one) for one in pressing)
        or ("" if left is None else f"{_('Available')} {numbers.money(left)}"),
        "pressing": bool(pressing),
    }


def approvals(request: HttpRequest) -> Iterator[Approval]:
    """Exceptions that others ask for, the oldest first."""
    user: Any = request.user
    if not may(user, APPROVE):
        return
    asked = exceptions_for(user).filter(state=CreditException.State.ASKED).exclude(by=user)
    for one in asked.select_related("customer", "by").order_by("created", "pk")[:LISTED]:
        decide = reverse("credit:decide", args=[one.pk])
        sent = (("decision", "approve"), ("version", str(one.version)))
        yield Approval(
            "shield-question",
            one.customer.name,
            reverse("customers:detail", args=[one.customer.code]),
            f"{_('Credit exception')}: {_terms(one)}",
            Verdict(_("Approve"), decide, sent),
            Verdict(_("Refuse…"), decide, asks=True),
            text=one.reason,
            by=one.by,
            since=one.created,
            money=one.limit,
        )


def _terms(one: CreditException) -> str:
    """Which terms until when, in words."""
    words = [
        _("limit %(amount)s") % {"amount": numbers.money(one.limit)} if one.limit else "",
        _("orders pass although money is late") if one.despite_overdue else "",
        _("until %(day)s") % {"day": numbers.day(one.until)},
    ]
    return " · ".join(filter(None, words))


def attention(request: HttpRequest) -> Iterator[AttentionItem]:
    """Exceptions to decide, and customers whose orders are blocked."""
    user: Any = request.user
    if may(user, APPROVE):
        asked = exceptions_for(user).filter(state=CreditException.State.ASKED)
        asked = asked.exclude(by=user)
        if count := asked.count():
            title = ngettext(
                "%(n)s credit exception waits for approval",
                "%(n)s credit exceptions wait for approval",
                count,
            )
            yield AttentionItem(
                "shield-question", "orange", title % {"n": count},
                _("Until then the usual terms hold"), reverse("credit:exceptions"),
                names=linked([one.customer for one in asked[:3]]),
            )  # fmt: skip
    if not may(user, COLLECT):
        return
    blocked = accounts_for(user).exclude(blocks=[])
    if count := blocked.count():
        title = ngettext(
            "Orders of %(n)s customer would be blocked",
            "Orders of %(n)s customers would be blocked",
            count,
        )
        yield AttentionItem(
            "shield-x", "orange", title % {"n": count},
            _("Their credit is used up, money is late, or somebody holds them"),
            f"{reverse('credit:accounts')}?blocked=1",
            money=blocked.order_by().aggregate(total=Sum("used"))["total"],
            names=linked([one.customer for one in blocked[:3]]),
        )  # fmt: skip


def exception_detail(event: Event) -> str:
    """Which terms until when, and why."""
    told = event.after or {}
    words = [
        _("limit %(amount)s") % {"amount": told["limit"]} if told.get("limit") else "",
        _("orders pass although money is late") if told.get("despite_overdue") else "",
        _("until %(day)s") % {"day": told["until"]} if told.get("until") else "",
        event.reason,
    ]
    return " · ".join(filter(None, words))
