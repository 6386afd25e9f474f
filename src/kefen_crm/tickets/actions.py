"""What people do with tickets: open, answer, hear, note, give, change, solve, reopen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

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
from kefen_crm.tickets.models import Message, ServiceClock, Ticket
from kefen_crm.tickets.rules import promised

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer

SERVE: Final = "answer_tickets"
"""The permit to open, answer and solve tickets, of customers whom one may change."""
LONGEST: Final = 5_000
"""Characters of a message."""
CHANGEABLE: Final = ("kind", "severity", "title", "product", "cause")
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
        return _ticket(answer)
    ticket, text = _opened(actor, customer, _able(owner), values)
    after = {**_shown(ticket), "text": text}
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
    events.record(None, "ticket.opened", ticket, after={**_shown(ticket), "text": text})
    return ticket


@transaction.atomic
def answer(
    actor: User,
    ticket: Ticket,
    text: str,
    *,
    channel: str = "",
    wait: bool = True,
    expected_version: int | None = None,
    key: str = "",
) -> Message:
    """Note what the customer was answered, by whatever channel; `wait` for what they say to it.

    Raises:
        PermissionDenied, KeyReused: as `open_ticket`.
        Ticket.DoesNotExist: out of reach of `actor`.
        Stale: when it is of another version than `expected_version`.
        ValidationError: by field; also where the ticket is solved.
    """
    require(actor, SERVE)
    given = {"ticket": ticket.pk, "text": text, "channel": channel, "wait": wait}
    if known := events.answered(actor, "ticket.answered", key, given):
        return _message(known)
    ticket, now = _unsolved(actor, ticket, expected_version), timezone.now()
    said = _add(ticket, actor, Direction.OUT, channel, _text(text))
    clocks.stop(ticket, (Target.FIRST, Target.NEXT), now)
    ticket.answered_at = ticket.answered_at or now
    if wait:
        ticket.state = State.WAITING
        clocks.pause(ticket, now)
    _saved(ticket)
    _recorded(actor, "ticket.answered", ticket, said, key, given)
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
        return _message(known)
    ticket, now = _locked(actor, ticket), timezone.now()
    said = _add(ticket, actor, Direction.IN, channel, _text(text))
    if ticket.solved:
        _reopened(actor, ticket, reason="")
    else:
        clocks.resume(current(), ticket, now)
        ticket.state = State.OPEN
        _await_answer(ticket)
        _saved(ticket)
    _recorded(actor, "ticket.heard", ticket, said, key, given)
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
        return _message(known)
    ticket = _locked(actor, ticket)
    said = _add(ticket, actor, Direction.NOTE, "", _text(text))
    _recorded(actor, "ticket.noted", ticket, said, key, given)
    return said


@transaction.atomic
def give(
    actor: User,
    ticket: Ticket,
    owner: User | None,
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Ticket:
    """Give a ticket to somebody who may answer tickets, or to nobody.

    Raises:
        PermissionDenied, KeyReused, Ticket.DoesNotExist, Stale, ValidationError: as `answer`.
    """
    require(actor, SERVE)
    given = {"ticket": ticket.pk, "owner": owner.pk if owner else None}
    if known := events.answered(actor, "ticket.given", key, given):
        return _ticket(known)
    ticket = _unsolved(actor, ticket, expected_version)
    before = {"owner": ticket.owner_id}
    ticket.owner = _able(owner)
    if ticket.owner_id != before["owner"]:
        events.raised(ticket)
        after = {"owner": ticket.owner_id, "title": ticket.title}
        events.record(
            actor, "ticket.given", ticket, before=before, after=after, key=key, given=given
        )
    return ticket


@transaction.atomic
def change(
    actor: User,
    ticket: Ticket,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Ticket:
    """Change what a ticket is: `kind`, `severity`, `title`, `product`, `cause`.

    One that becomes urgent has the shorter times from now on; one that ceases to be keeps them.

    Raises:
        PermissionDenied, KeyReused, Ticket.DoesNotExist, Stale, ValidationError: as `answer`.
    """
    require(actor, SERVE)
    given = {"ticket": ticket.pk, **{name: values[name] for name in CHANGEABLE if name in values}}
    if known := events.answered(actor, "ticket.changed", key, given):
        return _ticket(known)
    ticket = _locked(actor, ticket, expected_version)
    before = _shown(ticket)
    for name in CHANGEABLE:
        if name in values:
            setattr(ticket, name, values[name].strip())
    ticket.full_clean(exclude=["customer", "owner", "by"])
    after = _shown(ticket)
    if before == after:
        return ticket
    found = promised(facts_of(ticket.customer), ticket.severity)
    if found and before["severity"] != after["severity"] and not ticket.solved:
        clocks.improve(current(), ticket, found)
    _saved(ticket)
    events.record(actor, "ticket.changed", ticket, before=before, after=after, key=key, given=given)
    return ticket


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
        return _ticket(known)
    ticket, now = _unsolved(actor, ticket, expected_version), timezone.now()
    ticket.cause = cause.strip() or ticket.cause
    if ticket.kind == Ticket.Kind.COMPLAINT and not ticket.cause:
        raise ValidationError({"cause": _("Say what the complaint came from.")})
    if ticket.answered_at is None and not text.strip():
        raise ValidationError({"text": _("Say what the customer was answered.")})
    if text.strip():
        _add(ticket, actor, Direction.OUT, channel, _text(text))
        ticket.answered_at = ticket.answered_at or now
    clocks.stop(ticket, tuple(Target), now)
    before = {"state": ticket.state}
    ticket.state, ticket.solved_at = State.SOLVED, now
    ticket.full_clean(exclude=["customer", "owner", "by"])
    _saved(ticket)
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
        return _ticket(known)
    ticket = _locked(actor, ticket, expected_version)
    if not ticket.solved:
        raise ValidationError(_("The ticket is not solved."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why it is taken up again.")})
    _reopened(actor, ticket, reason=reason, key=key, given=given)
    return ticket


def move(old: Any, new: Any, customers: Collection[int], actor: Any) -> int:
    """Give the unsolved tickets that `old` has with these customers to `new`."""
    found = Ticket.objects.select_for_update().filter(owner=old, customer__in=customers)
    changes = []
    for one in found.exclude(state=State.SOLVED):
        before = {"owner": one.owner_id}
        one.owner = new
        events.raised(one)
        changes.append((one, before, {"owner": one.owner_id, "title": one.title}))
    events.record_all(actor, "ticket.given", changes)
    return len(changes)


def _opened(
    actor: User | None,
    customer: Customer,
    owner: User | None,
    values: Mapping[str, Any],
    origin: str = "",
) -> tuple[Ticket, str]:
    """A new ticket with its first message and its clocks; with the text of the message."""
    now, text = timezone.now(), _text(values.get("text", ""))
    named = {name: values[name] for name in ("kind", "severity") if values.get(name)}
    words = {name: values.get(name, "").strip() for name in ("title", "contact", "product")}
    ticket = Ticket(
        customer=customer, owner=owner, opened_at=now, by=actor, origin=origin, **named, **words
    )
    ticket.full_clean(exclude=["customer", "owner", "by"])
    ticket.save()
    _add(ticket, actor, Direction.IN, values.get("channel", ""), text)
    if found := promised(facts_of(customer), ticket.severity):
        for target in (Target.FIRST, Target.RESOLVE):
            clocks.begin(current(), ticket, target, found, now)
    ticket.due_at = clocks.next_due(ticket)
    ticket.save(update_fields=["due_at"])
    return ticket, text


def _reopened(
    actor: User,
    ticket: Ticket,
    *,
    reason: str,
    key: str = "",
    given: Mapping[str, Any] | None = None,
) -> None:
    clocks.reopen(current(), ticket, timezone.now())
    ticket.state, ticket.solved_at = State.OPEN, None
    ticket.reopened += 1
    _await_answer(ticket)
    _saved(ticket)
    events.record(
        actor, "ticket.reopened", ticket, before={"state": State.SOLVED.value},
        after={"state": ticket.state, "title": ticket.title}, reason=reason, key=key, given=given,
    )  # fmt: skip


def _await_answer(ticket: Ticket) -> None:
    """Start the clock of the next answer, unless the first is still awaited."""
    if ticket.clocks.filter(target=Target.FIRST, stopped_at=None).exists():
        return
    if found := promised(facts_of(ticket.customer), ticket.severity):
        clocks.begin(current(), ticket, Target.NEXT, found, timezone.now())


def _saved(ticket: Ticket) -> None:
    """Save a ticket as its next version, with when it is due."""
    ticket.due_at = clocks.next_due(ticket)
    events.raised(ticket)


def _locked(actor: User, ticket: Ticket, expected_version: int | None = None) -> Ticket:
    return events.locked(_reached(actor), ticket.pk, expected_version)


def _unsolved(actor: User, ticket: Ticket, expected_version: int | None) -> Ticket:
    found = _locked(actor, ticket, expected_version)
    if found.solved:
        raise ValidationError(_("The ticket is solved. Reopen it first."))
    return found


def _reached(actor: User) -> QuerySet[Ticket]:
    found = Ticket.objects.filter(customer__in=changeable_by(actor))
    return found.select_related("customer__owner")


def _able(owner: User | None) -> User | None:
    """Somebody who may answer tickets."""
    if owner is not None and not permitted(SERVE).filter(pk=owner.pk).exists():
        raise ValidationError({"owner": _("Choose somebody who may answer tickets.")})
    return owner


def _text(text: str) -> str:
    text = text.strip()
    if not text:
        raise ValidationError({"text": _("Say what was said.")})
    if len(text) > LONGEST:
        raise ValidationError({"text": _("At most %(count)s characters.") % {"count": LONGEST}})
    return text


def _add(ticket: Ticket, actor: User | None, direction: str, channel: str, text: str) -> Message:
    said = Message(
        ticket=ticket, direction=direction, channel=channel or "note", text=text, by=actor,
        at=timezone.now(),
    )  # fmt: skip
    said.full_clean(exclude=["ticket", "by"])
    said.save()
    return said


def _recorded(
    actor: User, verb: str, ticket: Ticket, said: Message, key: str, given: Mapping[str, Any]
) -> None:
    after = {"ticket": ticket.pk, "title": ticket.title, "text": said.text}
    events.record(actor, verb, said, customer=ticket.customer, after=after, key=key, given=given)


def _shown(ticket: Ticket) -> dict[str, Any]:
    """What the events tell of a ticket."""
    return {name: getattr(ticket, name) for name in CHANGEABLE}


def _ticket(answer: Any) -> Ticket:
    found: Ticket = answer.target()
    return found


def _message(answer: Any) -> Message:
    found: Message = answer.target()
    return found
