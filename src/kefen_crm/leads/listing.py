"""Customers in the customer list by the source of the lead that they came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from kefen_crm.leads.models import Lead, Source
from kefen_crm.platform.filters import NOBODY
from kefen_crm.platform.parts import Choice, Choices, Filter

if TYPE_CHECKING:
    from django.http import HttpRequest

NAME: Final = "lead_source"


def _read(value: str) -> tuple[str, Q]:
    if value not in Source.values:
        return value, NOBODY
    own = Lead.objects.filter(customer=OuterRef("pk"), source=value)
    return _("Came by: %(source)s") % {"source": Source(value).label}, Q(Exists(own))


def _choices(request: HttpRequest) -> list[Choices]:
    asked = set(request.GET.getlist(NAME))
    offered = [Choice(value, str(title), value in asked) for value, title in Source.choices]
    return [Choices(NAME, NAME, _("Came by"), offered)]


FILTER = Filter(NAME, _read, group=lambda _value: NAME, choices=_choices)
