"""A question with a form: in the dialog of the page that asked, or as a page of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render

if TYPE_CHECKING:
    from django.forms import BaseForm
    from django.http import HttpResponse

    from kefen_crm.team.views import SignedInRequest


def ask(
    request: SignedInRequest, part: str, title: str, back: str, form: BaseForm, **context: Any
) -> HttpResponse:
    """The form of `part` under `title`; `back` is where Cancel leads."""
    told = {"part": part, "title": title, "back": back, "form": form, **context}
    plain = not request.htmx  # type: ignore[attr-defined]
    template = "grading/ask.html" if plain else "grading/_ask.html"
    return render(request, template, told, status=422 if form.errors else 200)
