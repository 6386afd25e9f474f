"""Customers in the customer list by whether a quote of theirs is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from kefen_crm.platform.filters import NOBODY
from kefen_crm.platform.parts import Choice, Choices, Filter
from kefen_crm.quotes.models import Quote

if TYPE_CHECKING:
    from django.http import HttpRequest

NAME: Final = "quote"


def _titles() -> dict[str, str]:
    return {
        "sent": _("With a quote that waits for an answer"),
        "accepted": _("With an accepted quote"),
        "declined": _("With a declined quote"),
    }


def _read(value: str) -> tuple[str, Q]:
    title = _titles().get(value)
    if title is None:
        return value, NOBODY
    return title, Q(Exists(Quote.objects.filter(customer=OuterRef("pk"), state=value)))


def _choices(request: HttpRequest) -> list[Choices]:
    asked = set(request.GET.getlist(NAME))
    offered = [Choice(value, title, value in asked) for value, title in _titles().items()]
    return [Choices(NAME, NAME, _("Quotes"), offered)]


FILTER = Filter(NAME, _read, group=lambda _value: NAME, choices=_choices)
