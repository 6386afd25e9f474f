"""What people do with tickets: open, answer, hear, note, give, change, solve, reopen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.customers.queries import changeable_by
from kefen_crm.grading.scopes import facts_of
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.team.models import User
from kefen_crm.team.queries import permitted
from kefen_crm.team.roles import require
from kefen_crm.tickets import clocks
from kefen_crm.tickets.giving import able, change, give, move, shown
from kefen_crm.tickets.merging import merge, surviving
from kefen_crm.tickets.models import Message, ServiceClock, Ticket
from kefen_crm.tickets.permits import SERVE
from kefen_crm.tickets.rules import promised
from kefen_crm.tickets.thread import (
    LONGEST,
    add,
    await_answer,
    locked,
    message_of,
    recorded,
    saved,
    text_of,
    ticket_of,
    unsolved,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.articles.models import Article
    from kefen_crm.customers.models import Customer

__all__ = [
    "LONGEST",
    "SERVE",
    "answer",
    "change",
    "give",
    "hear",
    "hear_by_itself",
    "merge",
    "move",
    "note",
    "open_by_itself",
    "open_ticket",
    "reopen",
    "solve",
]

Direction, State, Target = Message.Direction, Ticket.State, ServiceClock.Target


@transaction.atomic
def open_ticket(
    actor: User, customer: Customer, values: Mapping[str, Any], *, key: str = ""
) -> Ticket:
    """Open a ticket; the service level in force starts its clocks, and holds for it.

    Args:
        actor: who opens it; the ticket is theirs unless `values` name an `owner`.
        customer: whose it is.
        values: `title` and `text`, what was said; perhaps `kind`, `severity`, `contact`,
            `product`, `channel` and `owner`, a user or None for nobody.
        key: as of every verb.

    Raises:
        PermissionDenied: unless `actor` may answer tickets.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    require(actor, SERVE)
    customer = changeable_by(actor).get(pk=customer.pk)
    owner = values.get("owner", actor)
    said = {name: one for name, one in values.items() if name != "owner"}
    given = {"customer": customer.pk, **said, "owner": owner.pk if owner else None}
    if answer := events.answered(actor, "ticket.opened", key, given):
        return ticket_of(answer)
    ticket, text = _opened(actor, customer, able(owner), values)
    after = {**shown(ticket), "text": text}
    events.record(actor, "ticket.opened", ticket, after=after, key=key, given=given)
    return ticket


@transaction.atomic
def open_by_itself(customer: Customer, values: Mapping[str, Any], origin: str) -> Ticket | None:
    """Open a ticket that no person opened, for whoever looks after the customer and may answer.

    Args:
        customer: whose it is.
        values: as of `open_ticket`, without an owner.
        origin: what opens it; the second time there is nothing to do, and None is given.
    """
    if Ticket.objects.filter(origin=origin).exists():
        return None
    owner = customer.owner
    able = owner if owner and permitted(SERVE).filter(pk=owner.pk).exists() else None
    ticket, text = _opened(None, customer, able, values, origin)
    events.record(None, "ticket.opened", ticket, after={**shown(ticket), "text": text})
    return ticket


@transaction.atomic
def answer(
    actor: User,
    ticket: Ticket,
    text: str,
    *,
    channel: str = "",
    wait: bool = True,
    article: Article | None = None,
    expected_version: int | None = None,
    key: str = "",
) -> Message:
    """Note what the customer was answered, by whatever channel; `wait` for what they say to it.

    The address of an `article` that customers read stands below the text; which articles
    answered is counted.

    Raises:
        PermissionDenied, KeyReused: as `open_ticket`.
        Ticket.DoesNotExist: out of reach of `actor`.
        Stale: when it is of another version than `expected_version`.
        ValidationError: by field; also where the ticket is solved.
    """
    require(actor, SERVE)
    given = {"ticket": ticket.pk, "text": text, "channel": channel, "wait": wait}
    if article is not None:
        given["article"] = article.pk
    if known := events.answered(actor, "ticket.answered", key, given):
        return message_of(known)
    ticket, now = unsolved(actor, ticket, expected_version), timezone.now()
    if article is not None:
        text = _with_article(actor, ticket, article, text)
    said = add(ticket, actor, Direction.OUT, channel, text_of(text))
    clocks.stop(ticket, (Target.FIRST, Target.NEXT), now)
    ticket.answered_at = ticket.answered_at or now
    if wait:
        ticket.state = State.WAITING
        clocks.pause(ticket, now)
    saved(ticket)
    recorded(actor, "ticket.answered", ticket, said, key, given)
    return said


@transaction.atomic
def hear(actor: User, ticket: Ticket, text: str, *, channel: str = "", key: str = "") -> Message:
    """Note what the customer said; a solved ticket is reopened by it.

    Raises:
        PermissionDenied, KeyReused, Ticket.DoesNotExist, ValidationError: as `answer`.
    """
    require(actor, SERVE)
    given = {"ticket": ticket.pk, "text": text, "channel": channel}
    if known := events.answered(actor, "ticket.heard", key, given):
        return message_of(known)
    ticket = locked(actor, ticket)
    said = _heard(actor, ticket, text_of(text), channel)
    recorded(actor, "ticket.heard", ticket, said, key, given)
    return said


@transaction.atomic
def hear_by_itself(ticket: Ticket, text: str, *, channel: str) -> Message:
    """Note what the customer wrote where nobody of us was, such as by mail; as `hear`.

    Of a ticket that was merged the one that it was merged into hears it.
    """
    ticket = surviving(ticket)
    said = _heard(None, ticket, text_of(text), channel)
    recorded(None, "ticket.heard", ticket, said, "", {})
    return said


@transaction.atomic
def note(actor: User, ticket: Ticket, text: str, *, key: str = "") -> Message:
    """Note something that the customer is not told.

    Raises:
        PermissionDenied, KeyReused, Ticket.DoesNotExist, ValidationError: as `answer`.
    """
    require(actor, SERVE)
    given = {"ticket": ticket.pk, "text": text}
    if known := events.answered(actor, "ticket.noted", key, given):
        return message_of(known)
    ticket = locked(actor, ticket)
    said = add(ticket, actor, Direction.NOTE, "", text_of(text))
    recorded(actor, "ticket.noted", ticket, said, key, given)
    return said


@transaction.atomic
def solve(
    actor: User,
    ticket: Ticket,
    *,
    text: str = "",
    cause: str = "",
    channel: str = "",
    expected_version: int | None = None,
    key: str = "",
) -> Ticket:
    """Solve a ticket; `text` is what the customer was told last. A complaint has a `cause`.

    Raises:
        PermissionDenied, KeyReused, Ticket.DoesNotExist, Stale: as `answer`.
        ValidationError: by field; where a complaint has no cause, and where nothing was ever
            answered and `text` says nothing either.
    """
    require(actor, SERVE)
    given = {"ticket": ticket.pk, "text": text, "cause": cause, "channel": channel}
    if known := events.answered(actor, "ticket.solved", key, given):
        return ticket_of(known)
    ticket, now = unsolved(actor, ticket, expected_version), timezone.now()
    ticket.cause = cause.strip() or ticket.cause
    if ticket.kind == Ticket.Kind.COMPLAINT and not ticket.cause:
        raise ValidationError({"cause": _("Say what the complaint came from.")})
    if ticket.answered_at is None and not text.strip():
        raise ValidationError({"text": _("Say what the customer was answered.")})
    if text.strip():
        add(ticket, actor, Direction.OUT, channel, text_of(text))
        ticket.answered_at = ticket.answered_at or now
    clocks.stop(ticket, tuple(Target), now)
    before = {"state": ticket.state}
    ticket.state, ticket.solved_at = State.SOLVED, now
    ticket.full_clean(exclude=["customer", "owner", "by"])
    saved(ticket)
    after = {"state": ticket.state, "title": ticket.title, "cause": ticket.cause}
    events.record(
        actor, "ticket.solved", ticket, before=before, after=after, reason=text.strip()[:500],
        key=key, given=given,
    )  # fmt: skip
    return ticket


@transaction.atomic
def reopen(
    actor: User,
    ticket: Ticket,
    reason: str,
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Ticket:
    """Take up a solved ticket again; its clock goes on where it ended.

    Raises:
        PermissionDenied, KeyReused, Ticket.DoesNotExist, Stale: as `answer`.
        ValidationError: without a reason, and where it is not solved.
    """
    require(actor, SERVE)
    given = {"ticket": ticket.pk, "reason": reason}
    if known := events.answered(actor, "ticket.reopened", key, given):
        return ticket_of(known)
    ticket = locked(actor, ticket, expected_version)
    if not ticket.solved:
        raise ValidationError(_("The ticket is not solved."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why it is taken up again.")})
    _reopened(actor, ticket, reason=reason, key=key, given=given)
    return ticket


def _with_article(actor: User, ticket: Ticket, article: Article, text: str) -> str:
    """An answer with the address of an article below it, where customers read it."""
    if article.published_id is None:
        raise ValidationError({"article": _("It is not published.")})
    ticket.article_uses.get_or_create(article=article, defaults={"at": timezone.now(), "by": actor})
    if not (article.public and text.strip()):
        return text
    place = settings.KEFEN_URL.rstrip("/") + article.address
    return f"{text.rstrip()}\n\n{article.title}: {place}"


def _opened(
    actor: User | None,
    customer: Customer,
    owner: User | None,
    values: Mapping[str, Any],
    origin: str = "",
) -> tuple[Ticket, str]:
    """A new ticket with its first message and its clocks; with the text of the message."""
    now, text = timezone.now(), text_of(values.get("text", ""))
    named = {name: values[name] for name in ("kind", "severity") if values.get(name)}
    words = {name: values.get(name, "").strip() for name in ("title", "contact", "product")}
    ticket = Ticket(
        customer=customer, owner=owner, opened_at=now, by=actor, origin=origin, **named, **words
    )
    ticket.full_clean(exclude=["customer", "owner", "by"])
    ticket.save()
    add(ticket, actor, Direction.IN, values.get("channel", ""), text)
    if found := promised(facts_of(customer), ticket.severity):
        for target in (Target.FIRST, Target.RESOLVE):
            clocks.begin(current(), ticket, target, found, now)
    ticket.due_at = clocks.next_due(ticket)
    ticket.save(update_fields=["due_at"])
    return ticket, text


def _heard(actor: User | None, ticket: Ticket, text: str, channel: str) -> Message:
    """Add what the customer said, and have its answer be awaited."""
    said = add(ticket, actor, Direction.IN, channel, text)
    if ticket.solved:
        _reopened(actor, ticket, reason="")
    else:
        clocks.resume(current(), ticket, timezone.now())
        ticket.state = State.OPEN
        await_answer(ticket)
        saved(ticket)
    return said


def _reopened(
    actor: User | None,
    ticket: Ticket,
    *,
    reason: str,
    key: str = "",
    given: Mapping[str, Any] | None = None,
) -> None:
    clocks.reopen(current(), ticket, timezone.now())
    ticket.state, ticket.solved_at = State.OPEN, None
    ticket.reopened += 1
    await_answer(ticket)
    saved(ticket)
    events.record(
        actor, "ticket.reopened", ticket, before={"state": State.SOLVED.value},
        after={"state": ticket.state, "title": ticket.title}, reason=reason, key=key, given=given,
    )  # fmt: skip
