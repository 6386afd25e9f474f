"""Articles for customers: without signing in, a cookie or a script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from kefen_crm.articles import actions
from kefen_crm.articles.queries import holding, public_articles
from kefen_crm.articles.wording import as_html
from kefen_crm.platform.paging import Pages
from kefen_crm.platform.public_pages import limited

if TYPE_CHECKING:
    from django.http import HttpRequest

PER_PAGE = 30
LANGUAGES = {"zh": "zh-hans", "en": "en"}


@login_not_required
@require_safe
@limited
def entrance(_request: HttpRequest) -> HttpResponse:
    """Leads to the articles in the reader's language."""
    chinese = (translation.get_language() or "").startswith("zh")
    return redirect("articles:public", "zh" if chinese else "en")


@login_not_required
@require_safe
@limited
def articles(request: HttpRequest, language: str) -> HttpResponse:
    """What customers may read, by topic, or what holds the words of `q`."""
    if language not in LANGUAGES:
        raise Http404
    text = request.GET.get("q", "")[:200]
    found = holding(public_articles(), text)
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    return _page(request, language, "articles/public.html", {"page": page, "text": text})


@csrf_exempt  # whoever reads may judge; there is no session to be misused
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited
def article(request: HttpRequest, language: str, code: str) -> HttpResponse:
    """One article; a POST says whether it helped. A draft is as unknown as what never was."""
    if language not in LANGUAGES:
        raise Http404
    found = get_object_or_404(public_articles(), code=code)
    assert found.published is not None
    thanks = False
    if request.method == "POST" and (said := request.POST.get("helpful")) in ("yes", "no"):
        actions.judge(found.published, helpful=said == "yes")
        thanks = True
    context = {"article": found, "version": found.published, "thanks": thanks}
    return _page(request, language, "articles/public_article.html", context)


def _page(
    request: HttpRequest, language: str, template: str, context: dict[str, Any]
) -> HttpResponse:
    with translation.override(LANGUAGES[language]):
        if version := context.get("version"):
            context |= {"html": as_html(version.body)}
        others = [(key, key == language) for key in LANGUAGES]
        page = render(request, template, {**context, "language": language, "languages": others})
    page["Content-Language"] = "zh-Hans" if language == "zh" else "en"
    page["Referrer-Policy"] = "no-referrer"
    return page
