"""What the customer's page shows of its playbook, and what needs attention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.activities.rhythm import rule_of
from kefen_crm.customers.queries import may_change
from kefen_crm.grading.scopes import facts_of
from kefen_crm.platform.numbers import money, whole
from kefen_crm.platform.parts import AttentionItem
from kefen_crm.playbooks.document import OWNERS, SERVICE_LEVELS, playbook_of
from kefen_crm.playbooks.execution import of_customer
from kefen_crm.playbooks.models import Commitment, Spend
from kefen_crm.playbooks.permits import SPEND
from kefen_crm.playbooks.reading import how_tos
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.models import Event


@dataclass(frozen=True)
class Measure:
    """Something that is promised a year, with what was done of it this year."""

    title: str
    done: str
    promised: str
    share: int


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """What the customer's class is promised, and what was done of it this year."""
    rule = playbook_of(facts_of(customer))
    spends = list(customer.spends.select_related("by")[:5])
    if rule is None and not spends:
        return None
    user: Any = request.user
    mine = may(user, SPEND) and may_change(user, customer)
    done = of_customer(customer)
    rhythm = rule_of(customer)
    return {
        "rule": rule,
        "service": _(SERVICE_LEVELS[rule.service]) if rule else "",
        "owner": _(OWNERS[rule.owner]) if rule and rule.owner != "any" else "",
        "measures": _measures(rule, done) if rule else [],
        "rhythm": rhythm,
        "since": Commitment.objects.filter(customer=customer, until=None)
        .values_list("since", flat=True)
        .first(),
        "spends": spends,
        "may_spend": mine,
        "summary": f"{rule.name} · {_(SERVICE_LEVELS[rule.service])}" if rule else "",
    }


def attention(request: HttpRequest) -> Iterator[AttentionItem]:
    """Plays whose way of doing them whoever asks has not read."""
    user: Any = request.user
    if may(user, SPEND):
        unread = [one for one in how_tos(user) if one.read_at is None]
        if unread:
            title = ngettext("%(n)s play to read", "%(n)s plays to read", len(unread))
            yield AttentionItem(
                "book", "blue", title % {"n": len(unread)},
                _(", ").join(one.about.title for one in unread[:2]), reverse("playbooks:plays"),
            )  # fmt: skip


def spend_detail(event: Event) -> str:
    """What was spent, in a line."""
    told = event.after or {}
    words = [
        str(dict(Spend.Kind.choices).get(told.get("kind", ""), "")),
        money(told.get("money")) if float(told.get("money") or 0) else "",
        _("%(hours)s h") % {"hours": told["hours"]} if float(told.get("hours") or 0) else "",
        told.get("text", ""),
        event.reason,
    ]
    return " · ".join(filter(None, words))


def _measures(rule: Any, done: dict[str, Any]) -> list[Measure]:
    found = []
    for name, title in (
        ("hours", _("Hours")),
        ("visits", _("Visits")),
        ("support", _("Technical support")),
        ("training", _("Training")),
        ("customising", _("Customising")),
        ("budget", _("Budget")),
        ("gifts", _("Gifts")),
    ):
        promised = getattr(rule, name)
        if not promised and not done[name]:
            continue
        shown = money if name in ("budget", "gifts") else whole
        told = whole(done[name], 1) if name == "hours" and done[name] % 1 else shown(done[name])
        share = round(100 * float(done[name]) / promised) if promised else 100
        found.append(Measure(title, told, shown(promised), min(share, 100)))
    return found
