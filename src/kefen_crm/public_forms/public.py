"""The form that anybody fills in: without signing in, a cookie or a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from kefen_crm.platform.public_pages import limited
from kefen_crm.public_forms import actions
from kefen_crm.public_forms.forms import SendForm

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.public_forms.models import PublicForm

LANGUAGES: Final = {"zh": "zh-hans", "en": "en"}


@login_not_required
@require_safe
@limited
def entrance(_request: HttpRequest, token: str) -> HttpResponse:
    """Leads to the form in the reader's language."""
    if actions.found(token) is None:
        raise Http404
    chinese = (translation.get_language() or "").startswith("zh")
    return redirect("public_forms:fill", token, "zh" if chinese else "en")


@csrf_exempt  # whoever has the address may write; there is no session to be misused
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited
def fill(request: HttpRequest, token: str, language: str) -> HttpResponse:
    """The form; a POST sends it. The answer is the same, whoever it is from."""
    public = actions.found(token)
    if public is None or language not in LANGUAGES:
        raise Http404
    with translation.override(LANGUAGES[language]):
        return _filled(request, public, token, language)


def _filled(request: HttpRequest, public: PublicForm, token: str, language: str) -> HttpResponse:
    form = SendForm(request.POST if request.method == "POST" else None, public.kind)
    number, status = "", 200
    if form.is_valid():
        allowed = ratelimit.consume(request, action="public_form")
        sent = actions.send(public, form.said(), robot=form.robot) if allowed else None
        number, status = (sent.number, 200) if sent else ("", 429)
    elif form.errors:
        status = 422
    title = public.title_zh if language == "zh" else public.title_en
    languages = [(key, key == language) for key in LANGUAGES]
    context = {
        "form": form, "token": token, "title": title, "number": number, "later": status == 429,
        "languages": languages, "lead": public.kind == public.Kind.LEAD,
    }  # fmt: skip
    page = render(request, "public_forms/fill.html", context, status=status)
    page["Cache-Control"] = "no-store"
    page["Content-Language"] = "zh-Hans" if language == "zh" else "en"
    page["Referrer-Policy"] = "no-referrer"
    return page
