"""Webhooks, what was sent to each, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.platform.forms import carried_out, expected_version
from kefen_crm.platform.paging import Pages
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.views import SignedInRequest
from kefen_crm.webhooks import actions
from kefen_crm.webhooks.forms import EndpointForm
from kefen_crm.webhooks.models import Delivery, Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable

PER_PAGE = 50


@require_http_methods(["GET", "POST"])
def settings(request: SignedInRequest) -> HttpResponse:
    """Every webhook, and a new one, whose secret is shown once."""
    require(request.user, Permit.OPERATE)
    form = EndpointForm(request.POST or None)
    made: list[Endpoint] = []
    if form.is_valid() and carried_out(
        form, lambda: made.append(actions.add(request.user, form.cleaned_data))
    ):
        return _with_secret(request, made[0])
    context = {"form": form, "endpoints": Endpoint.objects.all()}
    return render(request, "webhooks/settings.html", context, status=422 if form.errors else 200)


@require_GET
def endpoint(request: SignedInRequest, pk: int) -> HttpResponse:
    """One webhook with its deliveries, the newest first."""
    require(request.user, Permit.OPERATE)
    return _page(request, get_object_or_404(Endpoint, pk=pk))


@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change where what is sent."""
    require(request.user, Permit.OPERATE)
    found = get_object_or_404(Endpoint, pk=pk)
    first = {name: getattr(found, name) for name in ("url", "note", "verbs")}
    form = EndpointForm(request.POST or None, initial=first)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.change(
            request.user, found, form.cleaned_data, expected_version=expected_version(request)
        ),
    ):
        messages.success(request, _("The webhook is changed."))
        return redirect("webhooks:endpoint", pk)
    context = {"form": form, "endpoint": found}
    return render(request, "webhooks/change.html", context, status=422 if form.errors else 200)


@require_POST
def switch(request: SignedInRequest, pk: int) -> HttpResponse:
    """Turn a webhook on or off."""
    require(request.user, Permit.OPERATE)
    found = get_object_or_404(Endpoint, pk=pk)
    changed = actions.change(request.user, found, {"active": not found.active})
    said = _("The webhook is on.") if changed.active else _("The webhook is off.")
    messages.success(request, said)
    return redirect("webhooks:endpoint", pk)


@require_POST
def renew(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give a webhook a new secret, which is shown once."""
    require(request.user, Permit.OPERATE)
    return _with_secret(request, actions.renew(request.user, get_object_or_404(Endpoint, pk=pk)))


@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remove a webhook."""
    require(request.user, Permit.OPERATE)
    actions.remove(request.user, get_object_or_404(Endpoint, pk=pk))
    messages.success(request, _("The webhook is removed."))
    return redirect("webhooks:settings")


@require_POST
def test(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send a webhook an event that says that it is a test."""
    require(request.user, Permit.OPERATE)
    found = get_object_or_404(Endpoint, pk=pk)
    return _sent(request, pk, lambda: actions.test(request.user, found))


@require_POST
def again(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send a delivery once more."""
    require(request.user, Permit.OPERATE)
    found = get_object_or_404(Delivery.objects.select_related("endpoint"), pk=pk)
    return _sent(request, found.endpoint_id, lambda: actions.send_again(request.user, found))


def _sent(request: SignedInRequest, pk: int, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("It is being sent. This page shows what comes of it."))
    return redirect("webhooks:endpoint", pk)


def _with_secret(request: SignedInRequest, found: Endpoint) -> HttpResponse:
    """The page of a webhook with its secret, which no page shows later."""
    answer = _page(request, found, secret=found.secret)
    answer["Cache-Control"] = "no-store"
    return answer


def _page(request: SignedInRequest, found: Endpoint, secret: str = "") -> HttpResponse:
    sent = found.deliveries.select_related("event__customer")
    page = Pages(sent, PER_PAGE).get_page(request.GET.get("page"))
    titles = actions.verbs()
    context = {
        "endpoint": found,
        "secret": secret,
        "page": page,
        "deliveries": [(one, titles.get(one.event.verb, "")) for one in page],
        "wanted": [titles.get(verb, verb) for verb in found.verbs],
    }
    return render(request, "webhooks/endpoint.html", context)
