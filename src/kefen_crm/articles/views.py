"""Articles for those who are signed in: found, read, written, published, withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.articles import actions
from kefen_crm.articles.forms import ArticleForm
from kefen_crm.articles.models import Article
from kefen_crm.articles.permits import WRITE_ARTICLES
from kefen_crm.articles.queries import articles_for, holding
from kefen_crm.articles.wording import as_html
from kefen_crm.platform.forms import carried_out, expected_version, why_refused
from kefen_crm.platform.paging import Pages
from kefen_crm.team.roles import may, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest

PER_PAGE = 50


@require_GET
def articles(request: SignedInRequest) -> HttpResponse:
    """The articles that hold the words of the address, by topic."""
    text = request.GET.get("q", "")
    found = holding(articles_for(request.user), text)
    context = {
        "page": Pages(found, PER_PAGE).get_page(request.GET.get("page")),
        "text": text,
        "writable": may(request.user, WRITE_ARTICLES),
    }
    return render(request, "articles/articles.html", context)


@require_GET
def article(request: SignedInRequest, pk: int) -> HttpResponse:
    """One article as it is read; with `draft` as it would be after publishing."""
    found = get_object_or_404(articles_for(request.user), pk=pk)
    writable = may(request.user, WRITE_ARTICLES)
    shown = found.published
    if shown is None or (writable and "draft" in request.GET):
        shown = None
    context = {
        "article": found,
        "shown": shown,
        "html": as_html(shown.body if shown else found.body),
        "versions": found.versions.select_related("by"),
        "changed": _changed(found),
        "writable": writable,
    }
    return render(request, "articles/article.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int = 0) -> HttpResponse:
    """Write an article, or change its draft."""
    require(request.user, WRITE_ARTICLES)
    known = get_object_or_404(Article, pk=pk) if pk else None
    form = ArticleForm(request.POST or None, instance=known)
    version, made = expected_version(request), []

    def act() -> None:
        values = form.cleaned_data
        made.append(actions.write(request.user, known, values, expected_version=version))

    if form.is_valid() and carried_out(form, act):
        return redirect("articles:article", made[0].pk)
    context = {"form": form, "article": known}
    return render(request, "articles/edit.html", context, status=422 if form.errors else 200)


@require_POST
def publish(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have the draft be read."""
    require(request.user, WRITE_ARTICLES)
    found, version = get_object_or_404(Article, pk=pk), expected_version(request)
    refused = why_refused(lambda: actions.publish(request.user, found, expected_version=version))
    return _done(request, found, refused, _("The article is published."))


@require_POST
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have the article be read no more."""
    require(request.user, WRITE_ARTICLES)
    found, version = get_object_or_404(Article, pk=pk), expected_version(request)
    refused = why_refused(lambda: actions.withdraw(request.user, found, expected_version=version))
    return _done(request, found, refused, _("The article is withdrawn."))


def _done(request: SignedInRequest, found: Article, refused: str, done: str) -> HttpResponse:
    if refused:
        messages.error(request, refused)
    else:
        messages.success(request, done)
    return redirect("articles:article", found.pk)


def _changed(article: Article) -> bool:
    """Whether the draft is another than what is read."""
    current = article.published
    return current is None or any(
        getattr(article, name) != getattr(current, name) for name in actions.TEXTS
    )
