"""Runs: ask for them, watch them, read who is in which class, compare two."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.gateway import LAPSED, say_reason
from kefen_crm.gateway.filters import UNRATED
from kefen_crm.grading import actions, queries, stages
from kefen_crm.grading.api.schemes import NAMED, schemes_named
from kefen_crm.grading.models import Run
from kefen_crm.platform.api.paging import Page, Paged, after, link, split
from kefen_crm.platform.api.problems import Refused
from kefen_crm.platform.api.values import TOOL, Day
from kefen_crm.team.models import User
from kefen_crm.team.roles import Permit, may, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Runs"], by_alias=True)

CENTS = Decimal("0.01")
Id = Annotated[int, Path(ge=1, le=2**62, description="The number of a run.")]


class Count(BaseModel):
    """One class of a run; null for those without a class. Money as text."""

    class_: str | None = Field(alias="class")
    state: Literal["rated", "lapsed", "unrated"] = Field(
        description="`lapsed` have bought, but not within the window."
    )
    title: str
    customers: int
    value: Decimal
    share_of_customers: float
    share_of_value: float
    last_purchase: date | None = Field(description="Of the lapsed: the latest.")
    past_worth: Decimal | None = Field(description="Of the lapsed: their sales of all time.")


class Progress(BaseModel):
    stage: str = Field(examples=["indicators"])
    text: str = Field(examples=["Reading the facts"])
    share: float = Field(description="How far it is, 0 to 1.")


class Reason(BaseModel):
    code: str
    detail: str


class RunOut(BaseModel):
    """A scheme version on a version of the ledger, as of a day (exclusive)."""

    id: int
    scheme: str = Field(examples=["abc"])
    version: int | None = Field(description="Null for a shadow run of a draft.")
    shadow: bool = Field(description="Whether it only shows what a draft would do.")
    status: Literal["queued", "running", "finished", "failed"]
    as_of: date | None = Field(description="Null until a run as of now has begun.")
    ledger_version: int | None
    progress: Progress | None = Field(description="While queued or running.")
    reason: Reason | None = Field(description="Why it failed.")
    counts: list[Count] | None = Field(
        description="Best class first; null for representatives, who see their own customers only."
    )
    duration: float | None = Field(description="Seconds.")
    created: datetime
    due: datetime | None = Field(
        description="When it begins at the latest, while facts gather; null: when it is its turn."
    )
    finished: datetime | None
    by: str | None


class RunPage(Page[RunOut]):
    pass


class Request(Schema, extra="forbid"):
    """What to run. Schemes asked for together read the facts once."""

    schemes: list[Annotated[str, Field(pattern=NAMED, max_length=80)]] | None = Field(
        None, description="Names; null is every scheme.", min_length=1, max_length=100,
        examples=[["abc", "rfm"]],
    )  # fmt: skip
    as_of: Day | None = Field(
        None,
        description="Facts of this day and later do not count; null is the day after the last.",
    )


class Requested(BaseModel):
    items: list[RunOut]


class RunQuery(Paged):
    scheme: str | None = Field(None, pattern=NAMED, max_length=80)
    status: Literal["queued", "running", "finished", "failed"] | None = None


@router.get("", response=RunPage, summary="List runs", openapi_extra=TOOL)
def list_runs(request: Asked, query: Query[RunQuery]) -> RunPage:
    """Runs, newest first."""
    found = _runs().order_by("-pk")
    if query.scheme:
        found = found.filter(version__scheme__name=query.scheme)
    if query.status:
        found = found.filter(status=query.status)
    if key := after(query.cursor, int):
        found = found.filter(pk__lt=key[0])
    items, more = split(found[: query.limit + 1], query.limit)
    return RunPage(
        items=[run_out(one, request.user) for one in items],
        next=link(request, [items[-1].pk]) if more else None,
    )


@router.post("", response={202: Requested}, summary="Ask for runs")
def request_runs(request: Asked, wanted: Request, response: HttpResponse) -> Status[Requested]:
    """Queue a run of each scheme; ask for the run until its status is `finished` or `failed`.

    A scheme whose run waits already is not queued twice: its run is answered.
    """
    require(request.user, Permit.GRADE)
    schemes = queries.published() if wanted.schemes is None else schemes_named(wanted.schemes)
    runs = actions.request_runs(request.user, schemes, wanted.as_of)
    if len(runs) == 1:
        response["Location"] = f"/api/v1/runs/{runs[0].pk}"
    return Status(202, Requested(items=[run_out(run, request.user) for run in runs]))


@router.get("/{int:run_id}", response=RunOut, summary="One run")
def get_run(request: Asked, run_id: Id) -> RunOut:
    """Status, progress, and counts when it is finished."""
    return run_out(get_object_or_404(_runs(), pk=run_id), request.user)


def finished(run_id: int) -> Run:
    """A run that has classes; 409 while it has none, 404 when there is no such run."""
    found: Run = get_object_or_404(_runs(), pk=run_id)
    if found.status != Run.Status.FINISHED:
        detail = _("This run has no classes: it is %(status)s.") % {
            "status": found.get_status_display()
        }
        raise Refused(409, "run-not-finished", detail)
    return found


def _runs() -> Any:
    return Run.objects.select_related("version__scheme", "by")


def run_out(run: Run, user: User) -> RunOut:
    """A run as `user` may see it."""
    counts = queries.tallies(run) if may(user, Permit.SEE_ALL_CUSTOMERS) else None
    progress = None
    if run.busy:
        stage = str(run.progress.get("stage") or run.status)
        progress = Progress(stage=stage, text=stages.stage_text(run), share=stages.share(run))
    reason = None
    if run.reason:
        reason = Reason(code=run.reason["code"], detail=say_reason(run.reason))
    return RunOut(
        id=run.pk,
        scheme=run.scheme.name,
        version=run.version.number,
        shadow=run.shadow,
        status=run.status,
        as_of=run.as_of,
        ledger_version=run.ledger_version,
        progress=progress,
        reason=reason,
        counts=None if counts is None else [_count(one) for one in counts if run.counts],
        duration=run.duration,
        created=run.created,
        due=run.due,
        finished=run.finished,
        by=run.by.username if run.by else None,
    )


def _count(tally: queries.Tally) -> Count:
    state = {LAPSED: "lapsed", UNRATED: "unrated"}.get(tally.key, "rated")
    key: dict[str, Any] = {"class": tally.key if state == "rated" else None, "state": state}
    return Count(
        **key,
        title=tally.title,
        customers=tally.customers,
        value=tally.value.quantize(CENTS),
        share_of_customers=tally.share_of_customers,
        share_of_value=tally.share_of_value,
        last_purchase=tally.last_purchase,
        past_worth=tally.past_worth,
    )
