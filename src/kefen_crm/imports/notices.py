"""Whom imports are told to: whoever sent a file hears that it failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kefen_crm.imports.models import Import
from kefen_crm.platform.parts import Notice, NoticeKind, NoticeText, TimelineKind

if TYPE_CHECKING:
    from kefen_crm.platform.models import Event
    from kefen_crm.team.models import User

KIND = NoticeKind("import.failed", _("An import that I began failed"), "file-alert")
TIMELINE = (TimelineKind("import.failed", _("Import failed"), "file-alert", _("Imports")),)


def _import(event: Event) -> Import | None:
    try:
        found = event.target()
    except ObjectDoesNotExist:
        return None
    assert isinstance(found, Import)
    return found


def _whom(event: Event) -> list[User | None]:
    found = _import(event)
    return [found.by] if found else []


def _tell(event: Event) -> NoticeText | None:
    found = _import(event)
    if found is None:
        return None
    undone = (event.after or {}).get("stage") == Import.Status.UNDOING
    text = (
        gettext_noop("%(name)s could not be taken back")
        if undone
        else gettext_noop("%(name)s could not be imported")
    )
    return NoticeText(text, {"name": found.name}, found.get_absolute_url())


NOTICES = (Notice("import.failed", KIND.name, _whom, _tell),)
