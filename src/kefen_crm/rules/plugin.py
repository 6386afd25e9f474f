from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ObjectDoesNotExist
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kefen_crm.platform import clock
from kefen_crm.platform.models import Confirmation
from kefen_crm.platform.parts import (
    MenuEntry,
    Notice,
    NoticeKind,
    NoticeText,
    Permission,
    Route,
    Router,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.platform.rules import SET_RULES, kinds
from kefen_crm.rules import queries
from kefen_crm.team.queries import permitted
from kefen_crm.team.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.platform.models import Event
    from kefen_crm.team.models import User

RULES = _("Rules")


def _which(event: Event) -> str:
    """The kind and the version, instead of two documents side by side."""
    name = (event.after or {}).get("kind", "")
    kind = kinds().get(name)
    return f"{kind.title if kind else name} v{event.version}"


def _asked(event: Event) -> Confirmation | None:
    try:
        found = event.target()
    except ObjectDoesNotExist:
        return None
    assert isinstance(found, Confirmation)
    return found


def _whom(event: Event) -> Iterable[User]:
    asked = _asked(event)
    return permitted(clock.permit_of(asked.job)) if asked else []


def _tell(event: Event) -> NoticeText | None:
    asked = _asked(event)
    if asked is None or asked.decision:
        return None
    kind = kinds().get(asked.rule)
    text = gettext_noop("A rule stopped and asks: it would touch %(touching)s customers today")
    url = reverse("rules:detail", args=[kind.name]) if kind else reverse("rules:list")
    return NoticeText(text, {"touching": asked.touching}, url)


PLUGIN = Plugin(
    position=78,
    routes=(Route("rules/", "kefen_crm.rules.urls"),),
    routers=(Router("/rules", "kefen_crm.rules.api.router"),),
    menu=(
        MenuEntry(
            "rules:list",
            RULES,
            "list-check",
            "r",
            SET_RULES,
            position=60,
            group="settings",
            shown=lambda: bool(kinds()),
        ),
    ),
    permissions=(Permission(SET_RULES, _("publish rules"), (Role.MANAGER,)),),
    attention=queries.attention,
    approvals=queries.approvals,
    timeline=(
        TimelineKind("rules.published", _("Rules published"), "upload", RULES, _which),
        TimelineKind("rules.rolled-back", _("Rules rolled back"), "history", RULES, _which),
        TimelineKind("rule.asked", _("A rule stopped and asked"), "hand-stop", RULES),
        TimelineKind("rule.decided", _("A rule was decided about"), "gavel", RULES),
    ),
    notice_kinds=(NoticeKind("rule.asked", _("A rule stopped and asks me"), "hand-stop"),),
    notices=(Notice("rule.asked", "rule.asked", _whom, _tell),),
)
