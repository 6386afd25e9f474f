from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kefen_crm.contacts import actions
from kefen_crm.contacts.brought import brought_of, contact_from
from kefen_crm.contacts.forms import ContactForm
from kefen_crm.contacts.queries import changeable
from kefen_crm.customers.dialogs import show_form
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform.forms import carried_out, expected_version, why_refused
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.contacts.models import Contact
    from kefen_crm.team.views import SignedInRequest


@require_http_methods(["GET", "POST"])
def add(request: SignedInRequest, code: str) -> HttpResponse:
    """Add a contact of a customer."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    form = ContactForm(request.POST or None)
    if form.is_valid() and carried_out(
        form, lambda: actions.add(request.user, customer, form.values())
    ):
        messages.success(request, _("%(name)s is a contact.") % {"name": form.instance.name})
        return redirect("customers:detail", customer.code)
    return show_form(request, customer, form, _("New contact"))


@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change what is said of a contact."""
    contact = _contact(request, pk)
    form = ContactForm(request.POST or None, known=contact)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.change(
            request.user, contact, form.values(), expected_version=expected_version(request)
        ),
    ):
        messages.success(request, _("The contact is changed."))
        return redirect("customers:detail", contact.customer.code)
    return show_form(request, contact.customer, form, contact.name, version=contact.version)


@require_http_methods(["GET", "POST"])
def brought(request: SignedInRequest, code: str) -> HttpResponse:
    """Change what is said of the contact that imports brought under `?number`."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    number = request.GET.get("number", "")
    customer = get_object_or_404(changeable_by(request.user), code=code)
    row = next((one for one in brought_of(customer) if one["contact_id"] == number), None)
    if row is None:
        written = get_object_or_404(changeable(request.user).exclude(brought=""), brought=number)
        return redirect("contacts:change", written.pk)
    known, reached = contact_from(customer, row)
    form = ContactForm(request.POST or None, known=known, reached=reached)
    if form.is_valid() and carried_out(
        form, lambda: actions.change_brought(request.user, customer, number, form.values())
    ):
        messages.success(request, _("The contact is changed."))
        return redirect("customers:detail", customer.code)
    about = _("from an import; what you write stands when it comes again")
    return show_form(request, customer, form, known.name, about=about)


@require_POST
def choose(request: SignedInRequest, pk: int, field: str) -> HttpResponse:
    """Say which value holds: the one that was written, or the one of imports."""
    contact = _contact(request, pk)
    keep: Literal["mine", "import"] = "import" if request.POST.get("keep") == "import" else "mine"
    if refused := why_refused(lambda: actions.choose(request.user, contact, field, keep)):
        messages.error(request, refused)
    return redirect("customers:detail", contact.customer.code)


@require_POST
def leave(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say that a person is no contact any more."""
    contact = _contact(request, pk)
    actions.leave(request.user, contact)
    messages.success(request, _("%(name)s is no contact any more.") % {"name": contact.name})
    return redirect("customers:detail", contact.customer.code)


def _contact(request: SignedInRequest, pk: int) -> Contact:
    require(request.user, Permit.EDIT_CUSTOMERS)
    found: Contact = get_object_or_404(changeable(request.user).select_related("customer"), pk=pk)
    return found
