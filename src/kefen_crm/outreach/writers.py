"""How other apps write messages: by the name of a template, through everything outreach asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.utils import timezone

from kefen_crm.outreach.models import Message, Template, Why
from kefen_crm.outreach.queueing import queue
from kefen_crm.platform.bulk import texts
from kefen_crm.platform.parts import Writer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

NO_TEMPLATE: Final = "no-template"
"""The template is not in use, or has no words in the language."""


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


WRITER: Final = Writer(templates, write, stop)
