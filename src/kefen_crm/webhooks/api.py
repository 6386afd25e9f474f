"""Webhooks for programs: set up, changed, removed; deliveries listed and sent again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.platform.api.paging import Page, Paged, after, link, split
from kefen_crm.platform.api.values import IdempotencyKey, Whole
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked
from kefen_crm.webhooks import actions
from kefen_crm.webhooks.models import Delivery, Endpoint

router = Router(tags=["Webhooks"])

Id = Annotated[int, Path(ge=1, le=2**62)]
Url = Annotated[str, Field(max_length=500, pattern=r"^https?://[^\x00\s]+$")]
Note = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Verb = Annotated[str, Field(max_length=80, pattern=r"^[^\x00]+$", examples=["customer.edited"])]


class WebhookOut(BaseModel):
    """An address that is sent events."""

    id: int
    url: str = Field(examples=["https://erp.example.com/kefen"])
    note: str
    events: list[str] = Field(description="The verbs that are sent; empty for all.")
    active: bool
    why_off: Literal["", "failing", "gone"] = Field(description="Why Kefen turned it off.")
    failures: int = Field(description="Attempts in a row that failed.")
    version: int


class NewWebhookOut(WebhookOut):
    secret: str = Field(description="Signs what is sent; it is told only here.")


class WebhookIn(Schema, extra="forbid"):
    url: Url
    note: Note = ""
    events: list[Verb] = Field([], max_length=200, description="Empty for all.")


class WebhookChange(Schema, extra="forbid"):
    """What is left out stays."""

    url: Url | None = None
    note: Note | None = None
    events: list[Verb] | None = Field(None, max_length=200)
    active: bool | None = None
    version: Whole | None = Field(None, ge=1, description="Refused when it is another by now.")


class DeliveryOut(BaseModel):
    """The sending of one event, over all its attempts."""

    id: int
    event: UUID
    type: str = Field(examples=["customer.edited"])
    customer: str | None
    state: Literal["waiting", "delivered", "failed"]
    attempts: int
    status: int | None = Field(description="What was answered last.")
    error: str = Field(description="Why there was no answer.", examples=["timeout"])
    tried: datetime | None
    due: datetime | None = Field(description="When it is tried next, while it waits.")


class DeliveryPage(Page[DeliveryOut]):
    pass


class DeliveryQuery(Paged):
    state: Literal["waiting", "delivered", "failed"] | None = None


@router.get("", response=list[WebhookOut], summary="List webhooks")
def list_webhooks(request: Asked) -> list[WebhookOut]:
    """Without their secrets."""
    require(request.user, Permit.OPERATE)
    return [_told(one) for one in Endpoint.objects.all()]


@router.post("", response={201: NewWebhookOut}, summary="Set up a webhook")
def create_webhook(
    request: Asked, wanted: WebhookIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[NewWebhookOut]:
    """It is sent what happens from now on."""
    require(request.user, Permit.OPERATE)
    given = {"url": wanted.url, "note": wanted.note, "verbs": wanted.events}
    made = actions.add(request.user, given, key=key)
    response["Location"] = f"/api/v1/webhooks/{made.pk}"
    return Status(201, _secret(made))


@router.get("/{int:webhook_id}", response=WebhookOut, summary="One webhook")
def get_webhook(request: Asked, webhook_id: Id) -> WebhookOut:
    """As it is now."""
    return _told(_one(request, webhook_id))


@router.patch("/{int:webhook_id}", response=WebhookOut, summary="Change a webhook")
def change_webhook(
    request: Asked, webhook_id: Id, wanted: WebhookChange, key: IdempotencyKey = ""
) -> WebhookOut:
    """Turn it on or off, too; turned on, what waits is sent at once."""
    given = wanted.model_dump(exclude={"version", "events"}, exclude_none=True)
    if wanted.events is not None:
        given["verbs"] = wanted.events
    found = _one(request, webhook_id)
    return _told(
        actions.change(request.user, found, given, expected_version=wanted.version, key=key)
    )


@router.delete("/{int:webhook_id}", response={204: None}, summary="Remove a webhook")
def remove_webhook(request: Asked, webhook_id: Id) -> Status[None]:
    """With what waits for it."""
    actions.remove(request.user, _one(request, webhook_id))
    return Status(204, None)


@router.post("/{int:webhook_id}/secret", response=NewWebhookOut, summary="A new secret")
def renew_webhook_secret(request: Asked, webhook_id: Id) -> NewWebhookOut:
    """The one before signs as well for a day."""
    return _secret(actions.renew(request.user, _one(request, webhook_id)))


@router.post("/{int:webhook_id}/test", response=DeliveryOut, summary="Send a test")
def test_webhook(request: Asked, webhook_id: Id) -> DeliveryOut:
    """An event `webhook.tested`."""
    return _sent(actions.test(request.user, _one(request, webhook_id)))


@router.get("/{int:webhook_id}/deliveries", response=DeliveryPage, summary="List deliveries")
def list_deliveries(request: Asked, webhook_id: Id, query: Query[DeliveryQuery]) -> DeliveryPage:
    """Of the last 30 days, the newest first."""
    found = _one(request, webhook_id).deliveries.select_related("event__customer").order_by("-pk")
    if query.state:
        found = found.filter(state=query.state)
    if key := after(query.cursor, int):
        found = found.filter(pk__lt=key[0])
    items, more = split(list(found[: query.limit + 1]), query.limit)
    following = link(request, [items[-1].pk]) if more else None
    return DeliveryPage(items=[_sent(one) for one in items], next=following)


@router.post(
    "/deliveries/{int:delivery_id}/again", response=DeliveryOut, summary="Send a delivery again"
)
def send_delivery_again(request: Asked, delivery_id: Id) -> DeliveryOut:
    """Whether it arrived or was given up; the receiver sees the same id."""
    require(request.user, Permit.OPERATE)
    found = get_object_or_404(Delivery.objects.select_related("endpoint"), pk=delivery_id)
    return _sent(actions.send_again(request.user, found))


def _one(request: Asked, pk: int) -> Endpoint:
    require(request.user, Permit.OPERATE)
    found: Endpoint = get_object_or_404(Endpoint, pk=pk)
    return found


def _fields(one: Endpoint) -> dict[str, object]:
    names = ("url", "note", "active", "why_off", "failures", "version")
    return {"id": one.pk, "events": one.verbs} | {name: getattr(one, name) for name in names}


def _told(one: Endpoint) -> WebhookOut:
    return WebhookOut.model_validate(_fields(one))


def _secret(one: Endpoint) -> NewWebhookOut:
    return NewWebhookOut.model_validate(_fields(one) | {"secret": one.secret})


def _sent(one: Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=one.pk,
        event=one.event_id,
        type=one.event.verb,
        customer=one.event.customer.code if one.event.customer else None,
        state=one.state,
        attempts=one.attempts,
        status=one.status,
        error=one.error,
        tried=one.tried,
        due=one.due if one.state == Delivery.State.WAITING else None,
    )
