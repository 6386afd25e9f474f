from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.gateway import KefenError, say
from kefen_crm.grading import actions, drafts, queries
from kefen_crm.grading.forms import PublishForm
from kefen_crm.grading.models import Draft, Scheme, SchemeVersion
from kefen_crm.grading.views.dialogs import ask
from kefen_crm.platform.forms import refused
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest


@require_GET
def listed(request: SignedInRequest, name: str) -> HttpResponse:
    """The history of a scheme in words, and any two versions side by side."""
    scheme = get_object_or_404(queries.published(), name=name)
    return render(request, "grading/versions.html", drafts.history(scheme, request.GET))


@require_http_methods(["GET", "POST"])
def restore(request: SignedInRequest, name: str, number: int) -> HttpResponse:
    """Take up again what an earlier version said."""
    require(request.user, Permit.GRADE)
    scheme = get_object_or_404(queries.published(), name=name)
    version = get_object_or_404(SchemeVersion, scheme=scheme, number=number)
    form = PublishForm(request.POST or None)
    if form.is_valid():
        try:
            changed = actions.roll_back(request.user, scheme, version, form.cleaned_data["reason"])
        except ValidationError as error:
            refused(form, error)
        else:
            return _published(request, changed, run=form.cleaned_data["run"])
    title = _("Roll back to version %(number)s?") % {"number": number}
    back = reverse("grading:versions", args=[scheme.name])
    changes = drafts.changes(scheme.current, version)
    return ask(request, "grading/_restore.html", title, back, form, changes=changes)


@require_GET
def draft(request: SignedInRequest, name: str, pk: int) -> HttpResponse:
    """A draft: what it changes in words, and what it would do to the classes."""
    return _draft_page(request, _draft(request, name, pk), PublishForm())


def _draft_page(request: SignedInRequest, found: Draft, form: PublishForm) -> HttpResponse:
    context = drafts.review(found) | {"form": form}
    return render(request, "grading/draft.html", context, status=422 if form.errors else 200)


@require_POST
def shadow(request: SignedInRequest, name: str, pk: int) -> HttpResponse:
    """Queue a shadow run of a draft."""
    found = _draft(request, name, pk)
    actions.shadow(request.user, found)
    return redirect("grading:draft", found.scheme.name, found.pk)


@require_POST
def publish(request: SignedInRequest, name: str, pk: int) -> HttpResponse:
    """Make a draft what the scheme says."""
    found = _draft(request, name, pk)
    form = PublishForm(request.POST)
    if form.is_valid():
        try:
            scheme = actions.publish(request.user, None, form.cleaned_data["reason"], found)
        except ValidationError as error:
            refused(form, error)
        except KefenError as error:
            form.add_error(None, say(error))
        else:
            return _published(request, scheme, run=form.cleaned_data["run"])
    return _draft_page(request, found, form)


def _published(request: SignedInRequest, scheme: Scheme, *, run: bool) -> HttpResponse:
    assert scheme.current is not None
    told = _("Version %(number)s is published.") % {"number": scheme.current.number}
    messages.success(request, told)
    if run:
        actions.request_runs(request.user, [scheme])
    return redirect("grading:detail", scheme.name)


@require_POST
def discard(request: SignedInRequest, name: str, pk: int) -> HttpResponse:
    """Throw a draft away."""
    found = _draft(request, name, pk)
    published = found.scheme.current_id is not None
    actions.discard_draft(request.user, found)
    messages.success(request, _("The draft is gone."))
    return redirect("grading:detail", name) if published else redirect("grading:list")


def _draft(request: SignedInRequest, name: str, pk: int) -> Draft:
    require(request.user, Permit.GRADE)
    found = Draft.objects.select_related("scheme__current", "base", "by").filter(pk=pk).first()
    if found is None or found.scheme.name != name:
        raise Http404
    return found
