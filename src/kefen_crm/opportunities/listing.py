"""Opportunities in the customer list: whether a customer has any, and whether one rots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.opportunities.models import Opportunity
from kefen_crm.opportunities.queries import rotting
from kefen_crm.platform.calendar import current
from kefen_crm.platform.filters import NOBODY
from kefen_crm.platform.parts import Choice, Choices, Filter

if TYPE_CHECKING:
    from django.http import HttpRequest

NAME: Final = "opportunity"


def _titles() -> dict[str, str]:
    return {
        "open": _("With an open opportunity"),
        "rotten": _("With a rotting opportunity"),
        "won": _("With a won opportunity"),
        "none": _("Without an open opportunity"),
    }


def _read(value: str) -> tuple[str, Q]:
    own, title = Opportunity.objects.filter(customer=OuterRef("pk")), _titles().get(value)
    if title is None:
        return value, NOBODY
    if value == "rotten":
        now = timezone.now()
        return title, Q(Exists(own.filter(rotting(now, current().today(now)))))
    if value == "none":
        return title, ~Q(Exists(own.filter(state="open")))
    return title, Q(Exists(own.filter(state=value)))


def _choices(request: HttpRequest) -> list[Choices]:
    asked = set(request.GET.getlist(NAME))
    offered = [Choice(value, title, value in asked) for value, title in _titles().items()]
    return [Choices(NAME, NAME, _("Opportunities"), offered)]


FILTER = Filter(NAME, _read, group=lambda _value: NAME, choices=_choices)
