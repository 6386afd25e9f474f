"""The forms of the settings, and what was sent by nobody knows whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.platform.forms import carried_out, expected_version, why_refused
from kefen_crm.platform.paging import Pages
from kefen_crm.public_forms import actions
from kefen_crm.public_forms.forms import GiveForm, SettingForm
from kefen_crm.public_forms.models import PublicForm, Submission
from kefen_crm.team.roles import Permit, require
from kefen_crm.tickets.permits import SERVE

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest
    from kefen_crm.tickets.models import Ticket

PER_PAGE = 30


@require_GET
def settings(request: SignedInRequest) -> HttpResponse:
    """Every public form."""
    require(request.user, Permit.OPERATE)
    genuine = ~Q(submissions__outcome=Submission.Outcome.LEFT_OUT)
    waits = Q(submissions__outcome=Submission.Outcome.WAITS)
    found = PublicForm.objects.annotate(
        sent=Count("submissions", filter=genuine), waiting=Count("submissions", filter=waits)
    ).order_by("pk")
    return render(request, "public_forms/settings.html", {"forms": found})


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int = 0) -> HttpResponse:
    """Set up a form, or change one."""
    require(request.user, Permit.OPERATE)
    known = get_object_or_404(PublicForm, pk=pk) if pk else None
    form = SettingForm(request.POST or None, instance=known)
    version = expected_version(request)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.save(request.user, known, form.cleaned_data, expected_version=version),
    ):
        messages.success(request, _("The form is saved."))
        return redirect("public_forms:settings")
    context = {"form": form, "known": known}
    return render(request, "public_forms/edit.html", context, status=422 if form.errors else 200)


@require_POST
def renew(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give a form a new address, and show it."""
    require(request.user, Permit.OPERATE)
    public = get_object_or_404(PublicForm, pk=pk)
    actions.renew(request.user, public)
    return redirect("public_forms:address", public.pk)


@require_GET
def address(request: SignedInRequest, pk: int) -> HttpResponse:
    """The address of a form, to link to and to print."""
    require(request.user, Permit.OPERATE)
    public = get_object_or_404(PublicForm, pk=pk)
    context = {"public": public, "address": ""}
    if token := actions.token_of(public):
        entrance = reverse("public_forms:entrance", args=[token])
        context["address"] = request.build_absolute_uri(entrance)
    page = render(request, "public_forms/address.html", context)
    page["Cache-Control"] = "no-store"
    return page


@require_GET
def waiting(request: SignedInRequest) -> HttpResponse:
    """What was sent by forms of which nobody knows whose it is."""
    require(request.user, SERVE)
    found = Submission.objects.filter(outcome=Submission.Outcome.WAITS)
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "public_forms/waiting.html", {"page": page})


@require_http_methods(["GET", "POST"])
def give(request: SignedInRequest, pk: int) -> HttpResponse:
    """Open the ticket of what waits for a customer."""
    require(request.user, SERVE)
    sent = get_object_or_404(Submission, pk=pk, outcome=Submission.Outcome.WAITS)
    form = GiveForm(request.POST or None, user=request.user)
    opened: list[Ticket] = []

    def act() -> None:
        opened.append(actions.give(request.user, sent, **form.cleaned_data))

    if form.is_valid() and carried_out(form, act):
        messages.success(request, _("The ticket is opened."))
        return redirect("tickets:detail", opened[0].pk)
    context = {"sent": sent, "form": form}
    return render(request, "public_forms/give.html", context, status=422 if form.errors else 200)


@require_POST
def leave_out(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have no ticket come of what waits."""
    require(request.user, SERVE)
    sent = get_object_or_404(Submission, pk=pk)
    if refused := why_refused(lambda: actions.leave_out(request.user, sent)):
        messages.error(request, refused)
    else:
        messages.success(request, _("It is left out."))
    return redirect("public_forms:waiting")
