"""Facts noted by hand: noted, corrected, withdrawn. The feed brings them into the ledger."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kefen_crm.customers.queries import visible_to
from kefen_crm.noted_facts.forms import cleaned
from kefen_crm.noted_facts.kinds import KINDS
from kefen_crm.noted_facts.models import NotedFact
from kefen_crm.noted_facts.queries import noted_for
from kefen_crm.platform import events
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

NOTE = "note_facts"
"""The permit to note facts of customers whom one may see."""
State = NotedFact.State


@transaction.atomic
def note(
    actor: User, customer: Customer, kind: str, values: Mapping[str, Any], *, key: str = ""
) -> NotedFact:
    """Note a fact of a customer.

    Raises:
        PermissionDenied: unless `actor` may note facts.
        DoesNotExist: of `Customer`, when `actor` may not see the customer.
        ValidationError: by column, of what is wrong.
        KeyReused: when the key came with something else before.
    """
    require(actor, NOTE)
    customer = visible_to(actor).get(pk=customer.pk)
    if not KINDS[kind].noted:
        raise ValidationError(_("Conversations are logged as activities."))
    told = cleaned(kind, values)
    verb = f"{KINDS[kind].thing}.noted"
    given = {"customer": customer.pk, "values": told}
    if answer := events.answered(actor, verb, key, given):
        return _target(answer)
    fact = NotedFact(customer=customer, kind=kind, by=actor)
    _say(fact, told)
    fact.save()
    events.record(actor, verb, fact, after=told, key=key, given=given)
    return fact


@transaction.atomic
def correct(
    actor: User,
    fact: NotedFact,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
    reason: str = "",
) -> NotedFact:
    """Say what a fact was in truth; `values` are all there is to say of it.

    Raises:
        PermissionDenied, DoesNotExist, ValidationError, KeyReused: as of `note`.
        Stale: when the fact is of another version than `expected_version`.
    """
    require(actor, NOTE)
    told = cleaned(fact.kind, values)
    verb = f"{KINDS[fact.kind].thing}.corrected"
    given = {"fact": fact.pk, "values": told, "version": expected_version}
    if answer := events.answered(actor, verb, key, given):
        return _target(answer)
    fact = events.locked(noted_for(actor), fact.pk, expected_version)
    _refuse_withdrawn(fact)
    was = fact.given
    if told == was:
        return fact
    _say(fact, told)
    fact.state = State.CORRECTED
    fact.same_as, fact.kept = "", False
    events.raised(fact)
    names = [name for name in {**was, **told} if was.get(name) != told.get(name)]
    events.record(
        actor,
        verb,
        fact,
        before={name: was.get(name) for name in names},
        after={name: told.get(name) for name in names},
        reason=reason,
        key=key,
        given=given,
    )
    return fact


@transaction.atomic
def withdraw(
    actor: User,
    fact: NotedFact,
    *,
    expected_version: int | None = None,
    key: str = "",
    reason: str = "",
) -> NotedFact:
    """Say that a fact never was: it counts no more, and what was said of it stays to be read.

    Raises:
        PermissionDenied, DoesNotExist, KeyReused, Stale: as of `correct`.
        ValidationError: when it was withdrawn already.
    """
    require(actor, NOTE)
    verb = f"{KINDS[fact.kind].thing}.withdrawn"
    given = {"fact": fact.pk, "version": expected_version}
    if answer := events.answered(actor, verb, key, given):
        return _target(answer)
    fact = events.locked(noted_for(actor), fact.pk, expected_version)
    _refuse_withdrawn(fact)
    fact.state = State.WITHDRAWN
    events.raised(fact)
    events.record(actor, verb, fact, before=fact.given, reason=reason, key=key, given=given)
    return fact


@transaction.atomic
def keep(actor: User, fact: NotedFact, *, key: str = "") -> NotedFact:
    """Say that a fact is another than the one of an import that looks the same: both are true.

    Raises:
        PermissionDenied, DoesNotExist, KeyReused: as of `correct`.
        ValidationError: when no import brought one that looks the same.
    """
    require(actor, NOTE)
    verb = f"{KINDS[fact.kind].thing}.kept"
    given = {"fact": fact.pk}
    if answer := events.answered(actor, verb, key, given):
        return _target(answer)
    fact = events.locked(noted_for(actor), fact.pk)
    _refuse_withdrawn(fact)
    if not fact.same_as:
        raise ValidationError(_("No import brought a fact that looks the same."))
    if not fact.kept:
        fact.kept = True
        events.raised(fact)
        events.record(actor, verb, fact, after={"kept": fact.same_as}, key=key, given=given)
    return fact


def _say(fact: NotedFact, told: dict[str, Any]) -> None:
    fact.values = told
    fact.on = date.fromisoformat(told[KINDS[fact.kind].day])
    fact.amount = Decimal(told["amount"]) if "amount" in told else None


def _refuse_withdrawn(fact: NotedFact) -> None:
    if not fact.in_force:
        raise ValidationError(_("This was withdrawn."))


def _target(answer: Any) -> NotedFact:
    found: NotedFact = answer.target()
    return found
