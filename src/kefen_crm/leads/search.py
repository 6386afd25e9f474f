"""Finds leads by number, company, name, phone or mail while a person types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.urls import reverse

from kefen_crm.leads.queries import leads_for, named
from kefen_crm.platform.parts import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_LISTED: Final = 5
_SHOWN: Final = ("company", "name", "phone", "email", "wechat", "grade", "source", "state")


def find(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Leads in reach, the newest first."""
    if not text.strip():
        return
    found = leads_for(request.user).filter(named(text.strip())).only(*_SHOWN)
    for one in found.order_by("-pk")[:_LISTED]:
        parts = [one.grade, one.get_source_display(), one.get_state_display()]
        note = " · ".join(str(part) for part in parts if part)
        yield Hit(str(one), note, reverse("leads:detail", args=[one.pk]))
