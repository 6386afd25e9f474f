"""Batches: what was imported when, by whom, what was refused; and taking one back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from ninja import Field, Path, Query, Router
from pydantic import BaseModel

from kefen_crm.facts import actions
from kefen_crm.gateway import facts, say_reason
from kefen_crm.platform.api.paging import Page, Paged, after, link, split
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Facts"])


class Rejection(BaseModel):
    """A row that was refused, as it stood."""

    line: int = Field(description="Row of the JSON, counted from 1; line of the CSV.")
    column: str | None = Field(examples=["amount"])
    heading: str | None = Field(description="The name the body gave the column.")
    value: str | None = Field(examples=["12o"])
    code: str = Field(examples=["not-money"])
    detail: str = Field(examples=["Line 3: 12o is not an amount of money."])
    row: dict[str, str | None]


class Batch(BaseModel):
    """One import. `rows` = added + replaced + unchanged + repeated."""

    id: str = Field(examples=["b12x4fa09c"])
    version: int = Field(description="The version of the ledger it made.")
    kind: str = Field(examples=["orders"])
    source: str = Field(examples=["erp-orders"])
    status: str = Field(description="`committed` or `undone`.", examples=["committed"])
    rows: int
    added: int
    replaced: int
    unchanged: int
    repeated: int
    rejected: int
    created_customers: int
    removed: int = Field(description="Facts that were taken out by their number.")
    at: datetime
    by: str | None
    note: str
    notices: list[str]
    already: bool = Field(
        description="The same was imported before, and the ledger holds it: nothing was written."
    )


class Undone(Batch):
    runs: list[int] = Field(description="Runs that were queued to grade everyone again.")


class Landed(Batch):
    """The batch, the first of its rejected rows, and what follows from it."""

    rejections: list[Rejection] = Field(description="At most 100; see the batch for all.")
    ignored: list[str] = Field(description="Fields that this kind of fact does not have.")
    runs: list[int] = Field(description="Runs that were queued to grade everyone again.")


class BatchPage(Page[Batch]):
    pass


class RejectionPage(Page[Rejection]):
    pass


BatchId = Annotated[str, Path(max_length=64, pattern=r"^[\w-]+$")]


@router.get("", response=BatchPage, summary="List batches")
def list_batches(request: Asked, query: Query[Paged]) -> BatchPage:
    """Every import into the ledger, newest first, whether by API, site or shell."""
    require(request.user, Permit.IMPORT)
    found = facts.batches()
    if key := after(query.cursor, int):
        found = [one for one in found if one.version < key[0]]
    items, more = split(found, query.limit)
    return BatchPage(
        items=[batch_out(one) for one in items],
        next=link(request, [items[-1].version]) if more else None,
    )


@router.get("/{batch_id}", response=Batch, summary="One batch")
def get_batch(request: Asked, batch_id: BatchId) -> Batch:
    """One import with its counts."""
    require(request.user, Permit.IMPORT)
    return batch_out(facts.batch(batch_id))


@router.get("/{batch_id}/rejections", response=RejectionPage, summary="Rejected rows of a batch")
def list_rejections(request: Asked, batch_id: BatchId, query: Query[Paged]) -> RejectionPage:
    """The rows that were refused, by line, each with its reason."""
    require(request.user, Permit.IMPORT)
    key = after(query.cursor, int)
    start = max(key[0] if key else 0, 0)
    items, more = split(facts.rejections(batch_id, start, query.limit + 1), query.limit)
    return RejectionPage(
        items=[rejection(one) for one in items],
        next=link(request, [start + query.limit]) if more else None,
    )


@router.delete("/{batch_id}", response=Undone, summary="Take a batch back")
def undo_batch(request: Asked, batch_id: BatchId) -> Undone:
    """Undo an import as if it had never come; later ones stay. Everyone is graded again."""
    undone, runs = actions.undo_batch(request.user, batch_id)
    return Undone(**counts(undone), runs=[run.pk for run in runs])


def counts(batch: Any) -> dict[str, Any]:
    """The fields of a batch of the ledger."""
    plain = set(Batch.model_fields) - {"notices"}
    notices = [say_reason({"code": one.code, "data": one.data}) for one in batch.notices]
    return {name: getattr(batch, name) for name in plain} | {"notices": notices}


def batch_out(batch: Any) -> Batch:
    """A batch of the ledger."""
    return Batch(**counts(batch))


def rejection(entry: Any) -> Rejection:
    """A refused row with its reasons in words."""
    faults = [entry, *entry.also]
    detail = " ".join(say_reason({"code": one.code, "data": one.data}) for one in faults)
    plain = set(Rejection.model_fields) - {"detail"}
    return Rejection(**{name: getattr(entry, name) for name in plain}, detail=detail)
