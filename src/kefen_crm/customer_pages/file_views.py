"""The list as a file: a short one at once, a long one written in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kefen_crm.customer_pages import export, files
from kefen_crm.customer_pages.columns import chosen_for_files
from kefen_crm.customer_pages.listing import totals
from kefen_crm.customer_pages.models import ListFile
from kefen_crm.customer_pages.selecting import listed
from kefen_crm.gateway import say_reason
from kefen_crm.platform.downloads import download, name_of
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.team.views import SignedInRequest


@require_GET
def at_once(request: SignedInRequest, form: str) -> HttpResponse:
    """The list as it is filtered now, or the customers picked in it, as an XLSX or CSV file.

    A long one leads to the page of files written in the background.
    """
    require(request.user, Permit.EXPORT)
    if totals(listed(request))["customers"] > files.AT_ONCE:
        asked = request.GET.copy()
        for name, chosen in chosen_for_files(request).items():
            asked.setlist(name, chosen)
        asked["columns"] = "1"
        asked["form"] = form
        return redirect(f"{reverse('customers:files')}?{asked.urlencode()}")
    return download(export.rows(request), _("Customers"), form)


@require_GET
def overview(request: SignedInRequest) -> HttpResponse:
    """One's own files, and the list to write next where the address has one."""
    require(request.user, Permit.EXPORT)
    context: dict[str, Any] = _listed(request)
    if request.GET.get("form") in ListFile.Form.values:
        asked = request.GET.copy()
        context["form"] = asked.pop("form")[-1]
        context["query"] = asked.urlencode()
        context["count"] = totals(listed(request))["customers"]
    return render(request, "customer_pages/files.html", context)


@require_GET
def progress(request: SignedInRequest) -> HttpResponse:
    """How far one's own files are."""
    require(request.user, Permit.EXPORT)
    return render(request, "customer_pages/_files.html", _listed(request))


@require_POST
def ask(request: SignedInRequest) -> HttpResponse:
    """Have a list written to a file."""
    form = request.POST.get("form", "")
    if form not in ListFile.Form.values:
        raise Http404
    try:
        files.ask(request.user, request.POST.get("query", ""), form)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("customers:files")


@require_GET
def content(request: SignedInRequest, pk: int) -> FileResponse:
    """A file of one's own to save."""
    require(request.user, Permit.EXPORT)
    file = get_object_or_404(_own(request).filter(status=ListFile.Status.FINISHED), pk=pk)
    try:
        stream = file.path.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    name = name_of(_("Customers"), file.form, file.created)
    return FileResponse(stream, as_attachment=True, filename=name)


@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remove a file of one's own."""
    require(request.user, Permit.EXPORT)
    files.remove(get_object_or_404(_own(request), pk=pk))
    return redirect("customers:files")


def _listed(request: SignedInRequest) -> dict[str, Any]:
    """One's own files; `busy` while one is being written."""
    found = list(_own(request))
    for one in found:
        one.said = say_reason(one.reason)  # type: ignore[attr-defined]
    return {"files": found, "busy": any(one.busy for one in found)}


def _own(request: SignedInRequest) -> QuerySet[ListFile]:
    return ListFile.objects.filter(by=request.user)
