"""What a campaign brought: sales, profit and who bought, treated against left alone, by class."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.campaigns.models import Campaign, Touch
from kefen_crm.campaigns.running import NOBODY, key_of
from kefen_crm.gateway import campaigns as engine
from kefen_crm.grading.models import Scheme
from kefen_crm.outreach.models import Message, Suppression, Why
from kefen_crm.platform.calendar import current
from kefen_crm.platform.parts import ClockJob
from kefen_crm.platform.queue import later_once

if TYPE_CHECKING:
    from kefen_crm.gateway.campaigns import CampaignEffect
    from kefen_crm.platform.due import Due

MEASURE: Final = "campaigns.measure"
TOGETHER, UNRATED = "", "-"
"""The keys of rows that are of no class: of all together, and of who had none."""


def measure_soon(campaign: int) -> None:
    """Queue the measuring of a campaign."""
    later_once(MEASURE, lock="grading", campaign=campaign)


def measure(pk: int) -> None:
    """Measure what a campaign brought so far, and keep it."""
    campaign = Campaign.objects.filter(pk=pk).first()
    if campaign is None or campaign.started_on is None or campaign.ends_on is None:
        return
    found = engine.measured(campaign.started_on, campaign.ends_on)
    result: dict[str, Any] = {"rows": []}
    if found is not None:
        rows = _members(campaign).join(found.rows, on="customer_id", how="left")
        rows = rows.with_columns(pl.col("sales", "profit").fill_null(0.0))
        result = {
            "rows": _by_class(campaign, rows),
            "until": found.until.isoformat(),
            "whole": found.whole,
        }
    with transaction.atomic():
        Campaign.objects.filter(pk=pk).update(result=result, measured_at=timezone.now())


def _members(campaign: Campaign) -> pl.DataFrame:
    """Every customer of a campaign as drawn, whatever became of it."""
    rows = list(campaign.members.values_list("customer__code", "treated", "class_key", "past"))
    columns = {
        "customer_id": pl.String,
        "treated": pl.Boolean,
        "class_key": pl.String,
        "before": pl.Float64,
    }
    plain = [(code, treated, key, float(past)) for code, treated, key, past in rows]
    return pl.DataFrame(plain, schema=columns, orient="row")


def _by_class(campaign: Campaign, rows: pl.DataFrame) -> list[dict[str, Any]]:
    """The result of all together, then of each class and of who had none."""
    keys = [one["key"] for one in campaign.classes]
    parts = [(TOGETHER, rows)]
    parts += [(key, rows.filter(pl.col("class_key") == key)) for key in keys]
    parts.append((UNRATED, rows.filter(pl.col("class_key") == "")))
    return [_row(campaign, key, part) for key, part in parts if part.height]


def shown(campaign: Campaign) -> list[dict[str, Any]]:
    """The rows of the result with their titles, in the language of whoever reads."""
    titles = {one["key"]: one["title"] for one in campaign.classes}
    names = {one.get("scheme") for one in campaign.classes} - {None}
    for scheme in Scheme.objects.filter(name__in=names).select_related("current"):
        titles |= {one.key: str(one.title) for one in scheme.classes if one.key in titles}
    titles |= {TOGETHER: _("Together"), UNRATED: _("Unrated")}
    rows = campaign.result.get("rows") or []
    return [{**one, "title": titles.get(one["key"], one["key"])} for one in rows]


def measure_ended(due: Due) -> None:
    """Every night: measure campaigns whose days are over, until the facts know all of them."""
    today = current().today(due.now)
    begun = Campaign.objects.filter(started_on__isnull=False)
    ended = [one for one in begun if one.ends_on and one.ends_on <= today]
    waiting = [one for one in ended if not one.result.get("whole")]
    if not waiting:
        return
    last = engine.last_day()
    for one in waiting:
        if last is not None and one.result.get("until") != last.isoformat():
            measure_soon(one.pk)


def _row(campaign: Campaign, key: str, rows: pl.DataFrame) -> dict[str, Any]:
    share = campaign.holdout / 100
    sales = engine.effect_of(rows.with_columns(outcome=pl.col("sales")), share)
    profit = engine.effect_of(rows.with_columns(outcome=pl.col("profit")), share)
    found: dict[str, Any] = {"key": key} | sales.to_dict()
    found["profit"] = profit.to_dict()["uplift"] if (rows["profit"] != 0).any() else None
    if not key:
        found["cost"] = str(cost_of(campaign))
        found |= _worth(campaign, sales)
    return found


def cost_of(campaign: Campaign) -> Decimal:
    """What a campaign cost so far."""
    sent = Message.objects.filter(key__startswith=f"{key_of(campaign.pk)}/")
    gone = sent.exclude(state__in=(Message.State.QUEUED, Message.State.STOPPED)).count()
    return campaign.cost + campaign.each * gone


def _worth(campaign: Campaign, sales: CampaignEffect) -> dict[str, Any]:
    """What all treated bought more, and what each unit of it cost, where it is surely more."""
    up, treated, cost = sales.uplift, sales.treated, float(cost_of(campaign))
    if up.value is None or sales.mismatch:
        return {"extra": None, "per_extra": None}
    extra = up.value * treated
    sure = up.low is not None and up.low > 0
    return {"extra": extra, "per_extra": cost / extra if sure and extra else None}


def reached(campaign: Campaign) -> list[dict[str, Any]]:
    """Of each step how many messages or tasks were made, how they ended, and why not the others."""
    found = []
    for number, step in enumerate(campaign.steps):
        touches = Touch.objects.filter(member__campaign=campaign, step=number)
        counts = touches.aggregate(
            all=Count("pk"),
            made=Count("pk", filter=Q(message__isnull=False) | Q(task__isnull=False)),
        )
        states = touches.filter(message__isnull=False).order_by().values_list("message__state")
        whys = touches.exclude(why="").order_by().values_list("why")
        found.append(
            {
                "step": step,
                **counts,
                "states": [
                    (Message.State(state).label, count)
                    for state, count in states.annotate(count=Count("pk"))
                ],
                "whys": [
                    (_said(why), count)
                    for why, count in whys.annotate(count=Count("pk")).order_by("-count")
                ],
            }
        )
    return found


def _said(why: str) -> str:
    if why == NOBODY:
        return _("nobody looks after the customer")
    return str(Why(why).label) if why in Why.values else why


def opted_out(campaign: Campaign) -> int:
    """How many of those who were written to unsubscribed since."""
    sent = Message.objects.filter(key__startswith=f"{key_of(campaign.pk)}/")
    gone = Suppression.objects.filter(
        why=Suppression.Why.UNSUBSCRIBED,
        at__gte=campaign.frozen_at or campaign.created,
        normal__in=sent.exclude(address="").values("address"),
    )
    return gone.count()


JOB: Final = ClockJob("campaigns.measure", measure_ended, at=time(4))
