"""What happened, for programs: changes with who made them, the newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Query, Router
from pydantic import BaseModel

from kefen_crm.audit.plugin import SEE_AUDIT
from kefen_crm.audit.queries import visible_events
from kefen_crm.platform.api.paging import Page, Paged, after, link, split
from kefen_crm.platform.api.problems import Fault, Refused, pointer
from kefen_crm.platform.api.values import TOOL
from kefen_crm.platform.models import Event
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Events"], by_alias=True)


class EventsQuery(Paged):
    customer: str | None = Field(None, max_length=200, description="Of one customer, by code.")
    verb: str | None = Field(None, max_length=80, description="Of one verb.")


class EventOut(BaseModel):
    """A change: `before` and `after` hold the fields that changed."""

    id: UUID
    at: datetime
    by: int | None = Field(description="The number of the user; null for Kefen itself.")
    via: Literal["", "assistant"] = Field(description="By what means; empty: site or API.")
    verb: str = Field(examples=["override.set"])
    customer: str | None = Field(examples=["C0001"])
    object: str = Field(examples=["grading.override"], description="What sort of thing changed.")
    object_id: str = Field(examples=["17"])
    version: int | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str


@router.get("", response=Page[EventOut], summary="Changes, the newest first", openapi_extra=TOOL)
def list_events(request: Asked, asked: Query[EventsQuery]) -> dict[str, Any]:
    """Changes that somebody made, of customers whom the asker may see, and of no customer."""
    require(request.user, SEE_AUDIT)
    events = visible_events(request.user)
    if asked.customer is not None:
        events = events.filter(customer__code=asked.customer)
    if asked.verb is not None:
        events = events.filter(verb=asked.verb)
    if place := after(asked.cursor, str):
        events = events.filter(id__lt=_read(place[0]))
    shown, more = split(list(events[: asked.limit + 1]), asked.limit)
    following = link(request, [str(shown[-1].pk)]) if more else None
    return {"items": [_out(one) for one in shown], "next": following}


def _read(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        fault = Fault(
            code="bad-cursor", detail=str(error), part="query", pointer=pointer(["cursor"])
        )
        raise Refused(422, "bad-cursor", str(error), [fault]) from error


def _out(event: Event) -> dict[str, Any]:
    return {
        "id": event.pk,
        "at": event.at,
        "by": event.actor_id,
        "via": event.via,
        "verb": event.verb,
        "customer": event.customer.code if event.customer else None,
        "object": event.object_type,
        "object_id": event.object_id,
        "version": event.version,
        "before": event.before,
        "after": event.after,
        "reason": event.reason,
    }
