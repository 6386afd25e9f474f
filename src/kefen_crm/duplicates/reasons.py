"""Why two customers are likely one, in words and points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.platform.parts import Text

SURE: Final = 12.0
"""Points from which hardly anything speaks against it."""
_WORDS: Final[dict[str, tuple[Text, Text]]] = {
    "number": (_("same tax or credit number"), _("different tax or credit numbers")),
    "phone": (_("same phone"), _("different phones")),
    "email": (_("same e-mail"), _("different e-mails")),
    "wechat": (_("same WeChat"), _("different WeChat")),
    "name": (_("same or similar name"), _("different names")),
    "trade": (_("same trade"), _("different trades")),
    "place": (_("same place"), _("different places")),
    "branch": (_("same branch"), _("different branches")),
    "address": (_("same or similar address"), _("different addresses")),
    "birthday": (_("same or similar birthday"), _("different birthdays")),
}


@dataclass(frozen=True)
class Reason:
    """One part of the evidence: for it with more than 0 points, else against it."""

    part: str
    text: Text
    points: float


def reasons(parts: Mapping[str, float]) -> list[Reason]:
    """The parts of a score in words, those that speak for it first."""
    found = [
        Reason(name, _WORDS[name][0 if points > 0 else 1], points)
        for name, points in parts.items()
        if name in _WORDS and abs(points) >= 1
    ]
    return sorted(found, key=lambda one: -one.points)
