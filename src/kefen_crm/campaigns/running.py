"""Makes the messages and tasks of campaigns on their days, each once."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.activities.models import Task
from kefen_crm.campaigns.models import Campaign, Member, Touch
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.outreach.actions import queue
from kefen_crm.outreach.models import Template, Why
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.platform.parts import ClockJob
from kefen_crm.platform.queue import later_once

if TYPE_CHECKING:
    from typing import Any

    from kefen_crm.platform.due import Due

GO_ON: Final = "campaigns.go_on"
AT_ONCE: Final = 2_000
NOBODY: Final = "nobody"
"""Why there is no task: nobody looks after the customer."""
State = Campaign.State


def key_of(campaign: int) -> str:
    """What the keys of its messages begin with, and the origin of its tasks."""
    return f"campaign/{campaign}"


def go_on_soon(campaign: int) -> None:
    """Queue what is due of a campaign."""
    later_once(GO_ON, lock=f"{GO_ON}/{campaign}", campaign=campaign)


def go_on(pk: int) -> int:
    """Do what is due of a campaign, some customers in a transaction; gives for how many."""
    campaign = Campaign.objects.select_related("by").filter(pk=pk, state=State.RUNNING).first()
    if campaign is None or campaign.started_on is None:
        return 0
    today, done = current().today(timezone.now()), 0
    for number, step in enumerate(campaign.steps):
        if campaign.started_on + timedelta(days=step["day"]) > today:
            continue
        while made := _some(campaign.pk, number):
            done += made
    return done


@transaction.atomic
def _some(pk: int, number: int) -> int:
    """Do a step for some of the customers that it was not done for; gives for how many."""
    campaign = Campaign.objects.select_for_update(of=("self",)).select_related("by").get(pk=pk)
    if campaign.state != State.RUNNING:
        return 0
    step = campaign.steps[number]
    waiting = campaign.members.filter(treated=True).exclude(touches__step=number)
    members = {one.customer_id: one for one in waiting.order_by("pk")[:AT_ONCE]}
    if not members:
        return 0
    act = _messages if step["kind"] == "message" else _tasks
    Touch.objects.bulk_create(act(campaign, number, step, members))
    return len(members)


def _messages(
    campaign: Campaign, number: int, step: dict[str, Any], members: dict[int, Member]
) -> list[Touch]:
    template, now = Template.objects.get(pk=step["template"]), timezone.now()
    made, refused = queue(
        template,
        list(members),
        {pk: f"{key_of(campaign.pk)}/{number}/{pk}" for pk in members},
        now,
        language=campaign.language,
        extra={pk: {"coupon": one.coupon} for pk, one in members.items() if one.coupon},
        by=campaign.by,
        despite_holdout=bool(campaign.everybody_reason),
    )
    sent = {one.customer_id: one for one in made}
    return [
        Touch(member=one, step=number, message=sent.get(pk), why=refused.get(pk, ""), at=now)
        for pk, one in members.items()
    ]


def _tasks(
    campaign: Campaign, number: int, step: dict[str, Any], members: dict[int, Member]
) -> list[Touch]:
    """A task with each customer for whoever looks after it."""
    now = timezone.now()
    today = current().today(now)
    due = today if current().is_workday(today) else current().next_workday(today)
    customers = Customer.objects.filter(pk__in=list(members)).select_related("owner")
    found = {one.pk: one for one in customers}
    tasks: dict[int, Task] = {}
    why: dict[int, str] = {}
    for pk in members:
        one = found[pk]
        if one.standing not in CURRENT:
            why[pk] = Why.GONE
        elif one.owner is None:
            why[pk] = NOBODY
        else:
            tasks[pk] = Task(
                customer=one,
                kind=step["task"],
                title=step["title"] or campaign.name,
                due_on=due,
                owner=one.owner,
                origin=key_of(campaign.pk),
                occurrence=str(number),
                by=campaign.by,
            )
    made = Task.objects.bulk_create(tasks.values())
    events.record_all(
        campaign.by, "task.planned", [(one, {}, {**one.values(), "together": True}) for one in made]
    )
    return [
        Touch(member=one, step=number, task=tasks.get(pk), why=why.get(pk, ""), at=now)
        for pk, one in members.items()
    ]


def go_through(due: Due) -> None:
    """Every half hour: what is due of running campaigns; those whose days are over end."""
    today = current().today(due.now)
    for one in Campaign.objects.filter(state=State.RUNNING).select_for_update(of=("self",)):
        if one.ends_on and one.ends_on <= today and _all_done(one):
            one.state, one.ended_at = State.ENDED, due.now
            events.raised(one)
            events.record(None, "campaign.ended", one, after=one.said())
        else:
            go_on_soon(one.pk)


def _all_done(campaign: Campaign) -> bool:
    last = max(step["day"] for step in campaign.steps)
    return campaign.started_on is not None and (
        datetime.combine(campaign.started_on + timedelta(days=last + 1), time()).date()
        <= current().today(timezone.now())
    )


JOB = ClockJob("campaigns.go_on", go_through, every="half-hour")
