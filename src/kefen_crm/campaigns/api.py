"""Campaigns for programs: written, drawn, started, stopped; what they brought; coupons."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.campaigns import actions, audience, files, results
from kefen_crm.campaigns.models import Campaign, Member, Touch
from kefen_crm.campaigns.permits import CAMPAIGN
from kefen_crm.platform.api.paging import Page, Paged, after, link, newest, split
from kefen_crm.platform.api.values import TOOL, Id, IdempotencyKey, Reason, Version, Whole
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Campaigns"])

Text = Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00]*$")]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
Cost = Annotated[Decimal, Field(ge=0, le=10**9, decimal_places=2)]


class CampaignStepIn(Schema, extra="forbid"):
    """What is done on a day from the start on, with every treated customer."""

    day: Annotated[Whole, Field(ge=0, le=180)]
    kind: Literal["message", "task"]
    template: Annotated[Whole, Field(ge=1, le=2**62)] | None = None
    task: Literal["call", "wechat", "mail", "meeting", "visit", "todo"] | None = None
    title: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] = ""


class CampaignIn(Schema, extra="forbid"):
    name: Name
    query: Text = Field("", description="Filters of a customer list, as in its address.")
    language: Literal["zh", "en"] = "zh"
    holdout: Annotated[Whole, Field(ge=0, le=90)] = 10
    holdout_reason: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] = ""
    everybody_reason: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] = Field(
        "", description="Why those are reached, too, whom outreach leaves alone all year."
    )
    horizon: Annotated[Whole, Field(ge=1, le=366)] = 30
    cost: Cost = Decimal(0)
    each: Annotated[Decimal, Field(ge=0, le=10**4, decimal_places=3)] = Decimal(0)
    prefix: Annotated[str, Field(max_length=10, pattern=r"^[A-Za-z0-9-]*$")] = ""
    steps: Annotated[list[CampaignStepIn], Field(max_length=10)] = []


class CampaignEffectOut(BaseModel):
    """What changed for the customers of a class, or for all together."""

    key: str = Field(description="The class; empty for all together, `-` for who had none.")
    title: str
    treated: int
    holdout: int
    mean_treated: float | None
    mean_holdout: float | None
    uplift: float | None
    low: float | None
    high: float | None
    repeat_treated: float | None
    repeat_holdout: float | None
    verdict: Literal["gain", "harm", "nothing", "too-few", "mismatch"]


class CampaignOut(BaseModel):
    """A campaign, and what it brought."""

    id: int
    name: str
    state: Literal["draft", "frozen", "running", "ended", "stopped"]
    query: str
    holdout: int
    horizon: int
    steps: list[dict[str, Any]]
    treated: int | None
    held_out: int | None
    started_on: date | None
    until: date | None = Field(description="The last day whose sales count so far.")
    measured_at: datetime | None
    cost: str
    extra: float | None = Field(description="What all treated bought more.")
    per_extra: float | None = Field(description="Cost of a unit of it, where it is surely more.")
    effects: list[CampaignEffectOut]
    version: int


class CampaignPage(Page[CampaignOut]):
    pass


class OutlookOut(BaseModel):
    """What a campaign would reach, and could tell."""

    customers: int
    treated: int
    held_out: int
    left_out: int = Field(description="Whom outreach leaves alone all year.")
    least: float | None = Field(
        description="The least change of a customer's sales told with 80 % power; null: too few."
    )


class CampaignTouchOut(BaseModel):
    """A step of a campaign with a customer: a message, a task, or why neither."""

    customer: str = Field(examples=["C0001"])
    name: str
    class_key: str = Field(description="The class when it was drawn; empty for none.")
    step: int = Field(description="Its place among the steps, from 0.")
    day: int = Field(description="The day of the campaign that the step is of.")
    kind: Literal["message", "task", "none"]
    channel: str = Field(description="Of a message; of a task, what kind of task.")
    to: str
    address: str
    state: str = Field(description="Of the message or the task.", examples=["delivered"])
    why: str = Field(description="Why it did not go or arrive.", examples=["no-consent"])
    template: str
    subject: str
    coupon: str
    made: datetime
    changed: datetime


class CampaignLogPage(Page[CampaignTouchOut]):
    pass


class VersionIn(Schema, extra="forbid"):
    version: Version = None


class StopIn(Schema, extra="forbid"):
    reason: Reason
    version: Version = None


class CouponIn(Schema, extra="forbid"):
    code: Annotated[str, Field(min_length=1, max_length=24, pattern=r"^[^\x00]*$")]


class CampaignCouponOut(BaseModel):
    code: str
    customer: str
    campaign: int
    used_on: date | None


@router.get("", response=CampaignPage, summary="List campaigns", openapi_extra=TOOL)
def list_campaigns(request: Asked, query: Query[Paged]) -> CampaignPage:
    """The newest first."""
    require(request.user, CAMPAIGN)
    items, last = newest(request, Campaign.objects.all(), query)
    return CampaignPage(items=[_told(one) for one in items], next=last)


@router.post("", response={201: CampaignOut}, summary="Write a campaign")
def create_campaign(
    request: Asked, wanted: CampaignIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[CampaignOut]:
    """As a draft: nobody is drawn, nothing is sent."""
    require(request.user, CAMPAIGN)
    made = actions.save(request.user, None, wanted.model_dump(exclude_none=True), key=key)
    response["Location"] = f"/api/v1/campaigns/{made.pk}"
    return Status(201, _told(made))


@router.post("/coupons", response=CampaignCouponOut, summary="Give a coupon in")
def use_coupon(request: Asked, wanted: CouponIn, key: IdempotencyKey = "") -> CampaignCouponOut:
    """Once; given in again it is as the first time."""
    require(request.user, CAMPAIGN)
    try:
        found = actions.redeem(request.user, wanted.code, key=key)
    except Member.DoesNotExist:
        raise Http404 from None
    return CampaignCouponOut(
        code=found.coupon,
        customer=found.customer.code,
        campaign=found.campaign_id,
        used_on=found.used_on,
    )


@router.get("/{int:campaign_id}", response=CampaignOut, summary="One campaign", openapi_extra=TOOL)
def get_campaign(request: Asked, campaign_id: Id) -> CampaignOut:
    """With what it brought when it was measured last."""
    return _told(_one(request, campaign_id))


@router.get("/{int:campaign_id}/log", response=CampaignLogPage, summary="What a campaign did")
def list_campaign_log(request: Asked, campaign_id: Id, query: Query[Paged]) -> CampaignLogPage:
    """Each step with each customer that you see, in the order in which they were made.

    For those who may export: what the page of the campaign gives as a file.
    """
    found = files.logged(request.user, _one(request, campaign_id)).order_by("pk")
    if key := after(query.cursor, int):
        found = found.filter(pk__gt=key[0])
    related = ("member__campaign", "member__customer", "message__wording__template", "task")
    touches = list(found.select_related(*related)[: query.limit + 1])
    items, more = split(touches, query.limit)
    following = link(request, [items[-1].pk]) if more else None
    return CampaignLogPage(items=[_touch(one) for one in items], next=following)


@router.get("/{int:campaign_id}/outlook", response=OutlookOut, summary="What it could tell")
def get_campaign_outlook(request: Asked, campaign_id: Id) -> OutlookOut:
    """Of a draft: how many it would reach, and the least change that would be seen."""
    found = audience.outlook(request.user, _one(request, campaign_id))
    return OutlookOut(
        customers=found.count,
        treated=found.treated,
        held_out=found.holdout,
        left_out=found.out,
        least=found.least,
    )


@router.post("/{int:campaign_id}/freeze", response=CampaignOut, summary="Draw its customers")
def freeze_campaign(
    request: Asked, campaign_id: Id, wanted: VersionIn, key: IdempotencyKey = ""
) -> CampaignOut:
    """Who is treated and who is left alone; it does not change afterwards."""
    found = _one(request, campaign_id)
    made = actions.freeze(request.user, found, expected_version=wanted.version, key=key)
    return _told(made)


@router.post("/{int:campaign_id}/start", response=CampaignOut, summary="Start a campaign")
def start_campaign(
    request: Asked, campaign_id: Id, wanted: VersionIn, key: IdempotencyKey = ""
) -> CampaignOut:
    """Its first steps are done in the background."""
    found = _one(request, campaign_id)
    return _told(actions.start(request.user, found, expected_version=wanted.version, key=key))


@router.post("/{int:campaign_id}/stop", response=CampaignOut, summary="Stop a campaign")
def stop_campaign(
    request: Asked, campaign_id: Id, wanted: StopIn, key: IdempotencyKey = ""
) -> CampaignOut:
    """What waits does not go."""
    found = _one(request, campaign_id)
    made = actions.stop(
        request.user, found, reason=wanted.reason, expected_version=wanted.version, key=key
    )
    return _told(made)


@router.post("/{int:campaign_id}/measure", response=CampaignOut, summary="Measure a campaign")
def measure_campaign(request: Asked, campaign_id: Id) -> CampaignOut:
    """In the background, by the facts of now."""
    found = _one(request, campaign_id)
    results.measure_soon(found.pk)
    return _told(found)


def _one(request: Asked, pk: int) -> Campaign:
    require(request.user, CAMPAIGN)
    return get_object_or_404(Campaign, pk=pk)


def _touch(one: Touch) -> CampaignTouchOut:
    member, message, task = one.member, one.message, one.task
    return CampaignTouchOut(
        customer=member.customer.code,
        name=member.customer.name,
        class_key=member.class_key,
        step=one.step,
        day=member.campaign.steps[one.step]["day"],
        kind="message" if message else "task" if task else "none",
        channel=message.channel if message else task.kind if task else "",
        to=message.to if message else "",
        address=message.address if message else "",
        state=message.state if message else task.state if task else "",
        why=(message.why if message else "") or one.why,
        template=message.wording.template.name if message else "",
        subject=message.subject if message else "",
        coupon=member.coupon,
        made=one.at,
        changed=message.moved_at if message else task.changed if task else one.at,
    )


def _told(one: Campaign) -> CampaignOut:
    rows = results.shown(one)
    whole = rows[0] if rows else {}
    return CampaignOut(
        id=one.pk,
        name=one.name,
        state=one.state,
        query=one.query,
        holdout=one.holdout,
        horizon=one.horizon,
        steps=one.steps,
        treated=one.counts.get("treated"),
        held_out=one.counts.get("holdout"),
        started_on=one.started_on,
        until=one.result.get("until"),
        measured_at=one.measured_at,
        cost=f"{results.cost_of(one):.2f}",
        extra=whole.get("extra"),
        per_extra=whole.get("per_extra"),
        effects=[
            CampaignEffectOut(
                **{name: row[name] for name in row if name in CampaignEffectOut.model_fields}
                | {"uplift": row["uplift"]["value"]}
                | {name: row["uplift"][name] for name in ("low", "high")}
            )
            for row in rows
        ],
        version=one.version,
    )
