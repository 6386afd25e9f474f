"""Outreach for programs: templates, messages and what became of them, suppressed addresses."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Literal

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel, StrictBool

from kefen_crm.customers.api_named import customer_of
from kefen_crm.customers.queries import visible_to
from kefen_crm.outreach import actions, queries, reaching, sending
from kefen_crm.outreach.models import Message, Suppression, Template
from kefen_crm.outreach.permits import SET_OUTREACH, WRITE_TO
from kefen_crm.outreach.wording import values_of, written
from kefen_crm.platform.api.paging import Known, OfCustomer, Page, Paged, newest
from kefen_crm.platform.api.values import (
    READING_TOOL,
    TOOL,
    Clock,
    Code,
    Id,
    IdempotencyKey,
    Long,
    Reason,
    Short,
    Version,
    Whole,
)
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Outreach"])
QUIET = ("quiet_from", "quiet_until")

ChannelName = Literal["email", "sms", "group", "hand"]
StateName = Literal[
    "queued", "sending", "sent", "delivered", "bounced", "failed", "unknown", "stopped"
]
Language = Literal["zh", "en"]
Values = Annotated[dict[Literal["occasion", "product", "coupon"], Short], Field(default={})]


class OutreachPolicyOut(BaseModel):
    """When and how often customers may be written to."""

    quiet_from: Clock
    quiet_until: Clock
    per_week: int = Field(description="Messages of marketing to one address; 0 for no limit.")
    needs_consent: bool = Field(description="Whether marketing reaches only who agreed.")
    version: int


class OutreachPolicyIn(Schema, extra="forbid"):
    quiet_from: Clock | None = None
    quiet_until: Clock | None = None
    per_week: Annotated[Whole, Field(ge=0, le=50)] | None = None
    needs_consent: StrictBool | None = None
    version: Version = None


class ReachedOf(Known):
    customer: Code
    template: int = Field(ge=1, le=2**62)


class ReachedOut(BaseModel):
    """Where a message would go, or why nowhere."""

    to: str
    address: str
    why: str = Field(description="Such as `no-consent`; empty where it would go.")


class TemplateOut(BaseModel):
    """A message with fields, as it is in force."""

    id: int
    name: str
    channel: ChannelName
    purpose: Literal["marketing", "service"]
    active: bool
    version: int
    subject_zh: str
    body_zh: str
    subject_en: str
    body_en: str
    provider_code: str


class TemplateIn(Schema, extra="forbid"):
    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
    channel: ChannelName
    purpose: Literal["marketing", "service"] = "marketing"
    subject_zh: Short = ""
    body_zh: Long = ""
    subject_en: Short = ""
    body_en: Long = ""
    provider_code: Annotated[str, Field(max_length=80, pattern=r"^[^\x00]*$")] = ""


class TemplateChange(Schema, extra="forbid"):
    """What is left out stays."""

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")] | None = None
    purpose: Literal["marketing", "service"] | None = None
    active: StrictBool | None = None
    subject_zh: Short | None = None
    body_zh: Long | None = None
    subject_en: Short | None = None
    body_en: Long | None = None
    provider_code: Annotated[str, Field(max_length=80, pattern=r"^[^\x00]*$")] | None = None
    version: Version = None


class PreviewIn(Schema, extra="forbid"):
    customer: Code
    language: Language = "zh"
    values: Values


class TemplatePreviewOut(BaseModel):
    """A template as a customer would read it."""

    subject: str
    body: str
    missing: list[str] = Field(description="Fields without a value: then nothing is sent.")
    to: str | None = Field(description="Who is written to; null where the customer is not reached.")
    why_not: str | None = Field(description="Why the customer is not reached.")


class OutreachMessageIn(Schema, extra="forbid"):
    template: Annotated[int, Field(ge=1, le=2**62)]
    customer: Code
    language: Language = "zh"
    values: Values


class OutreachMessageOut(BaseModel):
    """A message to a customer, and what became of it."""

    id: int
    customer: str = Field(examples=["C0001"])
    channel: ChannelName
    template: int
    template_version: int
    to: str
    subject: str
    body: str
    state: StateName
    why: str = Field(description="Why it did not arrive, or was not sent.")
    provider_id: str
    due: datetime
    created: datetime
    version: int


class OutreachMessagePage(Page[OutreachMessageOut]):
    pass


class MessageQuery(OfCustomer):
    state: StateName | None = None
    channel: ChannelName | None = None


class MessageSettleIn(Schema, extra="forbid"):
    state: Literal["sent", "queued", "stopped"]
    version: Version = None


class MessageReportIn(Schema, extra="forbid"):
    """What a provider reports; the message by its number here or there."""

    provider_id: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
    state: Literal["delivered", "bounced", "failed"]
    why: Short = ""


class SuppressionOut(BaseModel):
    """An address that nothing is sent to."""

    id: int
    channel: ChannelName
    address: str
    why: Literal["unsubscribed", "bounced", "asked"]
    customer: str | None
    at: datetime


class SuppressionPage(Page[SuppressionOut]):
    pass


class SuppressionIn(Schema, extra="forbid"):
    channel: Literal["email", "sms"]
    address: Annotated[str, Field(min_length=1, max_length=254, pattern=r"^[^\x00]*$")]


class LiftIn(Schema, extra="forbid"):
    reason: Reason


@router.get("/templates", response=list[TemplateOut], summary="List templates", openapi_extra=TOOL)
def list_message_templates(request: Asked) -> list[TemplateOut]:
    """With the words in force."""
    require(request.user, WRITE_TO)
    return [_template(one) for one in Template.objects.all()]


@router.post("/templates", response={201: TemplateOut}, summary="Write a template")
def create_message_template(
    request: Asked, wanted: TemplateIn, key: IdempotencyKey = ""
) -> Status[TemplateOut]:
    """Fields that there are not are refused by name."""
    made = actions.save_template(request.user, None, wanted.model_dump(), key=key)
    return Status(201, _template(made))


@router.patch("/templates/{int:template_id}", response=TemplateOut, summary="Change a template")
def change_message_template(
    request: Asked, template_id: Id, wanted: TemplateChange, key: IdempotencyKey = ""
) -> TemplateOut:
    """Other words are a new version; what was sent keeps the words that it had."""
    require(request.user, SET_OUTREACH)
    found = get_object_or_404(Template, pk=template_id)
    values = wanted.model_dump(exclude={"version"}, exclude_none=True)
    return _template(
        actions.save_template(request.user, found, values, expected_version=wanted.version, key=key)
    )


@router.post(
    "/templates/{int:template_id}/preview",
    response=TemplatePreviewOut,
    summary="Preview a template",
    openapi_extra=READING_TOOL,
)
def preview_message_template(
    request: Asked, template_id: Id, wanted: PreviewIn
) -> TemplatePreviewOut:
    """For one customer; nothing is sent."""
    require(request.user, WRITE_TO)
    found = get_object_or_404(Template, pk=template_id)
    one = customer_of(request, wanted.customer)
    whom = reaching.reached([one.pk], found.channel, found.purpose, timezone.now())
    to, refused = whom.recipients.get(one.pk), whom.refused.get(one.pk)
    extra = {str(name): value for name, value in wanted.values.items()}
    contacts = {one.pk: to.contact if to else None}
    values = values_of([one], contacts, {one.pk: extra}, language=wanted.language)
    text = written(found.words, wanted.language, values[one.pk])
    return TemplatePreviewOut(
        subject=text.subject,
        body=text.body,
        missing=list(text.missing),
        to=to.name if to else None,
        why_not=refused.value if refused else None,
    )


@router.get("/messages", response=OutreachMessagePage, summary="List messages", openapi_extra=TOOL)
def list_messages(request: Asked, query: Query[MessageQuery]) -> OutreachMessagePage:
    """To customers you may see, the newest first."""
    require(request.user, WRITE_TO)
    found = queries.messages_for(request.user)
    if query.customer:
        found = found.filter(customer__code=query.customer)
    if query.state:
        found = found.filter(state=query.state)
    if query.channel:
        found = found.filter(channel=query.channel)
    items, last = newest(request, found, query)
    return OutreachMessagePage(items=[_message(one) for one in items], next=last)


@router.post(
    "/messages",
    response={201: OutreachMessageOut},
    summary="Write to a customer",
    openapi_extra=TOOL,
)
def send_message(
    request: Asked, wanted: OutreachMessageIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[OutreachMessageOut]:
    """It is sent as soon as it may; refused with the reason where the customer is not reached."""
    require(request.user, WRITE_TO)
    template = get_object_or_404(Template, pk=wanted.template)
    made = actions.write(
        request.user,
        template,
        customer_of(request, wanted.customer),
        language=wanted.language,
        extra={str(name): value for name, value in wanted.values.items()},
        key=key,
    )
    response["Location"] = f"/api/v1/outreach/messages/{made.pk}"
    return Status(201, _message(made))


@router.get("/messages/{int:message_id}", response=OutreachMessageOut, summary="One message")
def get_message(request: Asked, message_id: Id) -> OutreachMessageOut:
    """As it is now."""
    require(request.user, WRITE_TO)
    return _message(get_object_or_404(queries.messages_for(request.user), pk=message_id))


@router.post(
    "/messages/{int:message_id}/settle",
    response=OutreachMessageOut,
    summary="Say what became of a message",
)
def settle_message(
    request: Asked, message_id: Id, wanted: MessageSettleIn, key: IdempotencyKey = ""
) -> OutreachMessageOut:
    """Of one that goes by hand, or that nobody knows of: it went, goes again, or is not to go."""
    require(request.user, WRITE_TO)
    found = get_object_or_404(queries.messages_for(request.user), pk=message_id)
    return _message(
        actions.settle(request.user, found, wanted.state, expected_version=wanted.version, key=key)
    )


@router.post("/reports", response=OutreachMessageOut, summary="Report what became of a message")
def report_message(request: Asked, wanted: MessageReportIn) -> OutreachMessageOut:
    """By the provider's number of it. What came back shuts the address; twice is as once."""
    require(request.user, SET_OUTREACH)
    known = Message.objects.select_related("customer", "wording__template")
    found = known.filter(provider_id=wanted.provider_id).order_by("-pk").first()
    if found is None:
        raise Http404
    return _message(sending.report(found, wanted.state, wanted.why))


@router.get("/policy", response=OutreachPolicyOut, summary="When and how often")
def get_outreach_policy(request: Asked) -> OutreachPolicyOut:
    """Quiet hours in the company's zone, limits, and whether marketing needs consent."""
    require(request.user, SET_OUTREACH)
    return _policy()


@router.put("/policy", response=OutreachPolicyOut, summary="Set when and how often")
def set_outreach_policy(request: Asked, wanted: OutreachPolicyIn) -> OutreachPolicyOut:
    """For whatever is sent from now on."""
    values = wanted.model_dump(exclude={"version"}, exclude_none=True)
    values |= {one: time.fromisoformat(values[one]) for one in QUIET if one in values}
    actions.set_policy(request.user, values, expected_version=wanted.version)
    return _policy()


@router.get("/reached", response=ReachedOut, summary="Whom a message would reach")
def get_reached(request: Asked, query: Query[ReachedOf]) -> ReachedOut:
    """Where one customer would be reached by a template now, or why not."""
    require(request.user, WRITE_TO)
    customer = get_object_or_404(visible_to(request.user), code=query.customer)
    template = get_object_or_404(Template, pk=query.template)
    found = reaching.reached([customer.pk], template.channel, template.purpose, timezone.now())
    to = found.recipients.get(customer.pk)
    return ReachedOut(
        to=to.name if to else "",
        address=to.address if to else "",
        why=str(found.refused.get(customer.pk, "")),
    )


def _policy() -> OutreachPolicyOut:
    found = reaching.policy()
    return OutreachPolicyOut(
        quiet_from=f"{found.quiet_from:%H:%M}",
        quiet_until=f"{found.quiet_until:%H:%M}",
        per_week=found.per_week,
        needs_consent=found.needs_consent,
        version=found.version,
    )


@router.get("/suppressions", response=SuppressionPage, summary="List suppressed addresses")
def list_suppressions(request: Asked, query: Query[Paged]) -> SuppressionPage:
    """Of customers you may see, the newest first."""
    require(request.user, WRITE_TO)
    found = queries.suppressions_for(request.user).select_related("customer")
    items, last = newest(request, found, query)
    return SuppressionPage(items=[_suppression(one) for one in items], next=last)


@router.post("/suppressions", response={201: SuppressionOut}, summary="Suppress an address")
def add_suppression(
    request: Asked, wanted: SuppressionIn, key: IdempotencyKey = ""
) -> Status[SuppressionOut]:
    """Nothing is sent to it any more, whosever it is."""
    made = actions.suppress(request.user, wanted.channel, wanted.address, key=key)
    return Status(201, _suppression(made))


@router.post(
    "/suppressions/{int:suppression_id}/lift",
    response={204: None},
    summary="Lift a suppression",
)
def lift_suppression(request: Asked, suppression_id: Id, wanted: LiftIn) -> Status[None]:
    """With the reason, such as that the customer asked for it."""
    require(request.user, SET_OUTREACH)
    found = get_object_or_404(Suppression, pk=suppression_id)
    actions.lift(request.user, found, reason=wanted.reason)
    return Status(204, None)


def _template(one: Template) -> TemplateOut:
    words = one.words
    return TemplateOut(
        id=one.pk,
        name=one.name,
        channel=one.channel,
        purpose=one.purpose,
        active=one.active,
        version=one.version,
        subject_zh=words.subject_zh,
        body_zh=words.body_zh,
        subject_en=words.subject_en,
        body_en=words.body_en,
        provider_code=words.provider_code,
    )


def _message(one: Message) -> OutreachMessageOut:
    return OutreachMessageOut(
        id=one.pk,
        customer=one.customer.code,
        channel=one.channel,
        template=one.wording.template_id,
        template_version=one.wording.number,
        to=one.to,
        subject=one.subject,
        body=one.body,
        state=one.state,
        why=one.why,
        provider_id=one.provider_id,
        due=one.due,
        created=one.created,
        version=one.version,
    )


def _suppression(one: Suppression) -> SuppressionOut:
    return SuppressionOut(
        id=one.pk,
        channel=one.channel,
        address=one.normal,
        why=one.why,
        customer=one.customer.code if one.customer else None,
        at=one.at,
    )
