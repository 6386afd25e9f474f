from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from kefen_crm.followups import actions, demo, queries
from kefen_crm.platform.parts import (
    Notice,
    NoticeKind,
    NoticeText,
    Panel,
    RuleKind,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin

if TYPE_CHECKING:
    from kefen_crm.platform.models import Event
    from kefen_crm.team.models import User

KIND = NoticeKind(
    "contact_gap", gettext_lazy("Nobody has spoken to a customer of mine for long"), "phone-off"
)


def _owner(event: Event) -> list[User | None]:
    return [event.customer.owner] if event.customer else []


def _tell(event: Event) -> NoticeText | None:
    customer, found = event.customer, event.after or {}
    if customer is None:
        return None
    data = {"customer": customer.name, "count": found["working_days"], "day": found["since"]}
    url = reverse("customers:detail", args=[customer.code])
    if not found["spoken"]:
        text = gettext_noop("Nobody has spoken to %(customer)s yet, here since %(day)s")
        return NoticeText(text, data, url)
    return NoticeText(
        gettext_noop("Nobody has spoken to %(customer)s for %(count)s working day"),
        data,
        url,
        gettext_noop("Nobody has spoken to %(customer)s for %(count)s working days"),
    )


def _detail(event: Event) -> str:
    found = event.after or {}
    told = {"days": found.get("working_days"), "day": found.get("since"), "rule": found.get("rule")}
    return _("%(days)s working days since %(day)s, rule “%(rule)s”") % told


PLUGIN = Plugin(
    position=60,
    panels=(Panel("followups/panel.html", queries.of_customer, "side", position=60),),
    rules=(
        RuleKind(
            queries.CONTACT_GAP,
            gettext_lazy("Contact gaps"),
            gettext_lazy(
                "The owner is told when nobody has spoken to a customer for so many working days."
            ),
            "phone-off",
            queries.ContactGap,
            queries.preview,
        ),
    ),
    clock_jobs=(actions.JOB,),
    timeline=(
        TimelineKind(
            actions.FOUND,
            gettext_lazy("Nobody spoke to them for long"),
            "phone-off",
            gettext_lazy("Follow-ups"),
            _detail,
        ),
    ),
    notice_kinds=(KIND,),
    notices=(Notice(actions.FOUND, KIND.name, _owner, _tell),),
    demo=demo.follow_up,
)
