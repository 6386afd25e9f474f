"""Connectors, what each brought, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.connectors import actions, wording
from kefen_crm.connectors.forms import ConnectorForm
from kefen_crm.connectors.models import Connector
from kefen_crm.connectors.sources import SOURCES
from kefen_crm.platform.forms import carried_out, expected_version, why_refused
from kefen_crm.platform.paging import Pages
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest

PER_PAGE = 30


@require_GET
def settings(request: SignedInRequest) -> HttpResponse:
    """Every connector, and the sources there are."""
    require(request.user, Permit.OPERATE)
    known = Connector.objects.select_related("by")
    context = {
        "connectors": [(one, SOURCES.get(one.source), one.fetches.first()) for one in known],
        "sources": SOURCES.values(),
    }
    return render(request, "connectors/settings.html", context)


@require_http_methods(["GET", "POST"])
def add(request: SignedInRequest, source: str) -> HttpResponse:
    """Set up a connector of a source."""
    require(request.user, Permit.OPERATE)
    found = SOURCES.get(source)
    if found is None:
        raise Http404
    form = ConnectorForm(request.POST or None, source=found, initial={"title": found.title})
    made: list[Connector] = []
    if form.is_valid() and carried_out(
        form,
        lambda: made.append(actions.add(request.user, {**form.given, "source": found.name})),
    ):
        if found.receiver is not None:
            return _with_secret(request, made[0])
        messages.success(request, _("It is asked now. This page shows what comes of it."))
        return redirect("connectors:detail", made[0].pk)
    context = {"form": form, "source": found}
    return render(request, "connectors/edit.html", context, status=422 if form.errors else 200)


@require_GET
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One connector with its fetches, the newest first."""
    require(request.user, Permit.OPERATE)
    return _page(request, get_object_or_404(Connector.objects.select_related("by"), pk=pk))


@require_POST
def renew(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give a connector that others post to a new secret, which is shown once."""
    require(request.user, Permit.OPERATE)
    found = get_object_or_404(Connector, pk=pk)
    made: list[Connector] = []
    if refused := why_refused(lambda: made.append(actions.renew(request.user, found))):
        messages.error(request, refused)
        return redirect("connectors:detail", pk)
    return _with_secret(request, made[0])


def _with_secret(request: SignedInRequest, found: Connector) -> HttpResponse:
    """The page of a connector with the secret that Kefen made, which no page shows later."""
    if not actions.makes_secret(found):
        return redirect("connectors:detail", found.pk)
    answer = _page(request, found, secret=found.secret)
    answer["Cache-Control"] = "no-store"
    return answer


def _page(request: SignedInRequest, found: Connector, secret: str = "") -> HttpResponse:
    page = Pages(found.fetches.prefetch_related("imported"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    source = SOURCES.get(found.source)
    context = {
        "connector": found,
        "source": source,
        "secret": secret,
        "unconfirmed": _unconfirmed(found),
        "makes_secret": actions.makes_secret(found),
        "address": _address(request, found),
        "settings": [
            (one.title, found.settings[one.name])
            for one in (source.settings if source else ())
            if found.settings.get(one.name)
        ],
        "folder": actions.folder_of(found) if found.source == "folder" else None,
        "page": page,
        "fetches": [
            (one, wording.brought(one), wording.left_out(one), wording.why(one)) for one in page
        ],
    }
    return render(request, "connectors/detail.html", context)


def _address(request: SignedInRequest, found: Connector) -> str:
    """Where others post; empty of what is asked."""
    if not actions.posted_to(found):
        return ""
    return request.build_absolute_uri(reverse("connectors:receive", args=[found.pk]))


@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change what is asked and how often."""
    require(request.user, Permit.OPERATE)
    found = get_object_or_404(Connector, pk=pk)
    source = SOURCES.get(found.source)
    if source is None:
        raise Http404
    first = {"title": found.title, "every": found.every, **found.settings}
    form = ConnectorForm(
        request.POST or None, source=source, known=bool(found.secret), initial=first
    )
    if form.is_valid() and carried_out(
        form,
        lambda: actions.change(
            request.user, found, form.given, expected_version=expected_version(request)
        ),
    ):
        messages.success(request, _("The connector is changed."))
        return redirect("connectors:detail", pk)
    context = {"form": form, "connector": found, "source": source}
    return render(request, "connectors/edit.html", context, status=422 if form.errors else 200)


@require_POST
def switch(request: SignedInRequest, pk: int) -> HttpResponse:
    """Turn a connector on or off."""
    require(request.user, Permit.OPERATE)
    found = get_object_or_404(Connector, pk=pk)
    changed = actions.change(request.user, found, {"active": not found.active})
    said = _("The connector is on.") if changed.active else _("The connector is off.")
    messages.success(request, said)
    return redirect("connectors:detail", pk)


@require_POST
def run(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask a connector now."""
    require(request.user, Permit.OPERATE)
    found = get_object_or_404(Connector, pk=pk)
    if refused := why_refused(lambda: actions.run_now(request.user, found)):
        messages.error(request, refused)
    else:
        messages.success(request, _("It is asked now. This page shows what comes of it."))
    return redirect("connectors:detail", pk)


@require_POST
def trust(request: SignedInRequest, pk: int) -> HttpResponse:
    """Confirm the key that a server showed, by its fingerprint."""
    require(request.user, Permit.OPERATE)
    found = get_object_or_404(Connector, pk=pk)
    shown = request.POST.get("fingerprint", "")
    settings = {**found.settings, "fingerprint": shown}
    if shown != _unconfirmed(found):
        messages.error(request, _("The server showed another key meanwhile."))
    elif refused := why_refused(
        lambda: actions.change(request.user, found, {"settings": settings})
    ):
        messages.error(request, refused)
    else:
        messages.success(request, _("The key is confirmed. The server is asked now."))
    return redirect("connectors:detail", pk)


def _unconfirmed(found: Connector) -> str:
    """The fingerprint of the key that a server showed last, where nobody confirmed it."""
    last = found.fetches.first()
    why = (last.told.get("why") or {}) if last else {}
    waits = why.get("code") in ("host-key", "other-host-key")
    return str(why["data"]["fingerprint"]) if waits else ""


@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remove a connector; what it brought stays."""
    require(request.user, Permit.OPERATE)
    actions.remove(request.user, get_object_or_404(Connector, pk=pk))
    messages.success(request, _("The connector is removed. What it brought stays."))
    return redirect("connectors:settings")
