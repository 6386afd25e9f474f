from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import get_valid_filename
from django.views.decorators.http import require_GET, require_http_methods

from kefen_crm.customers.queries import in_reach_of
from kefen_crm.gateway import KefenError, say
from kefen_crm.gateway.kinds import labels
from kefen_crm.platform.forms import refused
from kefen_crm.privacy import actions
from kefen_crm.privacy.forms import EraseForm, ErasePersonForm, PersonForm
from kefen_crm.privacy.places import by_words
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest


@require_GET
def register(request: SignedInRequest) -> HttpResponse:
    """Who was erased, by anonymous keys."""
    require(request.user, Permit.PERSONAL_DATA)
    return render(request, "privacy/register.html", {"entries": actions.register()})


@require_http_methods(["GET", "POST"])
def customer(request: SignedInRequest, code: str) -> HttpResponse:
    """Disclose or erase one customer."""
    require(request.user, Permit.PERSONAL_DATA)
    found = get_object_or_404(in_reach_of(request.user), code=code)
    form = EraseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.erase(
                request.user, code, form.cleaned_data["typed"], form.cleaned_data["reason"]
            )
        except ValidationError as error:
            refused(form, error)
        else:
            return redirect("privacy:register")
    status = 422 if request.method == "POST" else 200
    context = {"customer": found, "form": form}
    return render(request, "privacy/customer.html", context, status=status)


@require_GET
def found(request: SignedInRequest, code: str) -> HttpResponse:
    """A part of the page that takes longer: where the customer is found, what would be kept."""
    context: dict[str, Any] = {}
    try:
        preview = actions.look(request.user, code)
    except KefenError as error:
        context["refused"] = say(error)
    else:
        kept = [(labels(kind)[0], told) for kind, told in preview.kept.items()]
        context |= {"preview": preview, "kept": kept, "places": by_words(preview.found)}
    return render(request, "privacy/_found.html", context)


@require_http_methods(["GET", "POST"])
def person(request: SignedInRequest) -> HttpResponse:
    """Look for somebody who is no customer, then disclose or erase; words stay out of addresses."""
    require(request.user, Permit.PERSONAL_DATA)
    act = request.POST.get("act", "")
    form = (ErasePersonForm if act == "erase" else PersonForm)(request.POST or None)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        words = form.cleaned_data["words"]
        try:
            if act == "disclose":
                return _zip(actions.disclose_person(request.user, words), "person")
            if act == "erase":
                told = form.cleaned_data
                actions.erase_person(request.user, words, told["typed"], told["reason"])
                return redirect("privacy:register")
            preview = actions.look_for(request.user, words)
            context |= {"preview": preview, "places": by_words(preview.found)}
            context["form"] = ErasePersonForm(initial={"words": "\n".join(words)})
        except ValidationError as error:
            refused(form, error)
    return render(request, "privacy/person.html", context, status=422 if form.errors else 200)


@require_GET
def disclose(request: SignedInRequest, code: str) -> HttpResponse:
    """All that is held of a customer, as a ZIP file."""
    try:
        content = actions.disclose(request.user, code)
    except KefenError as error:
        return HttpResponse(say(error), status=404, content_type="text/plain; charset=utf-8")
    return _zip(content, code)


def _zip(content: bytes, of: str) -> HttpResponse:
    name = get_valid_filename(f"personal-data-{of}") + ".zip"
    return HttpResponse(
        content,
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
