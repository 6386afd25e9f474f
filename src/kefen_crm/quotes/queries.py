"""Reads of quotes: those in reach, the list, the versions of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Q
from django.utils.translation import pgettext_lazy

from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.customers.texts import containing
from kefen_crm.quotes.models import Quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from kefen_crm.team.models import User

STATES: Final = (
    ("open", pgettext_lazy("quote", "open")),
    *((one.value, one.label) for one in Quote.State if one != Quote.State.REPLACED),
)
OPEN: Final = ("draft", "asked", "approved", "sent")


def quotes_for(user: User | AnonymousUser) -> QuerySet[Quote]:
    """The quotes of customers whom `user` may see."""
    return Quote.objects.filter(customer__in=visible_to(user))


def changeable_quotes(user: User | AnonymousUser) -> QuerySet[Quote]:
    """The quotes of customers whom `user` may change."""
    return Quote.objects.filter(customer__in=changeable_by(user))


def narrowed(user: User, filters: Mapping[str, str]) -> QuerySet[Quote]:
    """Quotes as the address asks for them, by `state` and `q`, the newest first."""
    found = quotes_for(user).select_related("customer", "by", "opportunity")
    if text := filters.get("q", "").strip().replace("\x00", ""):
        found = found.filter(named(text))
    state = filters.get("state", "")
    if state in Quote.State.values:
        return found.filter(state=state)
    return found.filter(state__in=OPEN)


def named(text: str) -> Q:
    """The quotes of a number, of a customer's code, or with words in their title."""
    found = containing(Quote, "title", text) | Q(customer__code=text)
    number = text.upper().removeprefix("Q-").split("-")[0].lstrip("0")
    if number.isdecimal() and number.isascii() and len(number) < 18:
        found |= Q(chain=int(number))
    return found
