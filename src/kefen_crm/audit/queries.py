"""Events as people read them, and which of them somebody may see."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import ForeignKey, Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kefen_crm.customers.queries import in_reach_of
from kefen_crm.platform.api.paging import split
from kefen_crm.platform.models import Event
from kefen_crm.platform.numbers import NOTHING
from kefen_crm.platform.parts import TimelineKind
from kefen_crm.platform.registry import declared
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

FIRST, PER_PAGE = 10, 50
"""Events of the first page of a timeline, and of any other page."""
LONGEST = 200
"""Characters of a value that are shown."""


@dataclass(frozen=True)
class FieldChange:
    """A field that changed, in words: what it is called, and its value before and after."""

    title: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """An event in words; `detail` is a line of the app's own, else `fields` tells what changed.

    `about` names what changed where it is no customer.
    """

    event: Event
    kind: TimelineKind
    about: str
    detail: str
    fields: list[FieldChange]


def groups() -> dict[str, list[str]]:
    """The verbs of each group, the groups as apps declare them."""
    return _groups(get_language())


@cache
def _groups(_language: str | None) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in declared("timeline"):
        found.setdefault(str(one.group), []).append(one.verb)
    return found


def visible_events(user: User) -> QuerySet[Event]:
    """The events that concern no customer, and those of customers whom `user` may see."""
    events = Event.objects.select_related("actor", "customer")
    if may(user, Permit.SEE_ALL_CUSTOMERS):
        return events
    return events.filter(Q(customer=None) | Q(customer__in=in_reach_of(user)))


def of_customer(customer: Customer) -> QuerySet[Event]:
    """The events of one customer, the newest first."""
    return customer.events.select_related("actor")


def page(events: QuerySet[Event], limit: int) -> dict[str, Any]:
    """The first of events in words, and the id after which older ones begin; empty without any."""
    shown, more = split(list(events[: limit + 1]), limit)
    return {"entries": in_words(shown), "older": str(shown[-1].pk) if more else ""}


def in_words(events: list[Event]) -> list[Entry]:
    """Events in words; a verb that no app declares is shown by its name."""
    kinds: dict[str, TimelineKind] = {one.verb: one for one in declared("timeline")}
    names = _names_of_related(events)
    result = []
    for event in events:
        verb = event.verb
        kind = kinds.get(verb) or TimelineKind(verb, verb, "point", _("Other"))
        detail = str(kind.detail(event)) if kind.detail else ""
        fields = [] if detail else _changes(event, names)
        about = "" if event.customer_id else _about(event, names)
        result.append(Entry(event, kind, about, detail, fields))
    return result


def _changes(event: Event, names: dict[tuple[type[Model], str], str]) -> list[FieldChange]:
    before, after = event.before or {}, event.after or {}
    model = _model(event.object_type)
    found = []
    for name in dict.fromkeys((*before, *after)):
        told = [_text(_field(model, name), values.get(name), names) for values in (before, after)]
        if told[0] != told[1]:
            found.append(FieldChange(_title(model, name), *told))
    return found


def _about(event: Event, names: dict[tuple[type[Model], str], str]) -> str:
    model = _model(event.object_type)
    known = names.get((model, event.object_id), "") if model else ""
    return known or str((event.before or event.after or {}).get("name", ""))


def _title(model: type[Model] | None, name: str) -> str:
    field = _field(model, name)
    return str(getattr(field, "verbose_name", name))


def _text(field: Any, value: Any, names: dict[tuple[type[Model], str], str]) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(field, ForeignKey):
        return names.get((field.related_model, str(value)), str(value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)[:LONGEST] or NOTHING
    if isinstance(value, dict):
        return ", ".join(f"{name}: {one}" for name, one in value.items())[:LONGEST] or NOTHING
    choices = dict(field.flatchoices) if field is not None and field.choices else {}
    text = str(choices.get(value, value))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _names_of_related(events: list[Event]) -> dict[tuple[type[Model], str], str]:
    """What the objects are called that events are about or fields point to, by model and key."""
    keys: dict[type[Model], set[str]] = {}
    for event in events:
        model = _model(event.object_type)
        if model is not None and event.customer_id is None:
            keys.setdefault(model, set()).add(event.object_id)
        for values in (event.before or {}, event.after or {}):
            for name, value in values.items():
                field = _field(model, name)
                if isinstance(field, ForeignKey) and _is_key(field, value):
                    keys.setdefault(field.related_model, set()).add(str(value))
    return {
        (model, str(one.pk)): str(one)
        for model, wanted in keys.items()
        for one in model._base_manager.filter(pk__in=wanted)  # noqa: SLF001  # Django's public name
    }


def _is_key(field: ForeignKey[Any, Any], value: object) -> bool:
    """Whether this can be the key of what a field points to; events may tell a name instead."""
    if value in (None, ""):  # "" is nobody
        return False
    try:
        field.target_field.to_python(value)
    except ValidationError:
        return False
    return True


@cache
def _model(label: str) -> type[Model] | None:
    try:
        return apps.get_model(label)
    except LookupError:  # of an app that is gone
        return None


def _field(model: type[Model] | None, name: str) -> Any:
    if model is None:
        return None
    try:
        return model._meta.get_field(name)  # noqa: SLF001  # Django's public name for it
    except FieldDoesNotExist:
        return None
