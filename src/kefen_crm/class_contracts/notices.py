"""Whom objections are told to: who may grade hears of them, who objected of the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ObjectDoesNotExist
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kefen_crm.class_contracts.actions import ANSWERED, OBJECTED
from kefen_crm.class_contracts.models import Objection
from kefen_crm.platform.parts import Notice, NoticeKind, NoticeText, TimelineKind
from kefen_crm.team.queries import permitted
from kefen_crm.team.roles import Permit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.platform.models import Event
    from kefen_crm.team.models import User

KIND = NoticeKind("class.objection", _("Somebody objects to a class, or answers me"), "scale")


def _objection(event: Event) -> Objection | None:
    try:
        found = event.target()
    except ObjectDoesNotExist:
        return None
    assert isinstance(found, Objection)
    return found


def _graders(event: Event) -> Iterable[User | None]:
    return [one for one in permitted(Permit.GRADE) if one.pk != event.actor_id]


def _objector(event: Event) -> Iterable[User | None]:
    found = _objection(event)
    return [found.by] if found and found.by_id != event.actor_id else []


def _text(event: Event, text: str) -> NoticeText | None:
    found = _objection(event)
    if found is None:
        return None
    url = reverse("class_contracts:show", args=[found.scheme.name, found.customer.code])
    return NoticeText(text, {"customer": found.customer.name}, url)


def _objected(event: Event) -> NoticeText | None:
    return _text(event, gettext_noop("An objection to the class of %(customer)s"))


def _answered(event: Event) -> NoticeText | None:
    return _text(event, gettext_noop("Your objection to the class of %(customer)s is answered"))


NOTICES = (
    Notice(OBJECTED, KIND.name, _graders, _objected),
    Notice(ANSWERED, KIND.name, _objector, _answered),
)


def _said(event: Event) -> str:
    told = event.after or {}
    state = dict(Objection.State.choices).get(str(told.get("state")), "")
    return ": ".join(str(word) for word in (state, told.get("text")) if word)


GROUP = _("Objections to classes")
TIMELINE = (
    TimelineKind(OBJECTED, _("Objection to the class"), "scale", GROUP, _said),
    TimelineKind(ANSWERED, _("Objection answered"), "gavel", GROUP, _said),
)
