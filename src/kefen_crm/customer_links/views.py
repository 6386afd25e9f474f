from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kefen_crm.customer_links import actions
from kefen_crm.customer_links.forms import LinkForm
from kefen_crm.customers.dialogs import show_form
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform.forms import carried_out
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest


@require_http_methods(["GET", "POST"])
def add(request: SignedInRequest, code: str) -> HttpResponse:
    """Link a customer to another."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    form = LinkForm(request.POST or None, user=request.user)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.link(
            request.user, customer, form.cleaned_data["other"], form.cleaned_data["kind"]
        ),
    ):
        messages.success(request, _("The customers are linked."))
        return redirect("customers:detail", customer.code)
    return show_form(request, customer, form, _("Link to another customer"))


@require_POST
def remove(request: SignedInRequest, code: str, pk: int) -> HttpResponse:
    """Take a link away."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    found = get_object_or_404(actions.changeable(request.user), pk=pk)
    actions.unlink(request.user, found)
    messages.success(request, _("The link is gone."))
    return redirect("customers:detail", code)
