"""Activities: logged, corrected, withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel, StrictBool

from kefen_crm.activities import actions
from kefen_crm.activities.api.tasks import Kind as TaskKind
from kefen_crm.activities.models import Activity
from kefen_crm.activities.queries import activities_for
from kefen_crm.customers.api_named import customer_of
from kefen_crm.platform.api.paging import OfCustomer, Page, newest
from kefen_crm.platform.api.values import (
    TOOL,
    Code,
    Day,
    Id,
    IdempotencyKey,
    Long,
    Moment,
    Reason,
    Short,
    Version,
    Whole,
)
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Activities"])

Kind = Literal["call", "wechat", "mail", "meeting", "visit", "note"]
Direction = Literal["out", "in"]
Outcome = Literal["", "order", "interested", "undecided", "no_need", "problem"]


class ActivityOut(BaseModel):
    """Something that was done with a customer, as it is now."""

    id: int
    number: str = Field(description="Its number in the ledger.", examples=["A-000001"])
    customer: str = Field(examples=["C0001"])
    kind: Kind
    direction: Direction
    at: datetime
    contact: str = Field(description="With whom, by name.")
    contact_id: int | None = Field(description="The customer's contact who that is.")
    minutes: int | None
    answered: bool | None
    outcome: str
    text: str
    state: Literal["noted", "corrected", "withdrawn"]
    version: int
    by: str
    created: datetime
    changed: datetime


class ActivityPage(Page[ActivityOut]):
    pass


class ActivityQuery(OfCustomer):
    contact: int | None = Field(None, ge=1, le=2**62, description="The id of a contact.")
    by: Short = Field("", description="A user name.")
    kind: Kind | None = None
    since: Day | None = None


class Then(Schema, extra="forbid"):
    """What is to be done next."""

    due_on: Day
    kind: TaskKind = "call"
    title: Short = ""


class ActivityIn(Schema, extra="forbid"):
    customer: Code
    kind: Kind
    at: Moment | None = Field(None, description="With its zone; by default now.")
    direction: Direction = "out"
    contact: str = Field(
        "",
        max_length=120,
        pattern=r"^[^\x00]*$",
        description="With whom. The name of one of the customer's contacts means that person.",
    )
    contact_id: Whole | None = Field(None, ge=1, le=2**62, description="Says who that is.")
    minutes: Whole | None = Field(None, ge=0, le=1440)
    answered: StrictBool | None = Field(None, description="Of a call, a mail or WeChat.")
    outcome: Outcome = ""
    text: Long = Field("", examples=["They want a quote"])
    closes: list[Whole] | None = Field(
        None,
        max_length=100,
        description="The tasks that it does, by id; by default those of yours of the kind that "
        "are due. That of the rhythm is done by every real contact.",
    )
    then: Then | None = None


class ActivityCorrection(Schema, extra="forbid"):
    """What is said anew; the rest stays."""

    kind: Kind | None = None
    at: Moment | None = None
    direction: Direction | None = None
    contact: str | None = Field(None, max_length=120, pattern=r"^[^\x00]*$")
    contact_id: Whole | None = Field(None, ge=1, le=2**62)
    minutes: Whole | None = Field(None, ge=0, le=1440)
    answered: StrictBool | None = None
    outcome: Outcome | None = None
    text: Long | None = None
    version: Version = None
    reason: Reason = ""


class ActivityWithdrawal(Schema):
    version: int | None = Field(None, ge=1, description="Refused when it is another by now.")
    reason: Reason = ""


@router.get("", response=ActivityPage, summary="List activities", openapi_extra=TOOL)
def list_activities(request: Asked, query: Query[ActivityQuery]) -> ActivityPage:
    """With customers you may see, the newest first; those withdrawn, too."""
    found = activities_for(request.user)
    if query.customer:
        found = found.filter(customer__code=query.customer)
    if query.contact:
        found = found.filter(person=query.contact)
    if query.by:
        found = found.filter(by__username=query.by)
    if query.kind:
        found = found.filter(kind=query.kind)
    if query.since:
        found = found.filter(at__date__gte=query.since)
    items, last = newest(request, found, query)
    return ActivityPage(items=[_told(one) for one in items], next=last)


@router.post("", response={201: ActivityOut}, summary="Log an activity", openapi_extra=TOOL)
def log_activity(
    request: Asked, wanted: ActivityIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[ActivityOut]:
    """Log a call, a visit …; it does the tasks that are due, and may plan the next.

    It is an interaction of the ledger moments later, and counts in the classes of its customer.
    """
    require(request.user, actions.WORK)
    values = _renamed(wanted.model_dump(exclude={"customer", "closes", "then"}))
    if values["at"] is None:
        del values["at"]
    activity = actions.log(
        request.user,
        customer_of(request, wanted.customer),
        values,
        closes=wanted.closes,
        then=wanted.then.model_dump() if wanted.then else None,
        key=key,
    )
    response["Location"] = f"/api/v1/activities/{activity.pk}"
    return Status(201, _told(activity))


@router.get("/{int:activity_id}", response=ActivityOut, summary="One activity")
def get_activity(request: Asked, activity_id: Id) -> ActivityOut:
    """As it is now."""
    return _told(_one(request, activity_id))


@router.patch("/{int:activity_id}", response=ActivityOut, summary="Correct an activity")
def correct_activity(
    request: Asked, activity_id: Id, wanted: ActivityCorrection, key: IdempotencyKey = ""
) -> ActivityOut:
    """Say what it was in truth: whoever logged it, or a manager."""
    require(request.user, actions.WORK)
    said: dict[str, Any] = wanted.model_dump(exclude={"version", "reason"}, exclude_unset=True)
    nullable = ("minutes", "answered")
    values = {name: one for name, one in said.items() if one is not None or name in nullable}
    values = _renamed(values)
    return _told(
        actions.correct(
            request.user,
            _one(request, activity_id),
            values,
            expected_version=wanted.version,
            key=key,
            reason=wanted.reason,
        )
    )


@router.delete("/{int:activity_id}", response=ActivityOut, summary="Withdraw an activity")
def withdraw_activity(
    request: Asked, activity_id: Id, query: Query[ActivityWithdrawal], key: IdempotencyKey = ""
) -> ActivityOut:
    """Say that it never was: it counts no more, and stays to be read."""
    require(request.user, actions.WORK)
    return _told(
        actions.withdraw(
            request.user,
            _one(request, activity_id),
            expected_version=query.version,
            key=key,
            reason=query.reason,
        )
    )


def _one(request: Asked, pk: int) -> Activity:
    found: Activity = get_object_or_404(activities_for(request.user), pk=pk)
    return found


def _renamed(values: dict[str, Any]) -> dict[str, Any]:
    """The values as the verbs take them."""
    person = values.pop("contact_id", None)
    return values if person is None else {**values, "person_id": person}


def _told(activity: Activity) -> ActivityOut:
    return ActivityOut(
        id=activity.pk,
        number=activity.number,
        customer=activity.customer.code,
        kind=activity.kind,
        direction=activity.direction,
        at=activity.at,
        contact=activity.contact,
        contact_id=activity.person_id,
        minutes=activity.minutes,
        answered=activity.answered,
        outcome=activity.outcome,
        text=activity.text,
        state=activity.state,
        version=activity.version,
        by=activity.by.username,
        created=activity.created,
        changed=activity.changed,
    )
