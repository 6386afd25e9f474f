from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from kefen_crm.customer_files import actions
from kefen_crm.customer_files.models import CustomerFile
from kefen_crm.customers.queries import changeable_by
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from typing import Any

    from kefen_crm.team.views import SignedInRequest

ALONE: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""What a file that is shown may do: nothing."""


@require_POST
def add(request: SignedInRequest, code: str) -> HttpResponse:
    """Keep the files of a form with a customer."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    about = None
    if label := request.POST.get("about", ""):
        try:
            about = actions.thing_of(customer, label)
        except ValidationError:
            raise Http404 from None
    sent = request.FILES.getlist("files")[: actions.AT_ONCE]
    added = 0
    for one in sent:
        try:
            body = one.read(actions.LARGEST + 1)
            actions.add(request.user, customer, one.name or "", body, about=about)
            added += 1
        except ValidationError as error:
            messages.error(request, f"{one.name}: {' '.join(error.messages)}")
    if added:
        told = ngettext("%(n)s file is there.", "%(n)s files are there.", added) % {"n": added}
        messages.success(request, told)
    elif not sent:
        messages.error(request, _("Choose a file."))
    return redirect(about) if about else redirect("customers:detail", customer.code)


@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """A picture or a PDF, shown in place."""
    file = _file(request, pk)
    if not file.is_shown:
        raise Http404
    return content(file, attached=False)


@require_GET
def download(request: SignedInRequest, pk: int) -> HttpResponse:
    """A file to save."""
    return content(_file(request, pk), attached=True)


@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remove a file."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    mine = CustomerFile.objects.filter(customer__in=changeable_by(request.user))
    file = get_object_or_404(mine.select_related("customer"), pk=pk)
    thing = actions.things_of([file]).get(file.about)
    actions.remove(request.user, file)
    messages.success(request, _("%(name)s is removed.") % {"name": file.name})
    if thing and "here" in request.POST:
        return redirect(thing)
    return redirect("customers:detail", file.customer.code)


def content(file: CustomerFile, *, attached: bool) -> HttpResponse:
    """The bytes of a file, so that a browser runs none of them."""
    try:
        stream = file.place.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    told = "application/octet-stream" if attached else file.type
    answer: Any = FileResponse(stream, content_type=told)
    answer.headers["Content-Disposition"] = content_disposition_header(attached, file.name)
    answer.headers["Content-Security-Policy"] = ALONE
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer  # type: ignore[no-any-return]


def _file(request: SignedInRequest, pk: int) -> CustomerFile:
    found: CustomerFile = get_object_or_404(actions.files_for(request.user), pk=pk)
    return found
