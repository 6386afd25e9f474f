"""What the pages of others show of dunning: the customer's panel, and what needs attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.customers.links import linked
from kefen_crm.dunning.models import Level, Step, reason_of
from kefen_crm.dunning.permits import DUN
from kefen_crm.dunning.planner import counted
from kefen_crm.dunning.queries import steps_for
from kefen_crm.platform.parts import AttentionItem
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.models import Event

LISTED = 5
State = Step.State


def panel(_request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The last steps about a customer, what is proposed first; nothing where there is none."""
    found = list(customer.dunning_steps.order_by("-moved_at", "-pk")[:LISTED])
    if not found:
        return None
    last = found[0]
    return {"steps": found, "summary": f"{last.get_level_display()} · {last.get_state_display()}"}


def attention(request: HttpRequest) -> Iterator[AttentionItem]:
    """What waits to be approved, printed or looked into."""
    user: Any = request.user
    if not may(user, DUN):
        return
    found = steps_for(user)
    lost, printing = Q(state__in=(State.UNSURE, State.FAILED)), Q(state="approved", channel="print")
    counts = found.order_by().aggregate(
        unsure=Count("pk", filter=lost),
        proposed=Count("pk", filter=Q(state=State.PROPOSED)),
        printing=Count("pk", filter=printing),
    )
    if count := counts["unsure"]:
        unsure = found.filter(lost).order_by("-moved_at")
        title = ngettext(
            "%(n)s letter may not have arrived", "%(n)s letters may not have arrived", count
        )
        yield AttentionItem(
            "mail-question", "red", title % {"n": count},
            _("Say whether it was sent; else it is proposed again"),
            f"{reverse('dunning:steps')}?tab=waiting",
            names=linked([one.customer for one in unsure[:3]]),
        )  # fmt: skip
    if counts["proposed"]:
        proposed = found.filter(state=State.PROPOSED)
        levels = list(proposed.values_list("level", flat=True))
        yield AttentionItem(
            "mail-dollar", "orange",
            _("Dunning proposes %(what)s") % {"what": counted(levels)},
            _("Nothing is sent before somebody approves it"), reverse("dunning:steps"),
            money=proposed.order_by().aggregate(total=Sum("amount"))["total"],
            names=linked([one.customer for one in proposed[:3]]),
        )  # fmt: skip
    if count := counts["printing"]:
        title = ngettext(
            "%(n)s letter waits to be printed", "%(n)s letters wait to be printed", count
        )
        yield AttentionItem(
            "printer", "blue", title % {"n": count},
            _("No address is known, or no mail server"),
            f"{reverse('dunning:steps')}?tab=waiting",
        )  # fmt: skip


def detail(event: Event) -> str:
    """Which step, about how much, and why it did not go on."""
    told = event.after or {}
    level = told.get("level", "")
    words = str(Level(level).label) if level in Level.values else level
    reason = reason_of(told.get("why", ""), told.get("note", ""))
    return " · ".join(filter(None, (words, told.get("amount", ""), reason)))
