"""Drafts of schemes: kept, tried by shadow runs, published or thrown away."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.gateway import KefenError, say
from kefen_crm.grading import actions, queries
from kefen_crm.grading.api.runs import RunOut, run_out
from kefen_crm.grading.api.schemes import EXAMPLE, INSIDE, NAMED, SchemeOut, scheme_out
from kefen_crm.grading.api.versions import ChangeOut, changes_out
from kefen_crm.grading.models import Draft
from kefen_crm.platform.api.handlers import faults_of
from kefen_crm.platform.api.paging import Page, Paged, after, link, split
from kefen_crm.platform.api.problems import Refused
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Drafts"], by_alias=True)

Id = Annotated[int, Path(ge=1, le=2**62, description="The number of a draft.")]


class DraftIn(Schema, extra="forbid"):
    document: dict[str, Any] = Field(examples=[EXAMPLE])
    note: str = Field("", max_length=500)


class DraftOut(BaseModel):
    """A wording that is being worked on."""

    id: int
    scheme: str = Field(examples=["abc"])
    note: str
    base: int | None = Field(description="The version that was in force when it began.")
    overtaken: bool = Field(description="Whether another was published since.")
    document: dict[str, Any]
    by: str | None
    created: datetime
    updated: datetime
    run: int | None = Field(description="Its newest shadow run, perhaps of an earlier state.")


class DraftPage(Page[DraftOut]):
    pass


class DraftQuery(Paged):
    scheme: str | None = Field(None, pattern=NAMED, max_length=80)


class Publishing(Schema, extra="forbid"):
    reason: str = Field(min_length=1, max_length=500, description="Why, for the history.")


@router.get("", response=DraftPage, summary="List drafts")
def list_drafts(request: Asked, query: Query[DraftQuery]) -> DraftPage:
    """What is being worked on, newest first."""
    require(request.user, Permit.GRADE)
    found = _drafts().order_by("-pk")
    if query.scheme:
        found = found.filter(scheme__name=query.scheme)
    if key := after(query.cursor, int):
        found = found.filter(pk__lt=key[0])
    items, more = split(found[: query.limit + 1], query.limit)
    return DraftPage(
        items=[_told(one) for one in items], next=link(request, [items[-1].pk]) if more else None
    )


@router.post("", response={201: DraftOut}, summary="Keep a draft")
def create_draft(request: Asked, wanted: DraftIn, response: HttpResponse) -> Status[DraftOut]:
    """The document's name says whose draft it is; a new name is a scheme to be."""
    draft = _saved(request, wanted, None)
    response["Location"] = f"/api/v1/drafts/{draft.pk}"
    return Status(201, _told(draft))


@router.get("/{int:draft_id}", response=DraftOut, summary="One draft")
def get_draft(request: Asked, draft_id: Id) -> DraftOut:
    """A draft with its document."""
    return _told(_one(request, draft_id))


@router.put("/{int:draft_id}", response=DraftOut, summary="Change a draft")
def change_draft(request: Asked, draft_id: Id, wanted: DraftIn) -> DraftOut:
    """The new state of a draft."""
    return _told(_saved(request, wanted, _one(request, draft_id)))


@router.delete("/{int:draft_id}", response={204: None}, summary="Throw a draft away")
def discard_draft(request: Asked, draft_id: Id) -> Status[None]:
    """The draft and its shadow runs are gone."""
    actions.discard_draft(request.user, _one(request, draft_id))
    return Status(204, None)


@router.get("/{int:draft_id}/differences", response=list[ChangeOut], summary="What a draft changes")
def list_draft_differences(request: Asked, draft_id: Id) -> list[ChangeOut]:
    """Against what the scheme says now; empty for a scheme to be."""
    draft = _one(request, draft_id)
    current = draft.scheme.current
    return changes_out(current.document, draft.document) if current else []


@router.post("/{int:draft_id}/shadow", response={202: RunOut}, summary="Try a draft")
def try_draft(request: Asked, draft_id: Id, response: HttpResponse) -> Status[RunOut]:
    """Queue a run beside the one in force. Nobody's class changes; compare the two by `/runs`."""
    run = actions.shadow(request.user, _one(request, draft_id))
    response["Location"] = f"/api/v1/runs/{run.pk}"
    return Status(202, run_out(run, request.user))


@router.post("/{int:draft_id}/publish", response={201: SchemeOut}, summary="Publish a draft")
def publish_draft(request: Asked, draft_id: Id, wanted: Publishing) -> Status[SchemeOut]:
    """Make a draft what the scheme says; the draft is gone then."""
    draft = _one(request, draft_id)
    return Status(201, scheme_out(actions.publish(request.user, None, wanted.reason, draft)))


def _saved(request: Asked, wanted: DraftIn, draft: Draft | None) -> Draft:
    require(request.user, Permit.GRADE)
    try:
        return actions.save_draft(request.user, wanted.document, wanted.note, draft)
    except KefenError as error:
        raise Refused(422, error.code, say(error), faults_of(error, INSIDE)) from error


def _drafts() -> Any:
    return Draft.objects.select_related("scheme__current", "base", "by")


def _one(request: Asked, pk: int) -> Draft:
    require(request.user, Permit.GRADE)
    found: Draft = get_object_or_404(_drafts(), pk=pk)
    return found


def _told(draft: Draft) -> DraftOut:
    run = queries.shadow_of(draft)
    return DraftOut(
        id=draft.pk,
        scheme=draft.scheme.name,
        note=draft.note,
        base=draft.base.number if draft.base else None,
        overtaken=draft.overtaken,
        document=draft.document,
        by=draft.by.username if draft.by else None,
        created=draft.created,
        updated=draft.updated,
        run=run.pk if run else None,
    )
