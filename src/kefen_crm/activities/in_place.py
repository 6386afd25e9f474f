"""Answers to what was done in place: the lists of the page read themselves anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.http import HttpResponse
from django_htmx.http import trigger_client_event

if TYPE_CHECKING:
    from django.http import HttpRequest

CHANGED: Final = "kf-work-changed"
"""The event of the browser after which lists of tasks are read anew."""


def in_place(request: HttpRequest) -> bool:
    """Whether a part of a page asks, and the page stays."""
    part = request.htmx  # type: ignore[attr-defined]  # by a middleware
    return bool(part) and not part.boosted


def changed(said: str, tone: str = "success") -> HttpResponse:
    """Have the lists of the page read themselves anew, and say this."""
    return trigger_client_event(HttpResponse(status=204), CHANGED, {"said": said, "tone": tone})
