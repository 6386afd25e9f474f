"""Connectors for programs: set up, changed, removed, asked; what each brought."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.connectors import actions, wording
from kefen_crm.connectors.models import Connector, Fetch
from kefen_crm.platform.api.paging import Page, Paged, after, link, split
from kefen_crm.platform.api.values import IdempotencyKey, Whole
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Connectors"])

Id = Annotated[int, Path(ge=1, le=2**62)]
Title = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00]+$")]
Value = Annotated[str, Field(max_length=1_000, pattern=r"^[^\x00]*$")]
Secret = Annotated[str, Field(max_length=4_000, pattern=r"^[^\x00]*$")]
Every = Literal["quarter", "hour", "day"]


class ConnectorOut(BaseModel):
    """A place that facts are fetched from; what opens it is told to nobody."""

    id: int
    title: str = Field(examples=["Web shop"])
    source: str = Field(examples=["shopify"])
    settings: dict[str, str] = Field(examples=[{"shop": "example.myshopify.com"}])
    every: Every
    active: bool
    why_off: Literal["", "failing"] = Field(description="Why Kefen turned it off.")
    failures: int = Field(description="Times in a row that it failed.")
    due: datetime = Field(description="When it is asked next.")
    address: str = Field(
        description="Where another system posts, of one that is not asked; else empty."
    )
    version: int


class NewConnectorOut(ConnectorOut):
    secret: str = Field(
        description="Signs what is posted, where Kefen makes it; else empty. It is told only here."
    )


class ConnectorIn(Schema, extra="forbid"):
    title: Title
    source: Annotated[str, Field(max_length=40, pattern=r"^[a-z]+$", examples=["shopify"])]
    settings: dict[str, Value] = Field({}, max_length=20)
    secret: Secret = Field("", description="What opens the place, such as a token.")
    every: Every = "hour"


class ConnectorChange(Schema, extra="forbid"):
    """What is left out stays."""

    title: Title | None = None
    settings: dict[str, Value] | None = Field(None, max_length=20)
    secret: Secret | None = Field(None, description="Empty or left out: as before.")
    every: Every | None = None
    active: bool | None = None
    version: Whole | None = Field(None, ge=1, description="Refused when it is another by now.")


class FetchOut(BaseModel):
    """One time that it was asked."""

    id: int
    outcome: Literal["checked", "landed", "sent", "nothing", "waits", "failed"]
    rows: dict[str, dict[str, Any]] = Field(
        description="By kind of fact: how many were added, replaced, unchanged and rejected."
    )
    sent: dict[str, int] = Field(
        description="Of a connector that sends: how many tags were `added` and `removed`."
    )
    imports: list[int] = Field(description="The imports of its files.")
    left_out: list[str] = Field(description="What was there and is no fact.")
    why: str = Field(description="Why it failed.")
    began: datetime
    ended: datetime


class FetchPage(Page[FetchOut]):
    pass


@router.get("", response=list[ConnectorOut], summary="List connectors")
def list_connectors(request: Asked) -> list[ConnectorOut]:
    """Without what opens them."""
    require(request.user, Permit.OPERATE)
    return [_told(request, one) for one in Connector.objects.all()]


@router.post("", response={201: NewConnectorOut}, summary="Set up a connector")
def create_connector(
    request: Asked, wanted: ConnectorIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[NewConnectorOut]:
    """It is asked at once, or posted to, and lands in the name of whoever sets it up."""
    require(request.user, Permit.OPERATE)
    made = actions.add(request.user, wanted.model_dump(), key=key)
    response["Location"] = f"/api/v1/connectors/{made.pk}"
    return Status(201, _with_secret(request, made))


@router.get("/{int:connector_id}", response=ConnectorOut, summary="One connector")
def get_connector(request: Asked, connector_id: Id) -> ConnectorOut:
    """As it is now."""
    return _told(request, _one(request, connector_id))


@router.patch("/{int:connector_id}", response=ConnectorOut, summary="Change a connector")
def change_connector(
    request: Asked, connector_id: Id, wanted: ConnectorChange, key: IdempotencyKey = ""
) -> ConnectorOut:
    """Turn it on or off, too. With other settings it begins from the first."""
    given = wanted.model_dump(exclude={"version"}, exclude_none=True)
    found = _one(request, connector_id)
    changed = actions.change(request.user, found, given, expected_version=wanted.version, key=key)
    return _told(request, changed)


@router.delete("/{int:connector_id}", response={204: None}, summary="Remove a connector")
def remove_connector(request: Asked, connector_id: Id) -> Status[None]:
    """What it brought stays."""
    actions.remove(request.user, _one(request, connector_id))
    return Status(204, None)


@router.post("/{int:connector_id}/run", response=ConnectorOut, summary="Ask a connector now")
def run_connector(request: Asked, connector_id: Id) -> ConnectorOut:
    """What comes of it is among its fetches."""
    return _told(request, actions.run_now(request.user, _one(request, connector_id)))


@router.post("/{int:connector_id}/secret", response=NewConnectorOut, summary="A new secret to post")
def renew_connector_secret(request: Asked, connector_id: Id) -> NewConnectorOut:
    """Of a connector whose secret Kefen makes; the one before signs as well for a day."""
    return _with_secret(request, actions.renew(request.user, _one(request, connector_id)))


@router.get("/{int:connector_id}/fetches", response=FetchPage, summary="List fetches")
def list_fetches(request: Asked, connector_id: Id, query: Query[Paged]) -> FetchPage:
    """Of the last 90 days, the newest first."""
    found = _one(request, connector_id).fetches.prefetch_related("imported").order_by("-pk")
    if key := after(query.cursor, int):
        found = found.filter(pk__lt=key[0])
    items, more = split(list(found[: query.limit + 1]), query.limit)
    following = link(request, [items[-1].pk]) if more else None
    return FetchPage(items=[_fetch(one) for one in items], next=following)


def _one(request: Asked, pk: int) -> Connector:
    require(request.user, Permit.OPERATE)
    found: Connector = get_object_or_404(Connector, pk=pk)
    return found


def _fields(request: Asked, one: Connector) -> dict[str, Any]:
    names = ("title", "source", "settings", "every", "active", "why_off", "failures", "due")
    told = {name: getattr(one, name) for name in (*names, "version")}
    place = reverse("connectors:receive", args=[one.pk])
    address = request.build_absolute_uri(place) if actions.posted_to(one) else ""
    return {"id": one.pk, "address": address, **told}


def _told(request: Asked, one: Connector) -> ConnectorOut:
    return ConnectorOut.model_validate(_fields(request, one))


def _with_secret(request: Asked, one: Connector) -> NewConnectorOut:
    secret = one.secret if actions.makes_secret(one) else ""
    return NewConnectorOut.model_validate({**_fields(request, one), "secret": secret})


def _fetch(one: Fetch) -> FetchOut:
    return FetchOut(
        id=one.pk,
        outcome=one.outcome,
        rows=one.rows,
        sent=one.sent,
        imports=[record.pk for record in one.imported.all()],
        left_out=wording.left_out(one),
        why=wording.why(one),
        began=one.began,
        ended=one.ended,
    )
