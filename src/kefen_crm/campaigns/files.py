"""What a campaign did, as a file: each step with each customer, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from kefen_crm.activities.models import Task
from kefen_crm.campaigns.models import Touch
from kefen_crm.campaigns.permits import CAMPAIGN
from kefen_crm.customers.queries import visible_to
from kefen_crm.outreach.models import Channel, Message, Why
from kefen_crm.platform.calendar import current
from kefen_crm.platform.downloads import download
from kefen_crm.platform.events import record
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import HttpResponse

    from kefen_crm.campaigns.models import Campaign
    from kefen_crm.team.models import User

EXPORTED = "campaign.exported"
_STEP = 5_000


def logged(actor: User, campaign: Campaign) -> QuerySet[Touch]:
    """Each step of a campaign with the customers that `actor` sees.

    Raises:
        PermissionDenied: unless `actor` may run campaigns, and export.
    """
    require(actor, CAMPAIGN)
    require(actor, Permit.EXPORT)
    return Touch.objects.filter(member__campaign=campaign, member__customer__in=visible_to(actor))


def response(actor: User, campaign: Campaign, form: str) -> HttpResponse:
    """A download of the log of a campaign with the customers that `actor` sees; it is noted.

    Raises:
        PermissionDenied: unless `actor` may run campaigns, and export.
    """
    found = logged(actor, campaign).order_by("step", "member")
    told = {"name": campaign.name, "form": form, "count": found.count()}
    record(actor, EXPORTED, campaign, after=told)
    return download(_rows(campaign, found), _("Log of %(name)s") % {"name": campaign.name}, form)


def _rows(campaign: Campaign, found: QuerySet[Touch]) -> Iterator[list[Any]]:
    yield [
        _("Code"), _("Name"), _("Class"), _("Day"), _("Step"), _("To"), _("Address"), _("State"),
        _("Why"), _("Template"), _("Subject"), _("Coupon"), _("Made"), _("Time"),
    ]  # fmt: skip
    channels, kinds = dict(Channel.choices), dict(Task.Kind.choices)
    states, done = dict(Message.State.choices), dict(Task.State.choices)
    whys = dict(Why.choices)
    titles = {one["key"]: one["title"] for one in campaign.classes}
    rows = found.values_list(
        *("member__customer__code", "member__customer__name", "member__class_key", "step", "at"),
        *("why", "member__coupon", "message__channel", "message__to", "message__address"),
        *("message__state", "message__why", "message__wording__template__name"),
        *("message__subject", "message__moved_at", "task__kind", "task__state", "task__changed"),
    )
    for (code, name, key, step, at, why, coupon, channel, to, address, state, reason, template,
         subject, moved, kind, task_state, changed) in rows.iterator(chunk_size=_STEP):  # fmt: skip
        about = channels.get(channel) or kinds.get(kind) or ""
        why = reason or why
        yield [
            code, name, titles.get(key, key), campaign.steps[step]["day"], str(about), to or "",
            address or "", str(states.get(state) or done.get(task_state) or ""),
            str(whys.get(why, why)), template or "", subject or "", coupon,
            _local(at), _local(moved or changed or at),
        ]  # fmt: skip


def _local(moment: datetime) -> datetime:
    """A moment as the company's clocks show it, to the second."""
    return moment.astimezone(current().zone).replace(tzinfo=None, microsecond=0)
