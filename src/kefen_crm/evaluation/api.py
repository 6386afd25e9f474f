"""Studies: whether classifying makes sense, and how good the classification is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.evaluation import actions
from kefen_crm.evaluation.models import Study
from kefen_crm.gateway import say_reason
from kefen_crm.grading.api.runs import Reason, finished
from kefen_crm.grading.api.schemes import NAMED, schemes_named
from kefen_crm.grading.models import Draft, Scheme
from kefen_crm.platform.api.paging import Page, Paged, after, link, split
from kefen_crm.platform.api.problems import unknown
from kefen_crm.platform.api.values import Whole
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Studies"], by_alias=True)

Id = Annotated[int, Path(ge=1, le=2**62, description="The number of a study.")]
Name = Annotated[str, Field(pattern=NAMED, max_length=80)]
Run = Annotated[Whole, Field(ge=1, le=2**62, description="The number of a finished run.")]
Length = Annotated[Literal["1m", "3m", "6m", "12m"], Field(description="A span of time.")]
Kind = Literal[
    "readiness",
    "backtest",
    "scorecard",
    "agreement",
    "sensitivity",
    "churn",
    "experiment",
    "audit",
    "rival",
]


class StudyOut(BaseModel):
    """A question put to the classification, and its answer."""

    id: int
    kind: Kind
    scheme: str | None
    status: Literal["queued", "running", "finished", "failed"]
    asked: dict[str, Any]
    ledger_version: int | None
    reason: Reason | None = Field(description="Why it could not be answered.")
    result: dict[str, Any] | None = Field(description="Figures and words in both languages.")
    created: datetime
    finished: datetime | None
    by: str | None


class StudyPage(Page[StudyOut]):
    pass


class StudyQuery(Paged):
    kind: Kind | None = None


class ReadinessIn(Schema, extra="forbid"):
    attention: Whole = Field(
        150, ge=1, le=100_000, description="Customers one person can care for."
    )


class BacktestIn(Schema, extra="forbid"):
    schemes: list[Name] = Field(min_length=1, max_length=50, examples=[["abc", "rfm"]])
    horizon: Length = "3m"
    periods: Whole = Field(4, ge=1, le=24, description="How many past dates.")
    every: Length = "3m"
    value: Literal["sales", "profit"] = "sales"


class ScorecardIn(Schema, extra="forbid"):
    run: Run
    horizon: Length = "3m"


class AgreementIn(Schema, extra="forbid"):
    before: Run
    after: Run


class ChurnIn(Schema, extra="forbid"):
    horizon: Length = "6m"


class AuditIn(Schema, extra="forbid"):
    draft: Annotated[Whole, Field(ge=1, le=2**62, description="The number of a draft.")]
    hours: dict[Annotated[str, Field(max_length=80)], Annotated[float, Field(ge=0, le=99_999)]] = (
        Field({}, description="By class, the hours a month and customer that it promises.")
    )
    hourly: float = Field(0, ge=0, le=1e8, description="What an hour of work costs.")


class SensitivityIn(Schema, extra="forbid"):
    run: Run


@router.get("", response=StudyPage, summary="List studies")
def list_studies(request: Asked, query: Query[StudyQuery]) -> StudyPage:
    """Studies, newest first, without their answers."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    found = _studies().defer("result").order_by("-pk")
    if query.kind:
        found = found.filter(kind=query.kind)
    if key := after(query.cursor, int):
        found = found.filter(pk__lt=key[0])
    items, more = split(found[: query.limit + 1], query.limit)
    return StudyPage(
        items=[_told(one, whole=False) for one in items],
        next=link(request, [items[-1].pk]) if more else None,
    )


@router.get("/{int:study_id}", response=StudyOut, summary="One study")
def get_study(request: Asked, study_id: Id) -> StudyOut:
    """Status, and the answer when it is finished."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    return _told(get_object_or_404(_studies(), pk=study_id))


@router.post("/readiness", response={202: StudyOut}, summary="Does classifying make sense?")
def ask_readiness(request: Asked, wanted: ReadinessIn, response: HttpResponse) -> Status[StudyOut]:
    """More customers than attention, business that repeats, customers who differ in value."""
    return _ask(request, response, Study.Kind.READINESS, wanted.dict())


@router.post("/backtest", response={202: StudyOut}, summary="Try schemes on the past")
def ask_backtest(request: Asked, wanted: BacktestIn, response: HttpResponse) -> Status[StudyOut]:
    """Fit and assign on past dates with what was known then; see what each class really did."""
    require(request.user, Permit.GRADE)
    schemes_named(wanted.schemes)
    return _ask(request, response, Study.Kind.BACKTEST, wanted.dict())


@router.post("/scorecard", response={202: StudyOut}, summary="Judge a run by four criteria")
def ask_scorecard(request: Asked, wanted: ScorecardIn, response: HttpResponse) -> Status[StudyOut]:
    """Measurable, substantial, reachable, responding differently."""
    require(request.user, Permit.GRADE)
    scheme = finished(wanted.run).scheme
    return _ask(request, response, Study.Kind.SCORECARD, wanted.dict(), scheme)


@router.post("/agreement", response={202: StudyOut}, summary="How far two runs agree")
def ask_agreement(request: Asked, wanted: AgreementIn, response: HttpResponse) -> Status[StudyOut]:
    """Adjusted Rand index and weighted kappa of two finished runs."""
    require(request.user, Permit.GRADE)
    finished(wanted.before)
    finished(wanted.after)
    return _ask(request, response, Study.Kind.AGREEMENT, wanted.dict())


@router.post("/audit", response={202: StudyOut}, summary="Look at a draft before publishing")
def ask_audit(request: Asked, wanted: AuditIn, response: HttpResponse) -> Status[StudyOut]:
    """Who would move by region, owner and age; how classes flap; what the standard costs."""
    require(request.user, Permit.GRADE)
    draft = Draft.objects.select_related("scheme__current").filter(pk=wanted.draft).first()
    if draft is None:
        raise unknown("unknown-draft", str(wanted.draft), "draft")
    hours = {key: str(value) for key, value in wanted.hours.items()}
    study = actions.ask_audit(request.user, draft, hours, str(wanted.hourly))
    response["Location"] = f"/api/v1/studies/{study.pk}"
    return Status(202, _told(study))


@router.post("/sensitivity", response={202: StudyOut}, summary="How much each weight matters")
def ask_sensitivity(
    request: Asked, wanted: SensitivityIn, response: HttpResponse
) -> Status[StudyOut]:
    """How many customers change class when each weight of a weighted run moves."""
    require(request.user, Permit.GRADE)
    scheme = finished(wanted.run).scheme
    return _ask(request, response, Study.Kind.SENSITIVITY, wanted.dict(), scheme)


@router.post("/churn", response={202: StudyOut}, summary="Who may leave, and why")
def ask_churn(request: Asked, wanted: ChurnIn, response: HttpResponse) -> Status[StudyOut]:
    """The customers with the most sales at risk, each with the reasons of the model."""
    return _ask(request, response, Study.Kind.CHURN, wanted.dict())


def _ask(
    request: Asked,
    response: HttpResponse,
    kind: str,
    asked: dict[str, Any],
    scheme: Scheme | None = None,
) -> Status[StudyOut]:
    study = actions.ask(request.user, kind, asked, scheme)
    response["Location"] = f"/api/v1/studies/{study.pk}"
    return Status(202, _told(study))


def _studies() -> Any:
    return Study.objects.select_related("scheme", "by")


def _told(study: Study, *, whole: bool = True) -> StudyOut:
    reason = study.reason
    return StudyOut(
        id=study.pk,
        kind=study.kind,
        scheme=study.scheme.name if study.scheme else None,
        status=study.status,
        asked=study.asked,
        ledger_version=study.ledger_version,
        reason=Reason(code=reason["code"], detail=say_reason(reason)) if reason else None,
        result=(study.answer or None) if whole else None,
        created=study.created,
        finished=study.finished,
        by=study.by.username if study.by else None,
    )
