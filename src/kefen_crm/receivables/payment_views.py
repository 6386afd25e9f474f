"""Payments that name no invoice, and what they were applied to by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.customers.dialogs import show_form
from kefen_crm.customers.queries import changeable_by
from kefen_crm.gateway.debts import invoices_of
from kefen_crm.platform.forms import carried_out
from kefen_crm.platform.paging import Pages
from kefen_crm.receivables import applying
from kefen_crm.receivables.applying import APPLY
from kefen_crm.receivables.forms import ApplyForm
from kefen_crm.team.roles import may, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest

PER_PAGE = 50
LATEST = 20


@require_GET
def payments(request: SignedInRequest) -> HttpResponse:
    """Those without an invoice, and the latest applications."""
    found = applying.loose_for(request.user)
    live = applying.applications_of(request.user).filter(undone_at=None)
    context = {
        "tab": "payments",
        "page": Pages(found, PER_PAGE).get_page(request.GET.get("page")),
        "applications": live[:LATEST],
        "writable": may(request.user, APPLY),
    }
    return render(request, "receivables/payments.html", context)


@require_http_methods(["GET", "POST"])
def apply(request: SignedInRequest) -> HttpResponse:
    """Apply a payment to an invoice."""
    require(request.user, APPLY)
    number = (request.POST or request.GET).get("number", "")[:200].replace("\x00", "")
    found = next((one for one in applying.loose_for(request.user) if one[0].number == number), None)
    if found is None:
        raise Http404
    payment, customer = found
    form = ApplyForm(
        request.POST or None,
        invoices=invoices_of(customer.code),
        unpaid=dict(customer.open_invoices.values_list("number", "open")),
        initial={"number": number, "amount": payment.amount},
    )
    if form.is_valid() and carried_out(
        form, lambda: applying.apply(request.user, **form.cleaned_data)
    ):
        messages.success(request, _("The payment is applied; the figures follow in a minute."))
        return redirect("receivables:payments")
    title = _("Apply %(number)s of %(day)s") % {"number": number, "day": payment.paid_on}
    return show_form(request, customer, form, title)


@require_POST
def unapply(request: SignedInRequest, pk: int) -> HttpResponse:
    """Undo an application."""
    require(request.user, APPLY)
    mine = applying.applications_of(request.user, changeable_by(request.user))
    applying.unapply(request.user, get_object_or_404(mine, pk=pk, undone_at=None))
    messages.success(request, _("It is undone; the figures follow in a minute."))
    return redirect("receivables:payments")
