"""Three campaigns of the demo company: one brought more, one did nothing, one harmed.

The demo's facts know of no campaign. So some customers change places between the groups of the
first and the last until what they bought since looks as if the campaign had done it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import polars as pl
from django.db import transaction

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.campaigns.models import Campaign, Member, Touch
from kefen_crm.campaigns.results import measure
from kefen_crm.campaigns.running import key_of
from kefen_crm.customers.drawing import drawn
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.gateway import campaigns as engine
from kefen_crm.grading.models import CustomerClass
from kefen_crm.outreach.models import Message, Template
from kefen_crm.outreach.wording import values_of, written
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from kefen_crm.grading.models import Scheme

MOST: Final = 1_500
DAYS: Final = 60
PERCENT: Final = 30
CAMPAIGNS: Final = (
    ("新品邀约", 1, Decimal(3_000)),
    ("节日问候", 0, Decimal(800)),
    ("每周促销短信", -1, Decimal(1_200)),
)
"""The name, what it did (more, nothing, less), and what it cost."""
EXCHANGED: Final = 0.15
"""The share of those left alone that change places."""


def demo() -> None:
    """Make them, unless there are any."""
    manager = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    templates = list(Template.objects.filter(active=True).order_by("pk"))
    last = engine.last_day()
    if manager is None or not templates or last is None or Campaign.objects.exists():
        return
    start = last - timedelta(days=DAYS - 1)
    since = engine.measured(start, last + timedelta(days=1))
    before = engine.measured(start - timedelta(days=DAYS), start)
    if since is None or before is None:
        return
    found = Customer.objects.filter(standing__in=CURRENT, sales__gt=0).order_by("-sales", "code")
    customers = list(found[:MOST])
    bought, past = _sales(since.rows), _sales(before.rows)
    scheme = leading_scheme()
    for name, did, cost in CAMPAIGNS:
        template = next((one for one in templates if one.name == name), templates[0])
        with transaction.atomic():
            made = _campaign(name, cost, manager, template, scheme, start)
            _members(made, customers, scheme, did, bought, past)
            _messages(made, template, start)
        measure(made.pk)


def _campaign(
    name: str, cost: Decimal, by: User, template: Template, scheme: Scheme | None, start: date
) -> Campaign:
    return Campaign.objects.create(
        name=name,
        state=Campaign.State.ENDED,
        holdout=PERCENT,
        horizon=DAYS,
        cost=cost,
        steps=[{"day": 0, "kind": "message", "template": template.pk}],
        classes=[
            {"key": one.key, "title": str(one.title), "scheme": scheme.name}
            for one in scheme.classes
        ]
        if scheme
        else [],
        salt=f"demo/{name}",
        frozen_at=datetime.combine(start, time(1), UTC),
        started_on=start,
        ended_at=datetime.combine(start + timedelta(days=DAYS), time(1), UTC),
        by=by,
    )


def _members(
    campaign: Campaign,
    customers: Sequence[Customer],
    scheme: Scheme | None,
    did: int,
    bought: Mapping[str, float],
    past: Mapping[str, float],
) -> None:
    rows = CustomerClass.objects.filter(scheme=scheme, customer__in=customers)
    classes = dict(rows.values_list("customer", "class_key"))
    strata = {one.pk: f"{classes.get(one.pk) or '-'}/{one.owner_id or '-'}" for one in customers}
    held = drawn(strata, [], campaign.salt, PERCENT)
    gain = {one.pk: did * bought.get(one.code, 0.0) for one in customers}
    by_stratum: dict[str, list[int]] = defaultdict(list)
    for pk, stratum in strata.items():
        by_stratum[stratum].append(pk)
    for some in by_stratum.values() if did else ():
        alone = sorted((pk for pk in some if pk in held), key=lambda pk: -gain[pk])
        treated = sorted((pk for pk in some if pk not in held), key=lambda pk: gain[pk])
        for one, other in zip(alone[: round(len(alone) * EXCHANGED)], treated, strict=False):
            held.discard(one)
            held.add(other)
    Member.objects.bulk_create(
        Member(
            campaign=campaign,
            customer=one,
            treated=one.pk not in held,
            stratum=strata[one.pk],
            class_key=classes.get(one.pk) or "",
            past=Decimal(str(round(past.get(one.code, 0.0), 2))),
        )
        for one in customers
    )
    campaign.counts = {"treated": len(customers) - len(held), "holdout": len(held)}
    campaign.save(update_fields=["counts"])


def _messages(campaign: Campaign, template: Template, start: date) -> None:
    """A message to each of the treated, and now and then nobody to be reached."""
    at, words = datetime.combine(start, time(1), UTC), template.words
    members = list(campaign.members.filter(treated=True).select_related("customer"))
    reached = [one for number, one in enumerate(members) if number % 9]
    values = values_of([one.customer for one in reached], language="zh")
    messages = Message.objects.bulk_create(
        Message(
            key=f"{key_of(campaign.pk)}/0/{one.customer_id}",
            customer=one.customer,
            to=(one.customer.contact or one.customer.name)[:120],
            channel=template.channel,
            wording=words,
            body=written(words, "zh", values[one.customer_id]).body,
            state=Message.State.DELIVERED,
            due=at,
            moved_at=at,
            by=campaign.by,
        )
        for one in reached
    )
    sent = {one.customer_id: one for one in messages}
    Touch.objects.bulk_create(
        Touch(
            member=one,
            step=0,
            message=sent.get(one.customer_id),
            why="" if one.customer_id in sent else "no-consent",
            at=at,
        )
        for one in members
    )


def _sales(rows: pl.DataFrame) -> dict[str, float]:
    return dict(rows.select("customer_id", "sales").iter_rows())
