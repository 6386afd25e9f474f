"""What a person is told, for programs: read, marked, chosen."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.shortcuts import get_object_or_404
from ninja import Field, Path, Query, Router, Schema
from pydantic import BaseModel, StrictBool

from kefen_crm.notifications import actions, queries
from kefen_crm.platform.api.paging import Page, Paged, newest
from kefen_crm.platform.api.values import TOOL
from kefen_crm.platform.models import Notification
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Notifications"])

Id = Annotated[int, Path(ge=1, le=2**62, description="The number of a notification.")]


class NotificationOut(BaseModel):
    """Something that you are told, in the language of the request."""

    id: int
    kind: str = Field(examples=["customer.given"])
    text: str
    url: str = Field(description="The page that it leads to, within the site; may be empty.")
    at: datetime
    read_at: datetime | None


class NotificationPage(Page[NotificationOut]):
    pass


class NotificationQuery(Paged):
    unread: bool = Field(False, description="Only those not read yet.")


class MarkedOut(BaseModel):
    marked: int


class ChoiceOut(BaseModel):
    """How you are told of a kind: at the bell, by the daily mail."""

    kind: str
    title: str
    bell: bool
    mail: bool


class ChoiceIn(Schema, extra="forbid"):
    kind: str = Field(max_length=80)
    bell: StrictBool
    mail: StrictBool


@router.get("", response=NotificationPage, summary="Your notifications", openapi_extra=TOOL)
def list_notifications(request: Asked, query: Query[NotificationQuery]) -> NotificationPage:
    """The newest first."""
    found = queries.of(request.user)
    if query.unread:
        found = found.filter(read_at=None)
    items, last = newest(request, found, query)
    return NotificationPage(items=[_told(one) for one in items], next=last)


@router.post("/read", response=MarkedOut, summary="Mark all your notifications as read")
def read_notifications(request: Asked) -> MarkedOut:
    """How many were not."""
    return MarkedOut(marked=actions.read_all(request.user))


@router.get("/choices", response=list[ChoiceOut], summary="How you are told of each kind")
def list_notification_choices(request: Asked) -> list[ChoiceOut]:
    """Every kind of notification there is."""
    return [
        ChoiceOut(kind=one.kind.name, title=str(one.kind.title), bell=one.bell, mail=one.mail)
        for one in queries.choices(request.user)
    ]


@router.put("/choices", response=list[ChoiceOut], summary="Choose how you are told")
def choose_notifications(request: Asked, wanted: list[ChoiceIn]) -> list[ChoiceOut]:
    """Kinds that are not named stay as they are; those that nobody has are passed over."""
    actions.choose(request.user, {one.kind: (one.bell, one.mail) for one in wanted})
    return list_notification_choices(request)


@router.post("/{int:notification_id}/read", response=NotificationOut, summary="Mark one as read")
def read_notification(request: Asked, notification_id: Id) -> NotificationOut:
    """Marked again it stays as it is."""
    get_object_or_404(Notification, user=request.user, pk=notification_id)
    return _told(actions.read(request.user, notification_id))


def _told(one: Notification) -> NotificationOut:
    return NotificationOut(
        id=one.pk, kind=one.kind, text=one.message, url=one.url, at=one.at, read_at=one.read_at
    )
