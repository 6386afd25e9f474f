"""What schemes said before, what is different between two wordings, rolling back, the clock."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel, StrictBool

from kefen_crm.gateway.documents import differences
from kefen_crm.grading import actions, queries
from kefen_crm.grading.api.schemes import Name, SchemeOut, scheme_out
from kefen_crm.grading.due_dates import next_due
from kefen_crm.grading.models import Schedule, Scheme, SchemeVersion
from kefen_crm.platform.api.paging import Known
from kefen_crm.platform.api.problems import Fault, Refused, pointer
from kefen_crm.platform.api.values import Whole
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Schemes"], by_alias=True)

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="The number of a version.")]
Rhythm = Literal["never", "daily", "weekly", "monthly"]


class VersionOut(BaseModel):
    """One published wording of a scheme."""

    number: int
    in_force: bool = Field(description="Whether the scheme says this now.")
    reason: str
    published_at: datetime
    published_by: str | None
    restores: int | None = Field(description="The version whose content was taken up again.")
    digest: str
    document: dict[str, Any]


class ChangeOut(BaseModel):
    """One step from one wording to another: a code with its data, and the same in words."""

    code: str = Field(examples=["change-weight"])
    data: dict[str, Any]
    text: str = Field(examples=["Weight of Sales: 30 → 40"])


class Back(Schema, extra="forbid"):
    version: Whole = Field(ge=1, le=2**31 - 1)
    reason: str = Field(min_length=1, max_length=500, description="Why, for the history.")


class ScheduleIn(Schema, extra="forbid"):
    """When a scheme is run by itself, in the business time zone."""

    rhythm: Rhythm
    hour: Whole = Field(2, ge=0, le=23)
    weekday: Whole = Field(0, ge=0, le=6, description="Of a weekly one; Monday is 0.")
    day: Whole = Field(1, ge=1, le=31, description="Of a monthly one; else the month's last day.")
    on_import: StrictBool = Field(True, description="Whether imports set it off too.")


class ScheduleOut(BaseModel):
    rhythm: Rhythm
    hour: int
    weekday: int
    day: int
    on_import: bool
    next: datetime | None = Field(description="When it falls due next.")


class FreshnessOut(BaseModel):
    """Of what day and facts the classes of a scheme are; null before the first run."""

    as_of: date | None
    ledger_version: int | None
    stale: bool
    reasons: list[str]


class Between(Known):
    from_: int = Field(alias="from", ge=1, le=2**31 - 1, description="A version.")
    to: int | None = Field(None, ge=1, le=2**31 - 1, description="By default the one in force.")


@router.get("/{name}/versions", response=list[VersionOut], summary="Versions of a scheme")
def list_versions(request: Asked, name: Name) -> list[VersionOut]:  # noqa: ARG001  # Ninja's
    """Everything it ever said, newest first."""
    scheme = _scheme(name)
    return [_told(one, scheme) for one in queries.versions(scheme)]


@router.get("/{name}/versions/{int:number}", response=VersionOut, summary="One version")
def get_version(request: Asked, name: Name, number: Number) -> VersionOut:  # noqa: ARG001
    """What a scheme said."""
    scheme = _scheme(name)
    return _told(get_object_or_404(queries.versions(scheme), number=number), scheme)


@router.get("/{name}/differences", response=list[ChangeOut], summary="What two versions differ in")
def list_differences(
    request: Asked,  # noqa: ARG001  # Ninja's
    name: Name,
    query: Query[Between],
) -> list[ChangeOut]:
    """From one version to another, in words; empty when they say the same."""
    scheme = _scheme(name)
    assert scheme.current is not None
    before = _version(scheme, query.from_, "query", "from")
    after = _version(scheme, query.to, "query", "to") if query.to else scheme.current
    return changes_out(before.document, after.document)


@router.post("/{name}/roll-back", response={201: SchemeOut}, summary="Roll a scheme back")
def roll_back(request: Asked, name: Name, wanted: Back) -> Status[SchemeOut]:
    """Publish what an earlier version said as a new version."""
    require(request.user, Permit.GRADE)
    scheme = _scheme(name)
    version = _version(scheme, wanted.version, "body", "version")
    return Status(201, scheme_out(actions.roll_back(request.user, scheme, version, wanted.reason)))


@router.get("/{name}/schedule", response=ScheduleOut, summary="When a scheme is run by itself")
def get_schedule(request: Asked, name: Name) -> ScheduleOut:  # noqa: ARG001  # Ninja's
    """Its rhythm, and when it falls due next."""
    scheme = _scheme(name)
    return _schedule_told(scheme.appointed or Schedule(scheme=scheme))


@router.put("/{name}/schedule", response=ScheduleOut, summary="Set when a scheme is run by itself")
def set_schedule(request: Asked, name: Name, wanted: ScheduleIn) -> ScheduleOut:
    """What was missed while Kefen was down is made up for once."""
    require(request.user, Permit.GRADE)
    now = timezone.now()
    return _schedule_told(
        actions.set_schedule(request.user, _scheme(name), now, **wanted.model_dump())
    )


@router.get("/{name}/freshness", response=FreshnessOut | None, summary="How fresh classes are")
def get_freshness(request: Asked, name: Name) -> FreshnessOut | None:  # noqa: ARG001  # Ninja's
    """Whether newer facts, a newer version or a missed run make the classes out of date."""
    found = queries.freshness_of([_scheme(name)])
    if not found:
        return None
    one = found[0]
    return FreshnessOut(
        as_of=one.as_of, ledger_version=one.facts, stale=one.stale, reasons=one.reasons
    )


def changes_out(before: dict[str, Any], after: dict[str, Any]) -> list[ChangeOut]:
    """What two documents differ in."""
    found = differences(before, after)
    return [ChangeOut(code=one.code, data=one.data, text=one.text) for one in found]


def _scheme(name: str) -> Scheme:
    found: Scheme = get_object_or_404(queries.published(), name=name)
    return found


def _version(
    scheme: Scheme, number: int, part: Literal["body", "query"], place: str
) -> SchemeVersion:
    found = queries.versions(scheme).filter(number=number).first()
    if found is None:
        detail = _("There is no version %(number)s.") % {"number": number}
        fault = Fault(code="unknown-version", detail=detail, part=part, pointer=pointer([place]))
        raise Refused(422, "unknown-version", detail, [fault])
    return found


def _told(version: SchemeVersion, scheme: Scheme) -> VersionOut:
    assert version.number is not None
    assert version.published_at is not None
    return VersionOut(
        number=version.number,
        in_force=version.pk == scheme.current_id,
        reason=version.reason,
        published_at=version.published_at,
        published_by=version.by.username if version.by else None,
        restores=version.restores.number if version.restores else None,
        digest=version.digest,
        document=version.document,
    )


def _schedule_told(schedule: Schedule) -> ScheduleOut:
    names = ("rhythm", "hour", "weekday", "day", "on_import")
    due = next_due(schedule, timezone.now())
    return ScheduleOut(**{name: getattr(schedule, name) for name in names}, next=due)
