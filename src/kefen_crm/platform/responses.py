"""Answers to htmx: a toast, a closed dialog, a redirect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django_htmx.http import trigger_client_event

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


def toast(response: HttpResponse, text: str | _StrPromise, tag: str = "success") -> HttpResponse:
    """Have the page show `text`; `tag` is success, info, warning or danger."""
    return trigger_client_event(response, "kefen:toast", {"text": str(text), "tag": tag})


def close_dialog(response: HttpResponse | None = None) -> HttpResponse:
    """Have the page close the dialog that asked."""
    return trigger_client_event(response or HttpResponse(status=204), "kefen:close", {})
