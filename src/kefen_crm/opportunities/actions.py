"""What people do with opportunities: open, change, move, win, lose, reopen, give."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from kefen_crm.customers.queries import changeable_by
from kefen_crm.noted_facts.actions import note as note_fact
from kefen_crm.noted_facts.models import NotedFact
from kefen_crm.opportunities.models import GATES, Opportunity, Reason, Stage, StageMove
from kefen_crm.opportunities.permits import SELL
from kefen_crm.opportunities.queries import changeable_opportunities
from kefen_crm.opportunities.stages import lacking, stages, write_lines
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.team.models import User
from kefen_crm.team.queries import permitted
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kefen_crm.customers.models import Customer

State = Opportunity.State
WORDS: Final = ("title", "contact", "need", "competitor", "next_step", "waiting_for")
CHANGEABLE: Final = (*WORDS, "amount", "close_on", "products", "waiting_until")
"""What is said of an opportunity, besides its stage, its owner and how it ended."""
_NOT_CHECKED: Final = ["customer", "stage", "owner", "by", "order", "source"]


@transaction.atomic
def open_opportunity(
    actor: User, customer: Customer, values: Mapping[str, Any], *, source: str = "", key: str = ""
) -> Opportunity:
    """Open an opportunity of a customer, at the first stage unless `values` say another.

    Args:
        actor: who opens it; it is theirs unless `values` name an `owner`, who may be None.
        customer: who may buy.
        values: by `CHANGEABLE`, and `stage`.
        source: what it came from.
        key: as of every verb.

    Raises:
        PermissionDenied: unless `actor` may sell.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: by field; also where a stage asks for more to be known.
        KeyReused: when the key came with something else before.
    """
    require(actor, SELL)
    customer = changeable_by(actor).get(pk=customer.pk)
    owner, stage = values.get("owner", actor), values.get("stage")
    said = {name: values[name] for name in CHANGEABLE if name in values}
    given = {"customer": customer.pk, **said, "owner": owner.pk if owner else None}
    given |= {"stage": stage.pk} if stage else {}
    if answer := events.answered(actor, "opportunity.opened", key, given):
        return _target(answer)
    known, now = stages(), timezone.now()
    one = Opportunity(
        customer=customer, owner=able(owner), stage=known[0], opened_at=now, moved_at=now, by=actor,
        source=source,
    )  # fmt: skip
    _put(one, said)
    _enter(one, stage or known[0], known)
    one.save()
    remember(one)
    events.record(actor, "opportunity.opened", one, after=shown(one), key=key, given=given)
    return one


@transaction.atomic
def change(
    actor: User,
    one: Opportunity,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Opportunity:
    """Say something else of an open opportunity, by `CHANGEABLE`; it has moved by that.

    Raises:
        PermissionDenied, KeyReused: as `open_opportunity`.
        Opportunity.DoesNotExist: out of reach of `actor`.
        Stale: when it is of another version than `expected_version`.
        ValidationError: by field; also where it is closed.
    """
    require(actor, SELL)
    said = {name: values[name] for name in CHANGEABLE if name in values}
    given = {"opportunity": one.pk, **said}
    if answer := events.answered(actor, "opportunity.changed", key, given):
        return _target(answer)
    one = _still_open(actor, one, expected_version)
    before = shown(one)
    _put(one, said)
    return _saved(actor, "opportunity.changed", one, before, key=key, given=given)


@transaction.atomic
def move(
    actor: User,
    one: Opportunity,
    stage: Stage,
    values: Mapping[str, Any] | None = None,
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Opportunity:
    """Move an open opportunity to another stage; `values` say what the stage asks for.

    Raises:
        PermissionDenied, KeyReused, Opportunity.DoesNotExist, Stale: as `change`.
        ValidationError: by field, of what the stage asks to be known; where it is closed.
    """
    require(actor, SELL)
    said = {name: one for name, one in (values or {}).items() if name in CHANGEABLE}
    given = {"opportunity": one.pk, "stage": stage.pk, **said}
    if answer := events.answered(actor, "opportunity.moved", key, given):
        return _target(answer)
    one = _still_open(actor, one, expected_version)
    before = shown(one)
    _put(one, said)
    _enter(one, stage, stages())
    return _saved(actor, "opportunity.moved", one, before, key=key, given=given)


@transaction.atomic
def win(
    actor: User,
    one: Opportunity,
    values: Mapping[str, Any],
    *,
    note_order: bool = False,
    expected_version: int | None = None,
    key: str = "",
) -> Opportunity:
    """Note that the customer orders.

    Args:
        actor: who notes it.
        one: the opportunity.
        values: `amount` and `closed_on`, the day (today where it lacks); perhaps `reason`, `note`.
        note_order: also note the order as a fact of that day; where the company's orders are
            imported it comes from there.
        expected_version, key: as of every verb.

    Raises:
        PermissionDenied, KeyReused, Opportunity.DoesNotExist, Stale: as `change`; also to note the
            order of who may not note facts.
        ValidationError: by field; without an amount.
    """
    require(actor, SELL)
    given = {"opportunity": one.pk, **dict(values), "note_order": note_order}
    if answer := events.answered(actor, "opportunity.won", key, given):
        return _target(answer)
    one = _still_open(actor, one, expected_version)
    before = shown(one)
    if values.get("amount") is not None:
        one.amount = values["amount"]
    if not one.amount:
        raise ValidationError({"amount": _("Say for how much the customer orders.")})
    _close(one, State.WON, values)
    if note_order:
        told = {"ordered_on": one.closed_on, "amount": one.amount, "note": str(one)}
        one.order = note_fact(actor, one.customer, "orders", told).number
    return _saved(actor, "opportunity.won", one, before, reason=one.note, key=key, given=given)


@transaction.atomic
def lose(
    actor: User,
    one: Opportunity,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Opportunity:
    """Note that the customer does not order, and why.

    Args:
        actor, one, expected_version, key: as of `win`.
        values: `reason`, by `Reason`; perhaps `closed_on`, `competitor`, `note`.

    Raises:
        PermissionDenied, KeyReused, Opportunity.DoesNotExist, Stale: as `change`.
        ValidationError: by field; without a reason.
    """
    require(actor, SELL)
    given = {"opportunity": one.pk, **dict(values)}
    if answer := events.answered(actor, "opportunity.lost", key, given):
        return _target(answer)
    one = _still_open(actor, one, expected_version)
    before = shown(one)
    if not values.get("reason"):
        raise ValidationError({"reason": _("Say why it was lost.")})
    if values.get("competitor", "").strip():
        one.competitor = values["competitor"].strip()
    _close(one, State.LOST, values)
    return _saved(actor, "opportunity.lost", one, before, reason=one.note, key=key, given=given)


@transaction.atomic
def reopen(
    actor: User,
    one: Opportunity,
    reason: str,
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Opportunity:
    """Take up a closed opportunity again, at the stage that it had.

    Raises:
        PermissionDenied, KeyReused, Opportunity.DoesNotExist, Stale: as `change`.
        ValidationError: without a reason; where it is open; where its order still counts.
    """
    require(actor, SELL)
    given = {"opportunity": one.pk, "reason": reason}
    if answer := events.answered(actor, "opportunity.reopened", key, given):
        return _target(answer)
    one = events.locked(changeable_opportunities(actor), one.pk, expected_version)
    if one.open:
        raise ValidationError(_("The opportunity is open."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why it is taken up again.")})
    if ordered(one):
        told = _("Withdraw the order %(number)s first: it was noted when this was won.")
        raise ValidationError(told % {"number": one.order})
    before = shown(one)
    one.state, one.closed_on, one.reason, one.note, one.order = State.OPEN, None, "", "", ""
    return _saved(
        actor, "opportunity.reopened", one, before, reason=reason.strip(), key=key, given=given
    )


@transaction.atomic
def give(
    actor: User,
    one: Opportunity,
    owner: User | None,
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Opportunity:
    """Give an open opportunity to somebody who may sell, or to nobody.

    Raises:
        PermissionDenied, KeyReused, Opportunity.DoesNotExist, Stale, ValidationError: as `change`.
    """
    require(actor, SELL)
    given = {"opportunity": one.pk, "owner": owner.pk if owner else None}
    if answer := events.answered(actor, "opportunity.given", key, given):
        return _target(answer)
    one = _still_open(actor, one, expected_version)
    before = {"owner": one.owner_id}
    one.owner = able(owner)
    if one.owner_id != before["owner"]:
        events.raised(one)
        remember(one)
        after = {"owner": one.owner_id, "title": one.title}
        events.record(
            actor, "opportunity.given", one, before=before, after=after, key=key, given=given
        )
    return one


def move_owned(old: Any, new: Any, customers: Collection[int], actor: Any) -> int:
    """Give the open opportunities that `old` has with these customers to `new`."""
    found = Opportunity.objects.select_for_update().filter(owner=old, customer__in=customers)
    changes = []
    for one in found.filter(state=State.OPEN):
        before = {"owner": one.owner_id}
        one.owner = new
        events.raised(one)
        remember(one)
        changes.append((one, before, {"owner": one.owner_id, "title": one.title}))
    events.record_all(actor, "opportunity.given", changes)
    return len(changes)


def able(owner: User | None) -> User | None:
    """Somebody who may sell."""
    if owner is not None and not permitted(SELL).filter(pk=owner.pk).exists():
        raise ValidationError({"owner": _("Choose somebody who may sell.")})
    return owner


def ordered(one: Opportunity) -> NotedFact | None:
    """The order that was noted for an opportunity and still counts."""
    number = one.order.removeprefix("N-")
    found = NotedFact.objects.filter(pk=int(number)).first() if number.isdecimal() else None
    return found if found and found.in_force else None


def remember(one: Opportunity, at: Any = None) -> None:
    """Write down how an opportunity is from now on, or from a moment."""
    StageMove.objects.create(
        opportunity=one, at=at or timezone.now(), stage=one.stage, state=one.state,
        amount=one.amount, close_on=one.close_on, owner=one.owner,
    )  # fmt: skip


def shown(one: Opportunity) -> dict[str, Any]:
    """What the events tell of an opportunity."""
    plain = {name: getattr(one, name) for name in (*WORDS, "state", "reason")}
    told = {name: _text(getattr(one, name)) for name in ("amount", "close_on", "waiting_until")}
    return (
        plain | told | {"products": write_lines(one.products).splitlines(), "stage": one.stage_id}
    )


def _put(one: Opportunity, said: Mapping[str, Any]) -> None:
    """Write values into an opportunity and check them; the products' sum is the amount."""
    for name, value in said.items():
        setattr(one, name, value.strip() if isinstance(value, str) else value)
    if "products" in said and (total := one.sum_of_products) is not None:
        one.amount = total.quantize(Decimal("0.01"))
    one.full_clean(exclude=_NOT_CHECKED)
    if one.amount is not None and one.amount < 0:
        raise ValidationError({"amount": _("An amount is not below zero.")})


def _enter(one: Opportunity, stage: Stage, known: list[Stage]) -> None:
    """Bring an opportunity to a stage that is in use, if what it asks for is known."""
    if stage.pk != one.stage_id and stage not in known:
        raise ValidationError({"stage": _("Choose a stage that is in use.")})
    asked = lacking(one, stage, known)
    if asked:
        told = _("Before “%(stage)s” it has to be known: %(what)s.")
        raise ValidationError(
            {
                name: told % {"stage": stage.title, "what": capfirst(str(GATES[name]))}
                for name in asked
            }
        )
    one.stage = stage


def _close(one: Opportunity, state: str, values: Mapping[str, Any]) -> None:
    today = current().today(timezone.now())
    day = values.get("closed_on") or today
    one.closed_on = date.fromisoformat(day) if isinstance(day, str) else day
    if one.closed_on > today:
        raise ValidationError({"closed_on": _("That day has not come yet.")})
    reason = values.get("reason", "")
    if reason not in ("", *Reason.values):
        raise ValidationError({"reason": _("Choose one of the reasons.")})
    one.state, one.reason, one.note = state, reason, values.get("note", "").strip()
    one.full_clean(exclude=_NOT_CHECKED)


def _saved(
    actor: User,
    verb: str,
    one: Opportunity,
    before: dict[str, Any],
    *,
    reason: str = "",
    key: str = "",
    given: Mapping[str, Any] | None = None,
) -> Opportunity:
    """Save what changed, with its step of the history and its event; nothing where nothing did."""
    after = shown(one)
    names = [name for name in after if after[name] != before[name]]
    if not names:
        return one
    one.moved_at = timezone.now()
    events.raised(one)
    if {"stage", "state", "amount", "close_on"} & set(names):
        remember(one)
    events.record(
        actor, verb, one, reason=reason, key=key, given=given,
        before={name: before[name] for name in names},
        after={name: after[name] for name in names} | {"title": one.title},
    )  # fmt: skip
    return one


def _still_open(actor: User, one: Opportunity, expected_version: int | None) -> Opportunity:
    found = events.locked(changeable_opportunities(actor), one.pk, expected_version)
    if not found.open:
        raise ValidationError(_("The opportunity is closed; reopen it first."))
    return found


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _target(answer: Any) -> Opportunity:
    found: Opportunity = answer.target()
    return found
