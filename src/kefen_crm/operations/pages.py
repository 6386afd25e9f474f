"""What happened to the installation, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from kefen_crm.gateway import say_reason
from kefen_crm.operations.forms import SettingsForm
from kefen_crm.platform.numbers import file_size

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Line:
    """An event as the page shows it."""

    title: str
    text: str
    by: str
    at: datetime

    @classmethod
    def of(cls, event: Any) -> Line:
        """The line of an event."""
        by = str(event.by) if event.by else _("the installation")
        return cls(event.get_kind_display(), _text(event), by, event.at)


def _text(event: Any) -> str:
    data, kinds = event.data, type(event).Kind
    if event.kind == kinds.SETTINGS:
        return "; ".join(
            f"{_label(name)}: {_value(before)} → {_value(now)}"
            for name, (before, now) in data.items()
        )
    if event.kind == kinds.BACKUP_FAILED:
        return say_reason(data)
    if event.kind == kinds.RUNS:
        listed = [f"{scheme}: {count}" for scheme, count in sorted(data["runs"].items())]
        return f"{', '.join(listed)} · {file_size(data['bytes'])}"
    if event.kind == kinds.BACKUP:
        return f"{data['file']} · {file_size(data['bytes'])}"
    return _("%(files)s files, %(size)s") % {
        "files": data.get("files", 0),
        "size": file_size(data.get("bytes", 0)),
    }


def _label(name: str) -> str:
    field = SettingsForm.base_fields.get(name)
    return str(field.label) if field else name


def _value(value: Any) -> str:
    return _("never") if value is None else str(value) or "–"
