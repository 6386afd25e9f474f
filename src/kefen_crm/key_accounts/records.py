"""What is kept of a customer here is written down and changed in one way.

A model of these has `FIELDS`, which values may name, a `customer` and a `version`; its `clean`
refuses what does not fit together. What its events tell is `FIELDS`, and `state` where it has one.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models, transaction

from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.opportunities.permits import SELL
from kefen_crm.platform import events
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from kefen_crm.team.models import User

M = TypeVar("M", bound=models.Model)
_NOT_CHECKED = ("customer", "by", "owner", "opportunity", "contact")

_CENT = Decimal("0.01")


def visible(model: type[M], user: User | AnonymousUser) -> QuerySet[M]:
    """Those of customers whom `user` may see."""
    return model._default_manager.filter(customer__in=visible_to(user))  # noqa: SLF001  # Django's public name for it


def changeable(model: type[M], user: User | AnonymousUser) -> QuerySet[M]:
    """Those of customers whom `user` may change."""
    return model._default_manager.filter(customer__in=changeable_by(user))  # noqa: SLF001  # Django's public name for it


@transaction.atomic
def create(actor: User, one: M, verb: str, values: Mapping[str, Any], *, key: str = "") -> M:
    """Write something new down.

    Args:
        actor: who does it.
        one: not saved yet, of a customer.
        verb: of its event.
        values: by its `FIELDS`.
        key: as of every verb.

    Raises:
        PermissionDenied: unless `actor` may sell.
        DoesNotExist: of the customer, out of reach of `actor`; under a repeated key of the thing,
            when it is by now.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    require(actor, SELL)
    thing: Any = one
    thing.customer = changeable_by(actor).get(pk=thing.customer_id)
    given = {"customer": thing.customer_id, **_plain(values)}
    if answer := events.answered(actor, verb, key, given):
        return visible(type(one), actor).get(pk=answer.target().pk)
    put(one, values)
    thing.by = actor
    one.save()
    events.record(actor, verb, one, after=shown(one), key=key, given=given)
    return one


@transaction.atomic
def change(
    actor: User,
    one: M,
    verb: str,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
    reason: str = "",
    act: Callable[[M], object] | None = None,
    given: Mapping[str, Any] | None = None,
) -> M:
    """Say something else of what was written down; nothing is recorded where nothing changes.

    Args:
        actor, verb, values, key: as of `create`.
        one: what is changed.
        expected_version: as of every verb.
        reason: why, in words.
        act: changes more, or refuses; it is called with what is locked, before `values`.
        given: what `act` does, to tell two requests of one key apart.

    Raises:
        PermissionDenied, ValidationError, KeyReused: as `create`.
        DoesNotExist: out of reach of `actor`.
        Stale: when it is of another version than `expected_version`.
    """
    require(actor, SELL)
    given = {"id": one.pk, "reason": reason, **_plain(values), **(given or {})}
    if answer := events.answered(actor, verb, key, given):
        return visible(type(one), actor).get(pk=answer.target().pk)
    found = events.locked(changeable(type(one), actor), one.pk, expected_version)
    before = shown(found)
    if act:
        act(found)
    put(found, values)
    after = shown(found)
    names = [name for name in after if after[name] != before[name]]
    if names:
        events.raised(found)
        events.record(
            actor, verb, found, reason=reason, key=key, given=given,
            before={name: before[name] for name in names},
            after={name: after[name] for name in names} | _named(found),
        )  # fmt: skip
    return found


@transaction.atomic
def remove(
    actor: User, one: models.Model, verb: str, *, expected_version: int | None = None, key: str = ""
) -> None:
    """Take something away; its event tells what it was.

    Raises:
        PermissionDenied, KeyReused, DoesNotExist, Stale: as `change`.
    """
    require(actor, SELL)
    given = {"id": one.pk}
    if events.answered(actor, verb, key, given):
        return
    found = events.locked(changeable(type(one), actor), one.pk, expected_version)
    events.record(actor, verb, found, before=shown(found) | _named(found), key=key, given=given)
    found.delete()


def shown(one: models.Model) -> dict[str, Any]:
    """What events tell of something."""
    thing: Any = one
    names = dict.fromkeys([*thing.FIELDS, *(["state"] if hasattr(one, "state") else [])])
    return {name: word(getattr(one, name)) for name in names}


def put(one: models.Model, values: Mapping[str, Any]) -> None:
    """Write values into something and check it."""
    thing: Any = one
    for name in thing.FIELDS:
        if name in values:
            value = values[name]
            setattr(one, name, value.strip() if isinstance(value, str) else value)
    names = {field.name for field in one._meta.get_fields()}  # noqa: SLF001  # as documented
    one.full_clean(exclude=[name for name in _NOT_CHECKED if name in names])
    for name in thing.FIELDS:
        if isinstance(value := getattr(one, name), Decimal):
            setattr(one, name, value.quantize(_CENT))


def _named(one: models.Model) -> dict[str, Any]:
    title = getattr(one, "title", "") or getattr(one, "text", "")
    return {"title": title} if title else {}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: word(value) for name, value in values.items()}


def word(value: Any) -> Any:
    """A value as events keep it."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value
