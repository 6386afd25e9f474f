"""Writes that wait or are done: what became of what a program sent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.shortcuts import get_object_or_404
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from kefen_crm.facts.answers import said
from kefen_crm.facts.api.batches import Landed
from kefen_crm.facts.models import FactWrite
from kefen_crm.platform.api.paging import Page, Paged, after, link, split
from kefen_crm.platform.api.problems import Problem
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Facts"])

Status = Literal["queued", "landed", "refused"]
WriteId = Annotated[int, Path(ge=1, le=2**62, description="The number of a write.")]


class Write(BaseModel):
    """Facts that a program sent. `landed` or `problem` say how it ended; both null until then."""

    id: int
    status: Status
    action: Literal["send", "remove", "cancel"]
    kind: str = Field(examples=["orders"])
    source: str = Field(description="The name for the history; of one fact its number.")
    created: datetime
    finished: datetime | None
    landed: Landed | None
    problem: Problem | None


class WritePage(Page[Write]):
    pass


class WriteQuery(Paged):
    status: Status | None = None


@router.get("", response=WritePage, summary="List writes")
def list_writes(request: Asked, query: Query[WriteQuery]) -> WritePage:
    """Writes of programs in the last seven days, newest first."""
    require(request.user, Permit.IMPORT)
    found = FactWrite.objects.defer("body").order_by("-pk")
    if query.status:
        found = found.filter(status=query.status)
    if key := after(query.cursor, int):
        found = found.filter(pk__lt=key[0])
    items, more = split(list(found[: query.limit + 1]), query.limit)
    return WritePage(
        items=[write_out(one) for one in items],
        next=link(request, [items[-1].pk]) if more else None,
    )


@router.get("/{int:write_id}", response=Write, summary="One write")
def get_write(request: Asked, write_id: WriteId) -> Write:
    """Whether a write waits, has landed or was refused; known for seven days."""
    require(request.user, Permit.IMPORT)
    return write_out(get_object_or_404(FactWrite.objects.defer("body"), pk=write_id))


def write_out(write: FactWrite) -> Write:
    """A write as the API tells it."""
    answer = said(write)
    plain = ("status", "action", "kind", "source", "created", "finished")
    return Write(
        id=write.pk,
        **{name: getattr(write, name) for name in plain},
        landed=answer if write.status == FactWrite.Status.LANDED else None,
        problem=answer if write.status == FactWrite.Status.REFUSED else None,
    )
