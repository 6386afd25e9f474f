"""Reply templates, for programs."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel, StrictBool

from kefen_crm.platform.api.paging import Page, Paged, newest
from kefen_crm.platform.api.values import Id, IdempotencyKey, Version
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked
from kefen_crm.tickets.api_named import ticket_of
from kefen_crm.tickets.permits import SERVE, WRITE_REPLIES
from kefen_crm.tickets.replies import replies
from kefen_crm.tickets.reply_actions import VALUES, save_reply
from kefen_crm.tickets.reply_models import ReplyTemplate

router = Router(tags=["Tickets"])
of_ticket = Router(tags=["Tickets"])

ReplyKind = Literal["", "question", "complaint", "repair", "suggestion", "praise"]
ReplyName = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]+$")]
ReplyText = Annotated[
    str,
    Field(max_length=4_000, pattern=r"^[^\x00]*$", description="With fields such as `{contact}`."),
]
ReplyWords = Annotated[str, Field(max_length=120, pattern=r"^[^\x00]*$")]
ReplyClass = Annotated[str, Field(max_length=80, pattern=r"^[^\x00]*$")]


class ReplyTemplateOut(BaseModel):
    """A text with fields that is offered where a ticket is answered."""

    id: int
    name: str
    body_zh: str
    body_en: str
    kind: ReplyKind = Field(description="Offered for tickets of this kind; empty for all.")
    product: str = Field(description="Offered for tickets of this product; empty for all.")
    class_key: str = Field(description="Offered for this class of the leading scheme.")
    active: bool
    version: int


class ReplyTemplatePage(Page[ReplyTemplateOut]):
    pass


class ReplyTemplateIn(Schema, extra="forbid"):
    name: ReplyName
    body_zh: ReplyText = ""
    body_en: ReplyText = ""
    kind: ReplyKind = ""
    product: ReplyWords = ""
    class_key: ReplyClass = ""
    active: StrictBool = True


class ReplyTemplateChange(Schema, extra="forbid"):
    name: ReplyName | None = None
    body_zh: ReplyText | None = None
    body_en: ReplyText | None = None
    kind: ReplyKind | None = None
    product: ReplyWords | None = None
    class_key: ReplyClass | None = None
    active: StrictBool | None = None
    version: Version = None


class FilledReplyOut(BaseModel):
    """A template filled for a ticket."""

    template: int
    name: str
    language: Literal["zh", "en"]
    text: str
    missing: list[str] = Field(description="Fields without a value, left out of the text.")


@router.get("", response=ReplyTemplatePage, summary="List reply templates")
def list_reply_templates(request: Asked, query: Query[Paged]) -> ReplyTemplatePage:
    """The newest first."""
    items, last = newest(request, ReplyTemplate.objects.all(), query)
    return ReplyTemplatePage(items=[_out(one) for one in items], next=last)


@router.post("", response={201: ReplyTemplateOut}, summary="Write a reply template")
def create_reply_template(
    request: Asked, wanted: ReplyTemplateIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[ReplyTemplateOut]:
    """In one language at least; a field that there is not is refused by its name."""
    made = save_reply(request.user, None, wanted.dict(), key=key)
    response["Location"] = f"/api/v1/reply-templates/{made.pk}"
    return Status(201, _out(made))


@router.get("/{int:reply_id}", response=ReplyTemplateOut, summary="One reply template")
def get_reply_template(request: Asked, reply_id: Id) -> ReplyTemplateOut:  # noqa: ARG001  # every operation has it
    """With its texts."""
    return _out(get_object_or_404(ReplyTemplate, pk=reply_id))


@router.patch("/{int:reply_id}", response=ReplyTemplateOut, summary="Change a reply template")
def change_reply_template(
    request: Asked, reply_id: Id, wanted: ReplyTemplateChange, key: IdempotencyKey = ""
) -> ReplyTemplateOut:
    """One that is not `active` is not offered."""
    require(request.user, WRITE_REPLIES)
    values = wanted.dict(exclude={"version"}, exclude_none=True)
    template = get_object_or_404(ReplyTemplate, pk=reply_id)
    return _out(
        save_reply(request.user, template, values, expected_version=wanted.version, key=key)
    )


@of_ticket.get(
    "/{int:ticket_id}/replies",
    response=list[FilledReplyOut],
    summary="Replies offered for a ticket",
)
def list_ticket_replies(request: Asked, ticket_id: Id) -> list[FilledReplyOut]:
    """The templates for its kind, product and class, filled; to be read before they are sent."""
    require(request.user, SERVE)
    found = replies(request.user, ticket_of(request, ticket_id))
    return [
        FilledReplyOut(
            template=one.template.pk, name=one.template.name, language=one.language,
            text=one.text, missing=list(one.missing),
        )
        for one in found
    ]  # fmt: skip


def _out(one: ReplyTemplate) -> ReplyTemplateOut:
    return ReplyTemplateOut(
        id=one.pk, version=one.version, **{name: getattr(one, name) for name in VALUES}
    )
