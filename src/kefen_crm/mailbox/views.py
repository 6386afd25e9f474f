"""The mailboxes of the settings, and the mails whose customer is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.mailbox import actions
from kefen_crm.mailbox.forms import GiveMailForm, MailboxForm
from kefen_crm.mailbox.models import Mail, Mailbox
from kefen_crm.mailbox.wording import FAILED
from kefen_crm.platform.forms import carried_out, expected_version, why_refused
from kefen_crm.platform.paging import Pages
from kefen_crm.team.roles import Permit, require
from kefen_crm.tickets.actions import SERVE

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest
    from kefen_crm.tickets.models import Ticket

PER_PAGE = 30


@require_GET
def settings(request: SignedInRequest) -> HttpResponse:
    """Every mailbox, with how it was read last."""
    require(request.user, Permit.OPERATE)
    known = [(one, FAILED.get(one.why, "")) for one in Mailbox.objects.all()]
    return render(request, "mailbox/settings.html", {"mailboxes": known})


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int = 0) -> HttpResponse:
    """Set up a mailbox, or change one."""
    require(request.user, Permit.OPERATE)
    known = get_object_or_404(Mailbox, pk=pk) if pk else None
    form = MailboxForm(request.POST or None, instance=known)
    version = expected_version(request)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.save(request.user, known, form.cleaned_data, expected_version=version),
    ):
        messages.success(request, _("The mailbox is saved."))
        return redirect("mailbox:settings")
    context = {"form": form, "mailbox": known}
    return render(request, "mailbox/edit.html", context, status=422 if form.errors else 200)


@require_GET
def waiting(request: SignedInRequest) -> HttpResponse:
    """Mails of which nobody knows whose they are."""
    require(request.user, SERVE)
    found = Mail.objects.filter(outcome=Mail.Outcome.WAITS)
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "mailbox/waiting.html", {"page": page})


@require_http_methods(["GET", "POST"])
def give(request: SignedInRequest, pk: int) -> HttpResponse:
    """Open the ticket of a mail for a customer."""
    require(request.user, SERVE)
    mail = get_object_or_404(Mail, pk=pk, outcome=Mail.Outcome.WAITS)
    form = GiveMailForm(request.POST or None, user=request.user)
    opened: list[Ticket] = []

    def act() -> None:
        opened.append(actions.give(request.user, mail, **form.cleaned_data))

    if form.is_valid() and carried_out(form, act):
        messages.success(request, _("The ticket is opened."))
        return redirect("tickets:detail", opened[0].pk)
    context = {"mail": mail, "form": form}
    return render(request, "mailbox/give.html", context, status=422 if form.errors else 200)


@require_POST
def leave_out(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have no ticket come of a mail."""
    require(request.user, SERVE)
    mail = get_object_or_404(Mail, pk=pk)
    if refused := why_refused(lambda: actions.leave_out(request.user, mail)):
        messages.error(request, refused)
    else:
        messages.success(request, _("The mail is left out."))
    return redirect("mailbox:waiting")
