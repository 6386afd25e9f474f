from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kefen_crm.designer import controls, documents, edits, pages, preview_result, working
from kefen_crm.designer.documents import ForgottenError, Read
from kefen_crm.gateway import KefenError, previewing, say
from kefen_crm.grading import actions, queries
from kefen_crm.grading.models import Draft
from kefen_crm.platform.numbers import moment
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest

FORGOTTEN = 409
"""What a form is answered whose document is not known here: it sends all of itself once more."""


@require_GET
def new(request: SignedInRequest) -> HttpResponse:
    """Choose what a new scheme starts from; then design it."""
    require(request.user, Permit.GRADE)
    template, method = request.GET.get("template", ""), request.GET.get("method", "")
    if not template and not method:
        context = {"templates": pages.templates(), "methods": controls.methods()}
        return render(request, "designer/new.html", context)
    document = pages.started(template, method)
    if document is None:
        raise Http404
    return render(request, "designer/design.html", pages.page(document))


@require_GET
def edit(request: SignedInRequest, name: str) -> HttpResponse:
    """Design the next version of a scheme."""
    require(request.user, Permit.GRADE)
    scheme = get_object_or_404(queries.published(), name=name)
    assert scheme.current is not None
    return render(
        request, "designer/design.html", pages.page(scheme.current.document, scheme=scheme)
    )


@require_GET
def draft(request: SignedInRequest, pk: int) -> HttpResponse:
    """Go on with a draft."""
    require(request.user, Permit.GRADE)
    found = _draft(pk)
    context = pages.page(found.document, scheme=found.scheme, draft=found)
    return render(request, "designer/design.html", context)


@require_POST
def editor(request: SignedInRequest) -> HttpResponse:
    """The form anew, after a button that changes its shape or after the YAML was edited."""
    require(request.user, Permit.GRADE)
    try:
        read = documents.read(request.POST)
    except ForgottenError:
        return HttpResponse(status=FORGOTTEN)
    document = documents.shaped(edits.act(read.document, request.POST.get("act", "")))
    context = controls.editor(document) | {"state": working.put(document)}
    return render(request, "designer/_editor.html", context)


@require_POST
def preview(request: SignedInRequest) -> HttpResponse:
    """What the form would make of the customers; or its document as YAML, where it `wants` that."""
    require(request.user, Permit.GRADE)
    try:
        read = documents.read(request.POST)
    except ForgottenError:
        return HttpResponse(status=FORGOTTEN)
    state = {"state": working.put(read.document)}
    if request.POST.get("wants") == "yaml":
        return JsonResponse(state | {"yaml": documents.text(documents.sent(read.document))})
    return JsonResponse(state | preview_result.effect(read, pages.against(request.POST)))


@require_POST
def members(request: SignedInRequest) -> HttpResponse:
    """The customers behind a class or a move."""
    require(request.user, Permit.GRADE)
    page = request.POST.get("page", "1")
    try:
        context = preview_result.behind(
            request.user,
            documents.read(request.POST),
            pages.against(request.POST),
            request.POST.get("who", ""),
            max(int(page), 1) if page.isdecimal() else 1,
        )
    except ForgottenError:
        return HttpResponse(status=FORGOTTEN)
    except KefenError as error:
        return render(request, "designer/_behind.html", {"failure": say(error)}, status=422)
    return render(request, "designer/_behind.html", context)


@require_POST
def keep(request: SignedInRequest) -> HttpResponse:
    """Save the form as a draft, try it by a shadow run, or publish it."""
    require(request.user, Permit.GRADE)
    read = documents.read(request.POST)
    pk = request.POST.get("draft", "")
    pk = pk if pk.isdecimal() else ""
    drafts = Draft.objects.select_related("scheme__current")
    held = drafts.filter(pk=int(pk)).first() if pk else None
    if read.unreadable:
        messages.error(request, _("The YAML cannot be read: mend it first."))
        return _again(request, read, held)
    if pk and (told := _changed_meanwhile(held, request.POST.get("seen", ""))):
        messages.warning(request, told)
        return _again(request, read, held)
    try:
        return _kept(request, documents.sent(read.document), held)
    except KefenError as error:
        messages.error(request, _refusal(error))
    except ValidationError as error:
        told = " ".join(error.messages)
        if request.POST.get("do") == "publish":
            return _again(request, read, held, reason_fault=told)
        messages.error(request, told)
    return _again(request, read, held)


def _kept(request: SignedInRequest, document: dict[str, Any], held: Draft | None) -> HttpResponse:
    wanted, by = request.POST.get("do", "draft"), request.user
    if wanted == "publish":
        scheme = actions.publish(by, document, request.POST.get("reason", ""), held)
        if request.POST.get("run"):
            actions.request_runs(by, [scheme])
        assert scheme.current is not None
        told = _("Version %(number)s is published.") % {"number": scheme.current.number}
        messages.success(request, told)
        return redirect("grading:detail", scheme.name)
    saved = actions.save_draft(by, document, request.POST.get("note", ""), held)
    if wanted == "shadow":
        actions.shadow(by, saved)
        told = _("A shadow run of the draft is queued: nobody's class changes.")
        messages.success(request, told)
        return redirect("grading:draft", saved.scheme.name, saved.pk)
    messages.success(request, _("The draft is saved."))
    return redirect("designer:draft", saved.pk)


def _changed_meanwhile(held: Draft | None, seen: str) -> str:
    """What became of a draft since the form was opened; nothing while it says what `seen` tells.

    The form is shown once more with what was typed: to send it again replaces the other wording.
    """
    if held is None:
        return _(
            "This draft was published or discarded meanwhile. What you typed is still here: "
            "save it to keep it as a new draft."
        )
    if seen and seen != held.digest:
        return _(
            "This draft was changed elsewhere at %(time)s. What you typed is still here and not "
            "saved yet: save again to replace the other wording, or open the draft anew to go on "
            "with that."
        ) % {"time": moment(held.updated)}
    return ""


def _refusal(error: KefenError) -> str:
    faults = previewing.fault_texts(getattr(error, "faults", []))
    return " ".join([say(error), *(one["text"] for one in faults[:3])])


def _again(
    request: SignedInRequest, read: Read, held: Draft | None, *, reason_fault: str = ""
) -> HttpResponse:
    """The page with what was typed; what is wrong with the reason is told in its dialog."""
    name = request.POST.get("scheme", "")
    scheme = held.scheme if held else queries.published().filter(name=name).first()
    context = pages.page(read.document, scheme=scheme, draft=held)
    if request.POST.get("source") == "yaml":
        context["yaml"] = request.POST.get("yaml", "")
    context["reason_fault"] = reason_fault
    return render(request, "designer/design.html", context, status=422)


def _draft(pk: int) -> Draft:
    return get_object_or_404(Draft.objects.select_related("scheme__current"), pk=pk)
