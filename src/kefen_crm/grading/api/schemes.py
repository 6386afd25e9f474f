"""Schemes: what they say, checking a document, publishing a version."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.gateway import KefenError, documents, say
from kefen_crm.grading import actions, queries
from kefen_crm.grading.models import Scheme
from kefen_crm.platform.api.handlers import faults_of
from kefen_crm.platform.api.paging import Page, Paged, after, link, split
from kefen_crm.platform.api.problems import Fault, Refused, pointer
from kefen_crm.platform.api.values import TOOL
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

router = Router(tags=["Schemes"], by_alias=True)

INSIDE = "/document"
EXAMPLE = {
    "name": "by-sales",
    "title": {"zh": "按销售额", "en": "By sales"},
    "method": "threshold",
    "indicator": "sales",
    "classes": [
        {"key": "big", "title": {"zh": "大客户", "en": "Big"}, "at_least": 5000},
        {"key": "small", "title": {"zh": "小客户", "en": "Small"}},
    ],
}


class ClassOut(BaseModel):
    key: str = Field(examples=["A"])
    title: str = Field(examples=["Class A"])


class SchemeOut(BaseModel):
    """A scheme in its current version; classes best first, titles in the language asked for."""

    name: str = Field(examples=["abc"])
    title: str
    version: int
    method: str = Field(examples=["share"])
    classes: list[ClassOut]
    document: dict[str, Any]
    digest: str = Field(description="Hash of the content; the same content has the same.")
    published_at: datetime
    published_by: str | None
    reason: str


NAMED = r"^[a-z0-9][a-z0-9_-]*$"
Name = Annotated[str, Path(pattern=NAMED, max_length=80)]


class SchemePage(Page[SchemeOut]):
    pass


class Draft(Schema, extra="forbid"):
    document: dict[str, Any] = Field(examples=[EXAMPLE])


class Publication(Draft):
    reason: str = Field(
        "", max_length=500, description="Why, for the history; needed unless nothing changes."
    )


class Verdict(BaseModel):
    valid: bool
    errors: list[Fault]


@router.get("", response=SchemePage, summary="List schemes", openapi_extra=TOOL)
def list_schemes(request: Asked, query: Query[Paged]) -> SchemePage:
    """Every published scheme, by name."""
    found = _published().order_by("name")
    if key := after(query.cursor, str):
        found = found.filter(name__gt=key[0])
    items, more = split(found[: query.limit + 1], query.limit)
    return SchemePage(
        items=[scheme_out(one) for one in items],
        next=link(request, [items[-1].name]) if more else None,
    )


@router.post("/check", response=Verdict, summary="Check a scheme document")
def check_scheme(request: Asked, draft: Draft) -> Verdict:  # noqa: ARG001  # Ninja's
    """Every fault of a document at once, each with its place and what would be right."""
    found = KefenError("scheme-faulty")
    found.faults = documents.faults(draft.document)  # type: ignore[attr-defined]
    faults = faults_of(found, INSIDE)
    return Verdict(valid=not faults, errors=faults)


@router.get("/{name}", response=SchemeOut, summary="One scheme")
def get_scheme(request: Asked, name: Name) -> SchemeOut:  # noqa: ARG001  # Ninja's
    """A scheme with its document."""
    return scheme_out(get_object_or_404(_published(), name=name))


@router.post("", response={200: SchemeOut, 201: SchemeOut}, summary="Publish a version of a scheme")
def publish_scheme(
    request: Asked, publication: Publication, response: HttpResponse
) -> Status[SchemeOut]:
    """Make a document the current version of its scheme; a new name makes a new scheme.

    The same content again answers 200 and changes nothing.
    """
    require(request.user, Permit.GRADE)
    before = _versions(publication.document.get("name"))
    try:
        scheme = actions.publish(request.user, publication.document, publication.reason)
    except KefenError as error:
        raise Refused(422, error.code, say(error), faults_of(error, INSIDE)) from error
    response["Location"] = f"/api/v1/schemes/{scheme.name}"
    told = scheme_out(_published().get(pk=scheme.pk))
    return Status(201 if told.version > before else 200, told)


def _published() -> Any:
    return Scheme.objects.select_related("current__by").exclude(current=None)


def _versions(name: object) -> int:
    known = _published().filter(name=name).first() if isinstance(name, str) else None
    return known.current.number if known else 0


def scheme_out(scheme: Scheme) -> SchemeOut:
    """A scheme with what it says now."""
    version = scheme.current
    assert version is not None
    assert version.published_at is not None
    return SchemeOut(
        name=scheme.name,
        title=version.title,
        version=version.number or 0,
        method=version.method,
        classes=[ClassOut(key=one.key, title=one.title) for one in version.classes],
        document=version.document,
        digest=version.digest,
        published_at=version.published_at,
        published_by=version.by.username if version.by else None,
        reason=version.reason,
    )


def schemes_named(names: Sequence[str]) -> QuerySet[Scheme]:
    """The published schemes of these names, the field `schemes` of a body; 422 for any other."""
    found = queries.published().filter(name__in=names)
    known = {scheme.name for scheme in found}
    faults = [
        Fault(
            code="unknown-scheme",
            detail=_("There is no scheme %(name)s.") % {"name": name},
            part="body",
            pointer=pointer(["schemes", place]),
        )
        for place, name in enumerate(names)
        if name not in known
    ]
    if faults:
        raise Refused(422, "unknown-scheme", faults[0].detail, faults)
    return found
