"""How other apps write messages: by the name of a template, through everything outreach asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.outreach.models import Message, Template, Why
from kefen_crm.outreach.queueing import queue
from kefen_crm.platform.bulk import texts
from kefen_crm.platform.parts import Writer, Written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

NO_TEMPLATE: Final = "no-template"
"""The template is not in use, or has no words in the language."""
LATER: Final = "later"
"""It may not be sent yet, such as in the quiet hours."""
WAITS: Final = "waits"
UNREACHED: Final = (*Message.ENDED, Message.State.UNKNOWN)
"""The states of messages that reached nobody, as far as is known."""


def templates() -> list[str]:
    return list(Template.objects.filter(active=True).values_list("name", flat=True))


def write(template: str, language: str, keys: Mapping[int, str], now: datetime) -> dict[int, str]:
    """Make a message to each customer of `keys`, as of `Writer`; gives why not to the others."""
    found = Template.objects.filter(name=template, active=True).first()
    if found is None:
        return dict.fromkeys(keys, NO_TEMPLATE)
    try:
        _made, refused = queue(found, list(keys), keys, now, language=language)
    except ValidationError:  # no words in this language
        return dict.fromkeys(keys, NO_TEMPLATE)
    return {pk: str(why) for pk, why in refused.items()}


def stop(keys: Sequence[str]) -> int:
    """Have what waits not be sent."""
    waiting = Message.objects.filter(key__in=texts(keys), state=Message.State.QUEUED)
    return waiting.update(state=Message.State.STOPPED, why=Why.STOPPED, moved_at=timezone.now())


def outcomes(keys: Sequence[str]) -> dict[str, Written]:
    """What became of the messages of keys, by the key."""
    now = timezone.now()
    rows = Message.objects.filter(key__in=texts(keys)).values_list("key", "state", "why", "due")
    return {key: _outcome(state, why, due, now) for key, state, why, due in rows}


def _outcome(state: str, why: str, due: datetime, now: datetime) -> Written:
    if state == Message.State.QUEUED:
        later = due > now
        return Written("waiting", LATER if later else WAITS, until=due if later else None)
    if state in UNREACHED:
        known = why in Why.values
        return Written("unsent", why if known else state, "" if known else why)
    return Written("sent")


def words(why: str) -> str:
    """A reason in words; empty for one that is none of outreach."""
    said = {
        NO_TEMPLATE: _("the template is not in use, or has no text in this language"),
        LATER: _("waits until it may be sent: quiet hours, or the next attempt"),
        WAITS: _("waits for its turn"),
        **{one.value: one.label for one in Why},
        **{one.value: one.label for one in Message.State if one in UNREACHED},
    }
    return str(said.get(why, ""))


WRITER: Final = Writer(templates, write, stop, outcomes, words)
