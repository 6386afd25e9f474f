"""Changes of outreach: templates, the policy, senders, suppressed addresses, messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.contacts.reaching import normalised
from kefen_crm.contacts.wording import check
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by
from kefen_crm.outreach import sending
from kefen_crm.outreach.models import (
    Channel,
    Message,
    Policy,
    Sender,
    Suppression,
    Template,
    TemplateVersion,
    Why,
)
from kefen_crm.outreach.permits import SET_OUTREACH, WRITE_TO
from kefen_crm.outreach.queueing import queue
from kefen_crm.outreach.reaching import KINDS
from kefen_crm.outreach.wording import FIELDS
from kefen_crm.platform import events
from kefen_crm.team.actions import digest
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.team.models import User

WORDS: Final = ("subject_zh", "body_zh", "subject_en", "body_en", "provider_code")
ABOUT: Final = ("name", "channel", "purpose", "active")
LANGUAGES: Final = ("zh", "en")


@transaction.atomic
def save_template(
    actor: User,
    template: Template | None,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Template:
    """Write a template, or a new version of one; `values` by `ABOUT` and `WORDS`.

    What `values` do not speak of stays. Words that are as before make no version.

    Raises:
        PermissionDenied: unless `actor` may set outreach.
        Stale: when it is of another version than `expected_version`.
        ValidationError: by field, such as for a field of the text that there is not.
        KeyReused: when the key came with something else before.
    """
    require(actor, SET_OUTREACH)
    verb = "outreach.template-changed" if template else "outreach.template-made"
    given = {"template": template.pk if template else None, "values": dict(values)}
    if answer := events.answered(actor, verb, key, given):
        return answer.target()  # type: ignore[return-value]  # the event is of a template
    if unknown := set(values) - {*ABOUT, *WORDS}:
        raise ValidationError({name: _("There is no such field.") for name in unknown})
    if template is not None:
        template = events.locked(Template.objects.all(), template.pk, expected_version)
        if values.get("channel", template.channel) != template.channel:
            raise ValidationError({"channel": _("The channel of a template stays.")})
    before = _said(template) if template else {}
    template = template or Template()
    for name in ABOUT:
        if name in values:
            value = values[name]
            setattr(template, name, value.strip() if isinstance(value, str) else value)
    words = {name: before.get(name, "") for name in WORDS} | {
        name: values[name].strip().replace("\r\n", "\n") for name in WORDS if name in values
    }
    _check(words, template.channel)
    template.full_clean(exclude=["version"])
    anew = any(words[name] != before.get(name) for name in WORDS)
    if not before:
        template.save()
    elif anew or any(before[name] != getattr(template, name) for name in ABOUT):
        events.raised(template)
    else:
        return template
    if anew:
        made = TemplateVersion(template=template, number=template.version, by=actor, **words)
        made.full_clean(exclude=["template", "by"])
        made.save()
    after = _said(template)
    names = [name for name in after if after[name] != before.get(name)]
    events.record(
        actor,
        verb,
        template,
        before={name: before[name] for name in names if name in before},
        after={name: after[name] for name in names},
        key=key,
        given=given,
    )
    return template


def _check(words: Mapping[str, str], channel: str) -> None:
    """Refuse words that nobody could be sent.

    Raises:
        ValidationError: by field.
    """
    for name in WORDS[:4]:
        check(name, words[name], FIELDS)
    if not any(words[f"body_{one}"] for one in LANGUAGES):
        raise ValidationError({"body_zh": _("Write the text in one language at least.")})
    for one in LANGUAGES:
        if channel == Channel.EMAIL and words[f"body_{one}"] and not words[f"subject_{one}"]:
            raise ValidationError({f"subject_{one}": _("A mail has a subject.")})


def _said(template: Template) -> dict[str, Any]:
    found = {name: getattr(template, name) for name in ABOUT}
    return found | {name: getattr(template.words, name) for name in WORDS}


@transaction.atomic
def set_policy(
    actor: User, values: Mapping[str, Any], *, expected_version: int | None = None
) -> Policy:
    """Say when and how often customers may be written to.

    Raises:
        PermissionDenied, Stale, ValidationError: as `save_template`.
    """
    require(actor, SET_OUTREACH)
    first = Policy.objects.first() or Policy.objects.create()
    found = events.locked(Policy.objects.all(), first.pk, expected_version)
    names = ("quiet_from", "quiet_until", "per_week", "needs_consent")
    before = {name: getattr(found, name) for name in names}
    for name in names:
        if name in values:
            setattr(found, name, values[name])
    found.full_clean()
    after = {name: getattr(found, name) for name in names}
    if after != before:
        events.raised(found)
        events.record(actor, "outreach.policy-changed", found, before=before, after=after)
    return found


@transaction.atomic
def save_sender(
    actor: User,
    sender: Sender | None,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
) -> Sender:
    """Set up who sends the messages of a channel; an empty secret leaves the one there is.

    Raises:
        PermissionDenied: unless `actor` runs the installation.
        Stale, ValidationError: as `save_template`.
    """
    require(actor, Permit.OPERATE)
    known = sender is not None
    if sender is not None:
        sender = events.locked(Sender.objects.all(), sender.pk, expected_version)
    found = sender or Sender(by=actor)
    names = ("name", "kind", "url", "account", "options", "per_minute", "active")
    before = {name: getattr(found, name) for name in names} if known else {}
    for name in names:
        if name in values:
            setattr(found, name, values[name])
    if values.get("secret"):
        found.secret = values["secret"]
    found.full_clean(exclude=["by", "channel"])
    found.channel = Sender.CHANNELS[Sender.Kind(found.kind)]
    needs_url = found.channel == Channel.GROUP or found.kind == Sender.Kind.HTTP
    if needs_url and not found.url:
        raise ValidationError({"url": _("Write the address that the provider gave.")})
    if known:
        events.raised(found)
    else:
        found.save()
    after = {name: getattr(found, name) for name in names}
    verb = "outreach.sender-changed" if known else "outreach.sender-made"
    events.record(actor, verb, found, before=before, after=after)
    sending.send_soon(found.channel)
    return found


@transaction.atomic
def suppress(
    actor: User, channel: str, value: str, *, customer: Customer | None = None, key: str = ""
) -> Suppression:
    """Send nothing more to an address; one that is suppressed already stays as it is.

    Raises:
        PermissionDenied: unless `actor` may write to customers.
        ValidationError: of `address`, where it is none of the channel.
        KeyReused: when the key came with something else before.
    """
    require(actor, WRITE_TO)
    given = {"channel": channel, "address": value}
    if answer := events.answered(actor, "outreach.suppressed", key, given):
        return answer.target()  # type: ignore[return-value]  # the event is of a suppression
    kind = KINDS.get(Channel(channel))
    if kind is None:
        raise ValidationError({"channel": _("Only mail and SMS have addresses.")})
    try:
        normal = normalised(kind, value.strip())
    except ValidationError as error:
        raise ValidationError({"address": error.messages}) from None
    found, new = Suppression.objects.get_or_create(
        channel=channel, normal=normal, defaults={"by": actor, "customer": customer}
    )
    if new:
        events.record(
            actor, "outreach.suppressed", found, after={"channel": channel}, key=key, given=given
        )
    return found


@transaction.atomic
def lift(actor: User, found: Suppression, *, reason: str) -> None:
    """Let an address be written to again; who unsubscribed has to agree anew.

    Raises:
        PermissionDenied: unless `actor` may set outreach.
        ValidationError: of `reason`, without one.
    """
    require(actor, SET_OUTREACH)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why.")})
    told = {"channel": found.channel, "why": found.why}
    events.record(actor, "outreach.suppression-lifted", found, before=told, reason=reason)
    found.delete()


@transaction.atomic
def unsubscribe(token: str) -> Message | None:
    """Note that whoever has the mail of a secret wants no more; None for an unknown secret."""
    message = Message.objects.filter(digest=digest(token)).select_related("customer").first()
    if message is None:
        return None
    found, new = Suppression.objects.get_or_create(
        channel=message.channel,
        normal=message.address,
        defaults={"why": Suppression.Why.UNSUBSCRIBED, "customer": message.customer},
    )
    if new:
        told = {"channel": message.channel, "message": message.pk}
        events.record(None, "outreach.unsubscribed", found, after=told)
    return message


@transaction.atomic
def write(
    actor: User,
    template: Template,
    customer: Customer,
    *,
    language: str = "zh",
    contact: int | None = None,
    extra: Mapping[str, str] | None = None,
    key: str = "",
) -> Message:
    """Write to one customer, of those whom `actor` may change.

    Raises:
        PermissionDenied: unless `actor` may write to customers.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: with the reason, where the customer is not to be reached.
        KeyReused: when the key came with something else before.
    """
    require(actor, WRITE_TO)
    customer = changeable_by(actor).select_for_update(of=("self",)).get(pk=customer.pk)
    given = {
        "template": template.pk,
        "customer": customer.pk,
        "language": language,
        "contact": contact,
        "values": dict(extra or {}),
    }
    if answer := events.answered(actor, "outreach.written", key, given):
        return answer.target()  # type: ignore[return-value]  # the event is of a message
    now = timezone.now()
    name = f"by/{actor.pk}/{key or uuid4().hex}"
    made, refused = queue(
        template,
        [customer.pk],
        {customer.pk: name},
        now,
        language=language,
        contacts=None if contact is None else [contact],
        extra={customer.pk: extra or {}},
        by=actor,
    )
    if customer.pk in refused:
        raise ValidationError(Why(refused[customer.pk]).label)
    message = Message.objects.select_related("customer").get(pk=made[customer.pk])
    told = sending.summary(message)
    events.record(actor, "outreach.written", message, after=told, key=key, given=given)
    return message


@transaction.atomic
def settle(
    actor: User,
    message: Message,
    state: str,
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Message:
    """Say what became of a message that nobody knows of, or that goes by hand.

    `sent`: it went. `queued`: it did not go and is sent again; of what is `unknown` or `failed`
    only. `stopped`: it is not to go; of what waits or is unknown.

    Raises:
        PermissionDenied: unless `actor` may write to customers.
        Message.DoesNotExist: out of reach of `actor`.
        Stale: when it is of another version than `expected_version`.
        ValidationError: of `state`, where that cannot be.
        KeyReused: when the key came with something else before.
    """
    require(actor, WRITE_TO)
    given = {"message": message.pk, "state": state, "version": expected_version}
    if answer := events.answered(actor, "outreach.settled", key, given):
        return answer.target()  # type: ignore[return-value]  # the event is of a message
    mine = Message.objects.filter(customer__in=changeable_by(actor))
    found = events.locked(mine, message.pk, expected_version)
    states = Message.State
    possible = {
        states.SENT: {states.UNKNOWN}
        | ({states.QUEUED} if found.channel == Channel.HAND else set()),
        states.QUEUED: {states.UNKNOWN, states.FAILED},
        states.STOPPED: {states.QUEUED, states.UNKNOWN},
    }
    if found.state not in possible.get(states(state), set()):
        raise ValidationError({"state": _("That cannot be said of this message.")})
    before = {"state": found.state}
    found.state, found.moved_at, found.why = states(state), timezone.now(), ""
    if state == states.STOPPED:
        found.why = Why.STOPPED
    if state == states.QUEUED:
        found.due, found.digest = timezone.now(), ""
    events.raised(found)
    after = sending.summary(found)
    events.record(
        actor, "outreach.settled", found, before=before, after=after, key=key, given=given
    )
    if state == states.QUEUED:
        sending.send_soon(found.channel)
    return found
