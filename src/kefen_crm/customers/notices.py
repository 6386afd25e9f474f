"""Whom changes to customers are told to: who becomes an owner, and who no longer is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kefen_crm.platform.parts import Notice, NoticeKind, NoticeText
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Callable

    from kefen_crm.platform.models import Event

GIVEN = NoticeKind("customer.given", _("A customer became mine"), "user-plus")
TAKEN = NoticeKind("customer.taken", _("A customer of mine became another's"), "user-minus")
SHARED = NoticeKind("customer.shared", _("I was made a collaborator of a customer"), "users-plus")
KINDS = (GIVEN, TAKEN, SHARED)
_VERBS = ("customer.created", "customer.edited", "customer.assigned", "customer.chosen")


def _named(side: str, field: str, event: Event) -> list[User | None]:
    """Whom a field named before or after; nobody where that did not change."""
    values = getattr(event, side) or {}
    number = str(values.get(field) or "")
    return [User.objects.filter(pk=int(number)).first()] if number.isdecimal() else []


def _tell(text: str, event: Event) -> NoticeText | None:
    customer = event.customer
    if customer is None:
        return None
    data = {"customer": customer.name, "who": event.actor.display_name if event.actor else "Kefen"}
    return NoticeText(text, data, reverse("customers:detail", args=[customer.code]))


def _told(text: str) -> Callable[[Event], NoticeText | None]:
    return partial(_tell, text)


NOTICES = (
    *(
        Notice(verb, kind.name, partial(_named, side, "owner"), _told(text))
        for verb in _VERBS
        for kind, side, text in (
            (GIVEN, "after", gettext_noop("%(who)s made you the owner of %(customer)s")),
            (TAKEN, "before", gettext_noop("%(who)s gave %(customer)s, a customer of yours, away")),
        )
    ),
    Notice(
        "customer.shared",
        SHARED.name,
        partial(_named, "after", "user"),
        _told(gettext_noop("%(who)s made you a collaborator of %(customer)s")),
    ),
)
