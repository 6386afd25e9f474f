"""Finds tasks by what is to be done, and activities by what was said, while a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from kefen_crm.activities.models import Activity, Task
from kefen_crm.activities.queries import activities_for, tasks_for
from kefen_crm.customers.texts import containing
from kefen_crm.platform import numbers
from kefen_crm.platform.parts import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_LISTED = 5
_WHOSE = ("customer__name", "customer__code")
_OPEN_FIRST = F("closed_on").asc(nulls_first=True)
_AROUND = 20
"""Characters shown before the word that was found, and twice as many after."""


def find_tasks(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Tasks of customers in reach, the open ones first."""
    user = request.user
    found = tasks_for(user).filter(containing(Task, "title", text)).select_related(None)
    found = found.select_related("customer").only("title", "day", "state", *_WHOSE)
    for one in found.order_by(_OPEN_FIRST, "-day", "-pk")[:_LISTED]:
        note = f"{one.customer.name} · {numbers.day(one.day)}"
        state = "" if one.open else f" · {one.get_state_display()}"
        address = reverse("customers:detail", args=[one.customer.code])
        yield Hit(one.title, f"{note}{state}", address)


def find_notes(request: HttpRequest, text: str) -> Iterator[Hit]:
    """What was said with customers in reach, the newest first."""
    user = request.user
    found = activities_for(user).filter(containing(Activity, "text", text)).select_related(None)
    found = found.exclude(state=Activity.State.WITHDRAWN).select_related("customer")
    for one in found.only("at", "text", *_WHOSE).order_by("-at", "-pk")[:_LISTED]:
        note = f"{one.customer.name} · {numbers.day(timezone.localdate(one.at))}"
        address = reverse("customers:detail", args=[one.customer.code])
        yield Hit(_around(one.text, text), note, address)


def _around(said: str, text: str) -> str:
    """The part of a text in which the first word stands."""
    line = " ".join(said.split())
    word = (text.split() or [""])[0].casefold()
    at = max(line.casefold().find(word), 0)
    start = max(at - _AROUND, 0)
    part = line[start : start + 3 * _AROUND]
    return f"{'…' if start else ''}{part}{'…' if start + 3 * _AROUND < len(line) else ''}"
