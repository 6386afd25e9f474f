"""Makes the messages and tasks of campaigns on their days, each once."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl
from django.db import connection, transaction
from django.utils import timezone

from kefen_crm.activities.models import Task
from kefen_crm.campaigns.models import Campaign, Member, Touch
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.outreach.models import Template, Why
from kefen_crm.outreach.queueing import queue
from kefen_crm.platform import events
from kefen_crm.platform.bulk import into_temporary, keyed
from kefen_crm.platform.calendar import current
from kefen_crm.platform.parts import ClockJob
from kefen_crm.platform.queue import later_once

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from kefen_crm.platform.due import Due

GO_ON: Final = "campaigns.go_on"
AT_ONCE: Final = 5_000
NOBODY: Final = "nobody"
"""Why there is no task: nobody looks after the customer."""
State = Campaign.State
_TOUCHED: Final = {
    "message": """
        INSERT INTO campaigns_touch (member_id, step, message_id, why, at)
        SELECT member_id, %s, made, why, %s FROM made_touches
    """,
    "task": """
        INSERT INTO campaigns_touch (member_id, step, task_id, why, at)
        SELECT member_id, %s, made, why, %s FROM made_touches
    """,
}
"""What was made for members, by the kind of the step."""


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
    """Do a step for its next customers; gives for how many, and 0 once it is done for all.

    How far it came is kept with what was made: a program that is killed left both or neither.
    """
    campaign = Campaign.objects.select_for_update(of=("self",)).select_related("by").get(pk=pk)
    if campaign.state != State.RUNNING:
        return 0
    step, position = campaign.steps[number], campaign.progress.get(str(number), 0)
    following = campaign.members.filter(treated=True, pk__gt=position).order_by("pk")
    members = list(following.only("campaign", "customer", "coupon")[:AT_ONCE])
    if not members:
        return 0
    # Campaigns that began before their progress was kept come by customers that are done.
    touches = Touch.objects.filter(step=number, member__in=keyed([one.pk for one in members]))
    done = set(touches.values_list("member", flat=True))
    waiting = {one.customer_id: one for one in members if one.pk not in done}
    if waiting:
        act = _messages if step["kind"] == "message" else _tasks
        made, why = act(campaign, number, step, waiting)
        rows = [(one.pk, made.get(pk), str(why.get(pk, ""))) for pk, one in waiting.items()]
        schema = {"member_id": pl.Int64, "made": pl.Int64, "why": pl.String}
        types = {"member_id": "bigint", "made": "bigint", "why": "text"}
        into_temporary("made_touches", types, pl.DataFrame(rows, schema=schema, orient="row"))
        with connection.cursor() as cursor:
            cursor.execute(_TOUCHED[step["kind"]], [number, timezone.now()])
    campaign.progress[str(number)] = members[-1].pk
    campaign.save(update_fields=["progress"])
    return len(members)


def _messages(
    campaign: Campaign, number: int, step: dict[str, Any], members: dict[int, Member]
) -> tuple[Mapping[int, int], Mapping[int, str]]:
    return queue(
        Template.objects.get(pk=step["template"]),
        list(members),
        {pk: f"{key_of(campaign.pk)}/{number}/{pk}" for pk in members},
        timezone.now(),
        language=campaign.language,
        extra={pk: {"coupon": one.coupon} for pk, one in members.items() if one.coupon},
        by=campaign.by,
        despite_holdout=bool(campaign.everybody_reason),
    )


def _tasks(
    campaign: Campaign, number: int, step: dict[str, Any], members: dict[int, Member]
) -> tuple[Mapping[int, int], Mapping[int, str]]:
    """A task with each customer for whoever looks after it."""
    now = timezone.now()
    today = current().today(now)
    due = today if current().is_workday(today) else current().next_workday(today)
    customers = Customer.objects.filter(pk__in=keyed(members)).select_related("owner")
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
    return {pk: one.pk for pk, one in tasks.items()}, why


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
