"""What the customer's page shows of facts noted by hand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.functional import lazy
from django.utils.translation import gettext as _

from kefen_crm.gateway.kinds import columns
from kefen_crm.noted_facts.actions import NOTE
from kefen_crm.noted_facts.feeds import row_of
from kefen_crm.noted_facts.kinds import KINDS
from kefen_crm.noted_facts.models import NotedFact
from kefen_crm.platform.parts import AuthoredFact, Part
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.noted_facts.kinds import NotedKind
    from kefen_crm.platform.models import Event
    from kefen_crm.platform.parts import Text

LISTED = 500


def button(request: HttpRequest, _customer: Customer) -> dict[str, Any] | None:
    """The menu of what can be noted."""
    return (
        {"kinds": [one for one in KINDS.values() if one.noted]} if may(request.user, NOTE) else None
    )


def authored(_request: HttpRequest, customer: Customer) -> Iterator[AuthoredFact]:
    """The facts noted of a customer, the newest first."""
    if not customer.current:
        return
    for fact in customer.noted_facts.select_related("by")[:LISTED]:
        values = _shown(KINDS[fact.kind], fact) if fact.in_force else None
        note = Part("noted_facts/_note.html", {"fact": fact}) if fact.in_force else None
        yield AuthoredFact(fact.kind, fact.number, values, note)


def _shown(kind: NotedKind, fact: NotedFact) -> dict[str, Any]:
    """The values of a fact as the page's cells take them."""
    values = row_of(kind, fact)
    for name, choices in kind.choices.items():
        words = dict(choices)
        if name in values:
            values[name] = str(words.get(values[name], values[name]))
    days = {one.name for one in columns(kind.kind, kind.columns) if one.type == "date"}
    values |= {name: date.fromisoformat(values[name]) for name in days & values.keys()}
    return values | ({"amount": fact.amount} if fact.amount is not None else {})


def titled(title: Text, kind: NotedKind) -> Text:
    """What was done with a fact of a kind, in the language of whoever reads it."""
    told: Text = lazy(lambda: str(title) % kind.title, str)()
    return told


def detail(event: Event) -> str:
    """What an event says of its fact: its number, and the values that it speaks of."""
    kind = next(one for one in KINDS.values() if event.verb.startswith(f"{one.thing}."))
    said = {**(event.before or {}), **(event.after or {})}
    titles = {one.name: one.title for one in columns(kind.kind, kind.columns)}
    words = {name: dict(choices) for name, choices in kind.choices.items()}
    told = [
        f"{titles[name]} {words.get(name, {}).get(value, value)}"
        for name, value in said.items()
        if value and name in titles
    ]
    number = NotedFact(pk=int(event.object_id)).number
    other = said.get("same_as") or said.get("kept")
    return _(", ").join([f"{number} = {other}" if other else number, *told])
