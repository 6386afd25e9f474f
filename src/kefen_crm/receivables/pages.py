"""What the pages of others show of receivables: the customer's panel, and what needs attention."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.customers.links import linked
from kefen_crm.customers.queries import may_change, visible_to
from kefen_crm.platform.numbers import whole
from kefen_crm.platform.parts import AttentionItem
from kefen_crm.receivables.actions import COLLECT
from kefen_crm.receivables.models import Dispute, Promise
from kefen_crm.receivables.pdf import fonts
from kefen_crm.receivables.queries import invoices_for, state
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.models import Event

LISTED = 5
OLD_DAYS = 60
"""Days late from which an invoice needs attention."""


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """What the customer owes and promised; nothing where it was never invoiced."""
    user: Any = request.user
    payer = getattr(customer, "payer", None)
    seen = state()
    if payer is None or seen is None:
        return None
    open_now = list(customer.open_invoices.all()[: LISTED + 1])
    disputes = list(customer.disputes.filter(state=Dispute.State.OPEN))
    return {
        "payer": payer,
        "late": None if payer.days_late is None else round(payer.days_late),
        "as_of": seen.as_of,
        "invoices": [(one, one.days_late(seen.as_of)) for one in open_now[:LISTED]],
        "more": len(open_now) > LISTED,
        "promises": customer.promises.filter(state__in=("open", "broken"))[:LISTED],
        "disputes": disputes,
        "disputed": {one.number for one in disputes},
        "pdf": bool(fonts()),
        "writable": may(user, COLLECT) and may_change(user, customer),
    }


def attention(request: HttpRequest) -> Iterator[AttentionItem]:
    """Invoices that are late for long, and promises that were not kept."""
    user: Any = request.user
    seen = state()
    if not user.is_authenticated or seen is None:
        return
    yield from _late(user, seen)
    broken = Promise.objects.filter(
        customer__in=visible_to(user), state=Promise.State.BROKEN, customer__payer__overdue__gt=0
    )
    told = broken.order_by().aggregate(amount=Sum("amount"), count=Count("pk"))
    if count := told["count"]:
        title = ngettext("%(count)s promise to pay was not kept",
                         "%(count)s promises to pay were not kept", count)  # fmt: skip
        yield AttentionItem(
            "heart-broken", "red", title % {"count": whole(count)},
            _("The customers still owe money that is late"),
            reverse("receivables:promises"), money=told["amount"],
            names=linked([one.customer for one in broken.select_related("customer")[:3]]),
        )  # fmt: skip


def _late(user: Any, seen: Any) -> Iterator[AttentionItem]:
    old = invoices_for(user).filter(due_on__lt=seen.as_of - timedelta(OLD_DAYS))
    told = old.order_by().aggregate(amount=Sum("open"), count=Count("customer", distinct=True))
    if not (count := told["count"]):
        return
    title = ngettext(
        "%(count)s customer owes money that is late by more than %(days)s days",
        "%(count)s customers owe money that is late by more than %(days)s days",
        count,
    )
    first = visible_to(user).filter(pk__in=old.values("customer")).order_by("-payer__overdue")[:3]
    yield AttentionItem(
        "cash", "orange", title % {"count": whole(count), "days": OLD_DAYS},
        _("The longer it takes, the less of it comes"),
        reverse("receivables:ageing"), money=told["amount"], names=linked(first),
    )  # fmt: skip


def promised(event: Event) -> str:
    """How much was promised until when."""
    told = {**(event.before or {}), **(event.after or {})}
    return " · ".join(filter(None, [told.get("amount", ""), told.get("due_on", ""), event.reason]))


def disputed(event: Event) -> str:
    """Which invoice, and why or with what outcome."""
    told = (event.after or {}).get("number", "")
    return " · ".join(filter(None, [told, event.reason]))


def applied(event: Event) -> str:
    """Which payment, and to which invoice how much."""
    told = {**(event.before or {}), **(event.after or {})}
    return " · ".join(filter(None, (told.get(name) for name in ("number", "invoice", "amount"))))
