"""The pages on which people write customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh, reswap, retarget

from kefen_crm.custom_fields.actions import write as write_custom
from kefen_crm.custom_fields.forms import errors_by_field, new_values_form
from kefen_crm.customer_pages import pages
from kefen_crm.customer_pages.forms import FieldForm, NewCustomerForm
from kefen_crm.customer_pages.profile import label, profile, row
from kefen_crm.customers import actions, fields
from kefen_crm.customers.fields import EDITABLE, OWNER
from kefen_crm.customers.queries import changeable_by, in_reach_of, writable_by
from kefen_crm.platform.events import Stale
from kefen_crm.platform.forms import refused
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.custom_fields.forms import ValuesForm
    from kefen_crm.customers.models import Customer
    from kefen_crm.team.views import SignedInRequest

ON_OTHER_PARTS = ("name", OWNER)
"""Fields that stand on more of the page than the panel of basics."""


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Type in a customer, with the fields of the company's own."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    form = NewCustomerForm(request.POST or None, user=request.user)
    custom = new_values_form(request.POST or None)
    both = [form.is_valid(), custom.is_valid()]
    if request.method == "POST" and all(both):
        made = _made(request, form, custom)
        if made is not None:
            messages.success(request, _("%(name)s is added.") % {"name": made.name})
            if "another" in request.POST:
                return redirect("customers:new")
            return redirect("customers:detail", made.code)
    status = 422 if form.errors or custom.errors else 200
    context = {"form": form, "custom": custom, "parts": pages.parts_of_new(request)}
    return render(request, "customer_pages/new.html", context, status=status)


def _made(request: SignedInRequest, form: NewCustomerForm, custom: ValuesForm) -> Customer | None:
    """The customer that was typed in; None where something of it was refused, and nothing is."""
    values = {name: value for name, value in form.cleaned_data.items() if name != "code"}
    own = {key: value for key, value in custom.values().items() if value}
    try:
        with transaction.atomic():
            made = actions.create(request.user, values, code=form.cleaned_data["code"])
            try:
                return write_custom(request.user, made, own) if own else made
            except ValidationError as error:
                refused(custom, errors_by_field(error))
                raise
    except ValidationError as error:
        if not custom.errors:
            refused(form, error)
        return None


@require_http_methods(["GET", "POST"])
def field(request: SignedInRequest, code: str, name: str) -> HttpResponse:
    """One field, to be written: in its place on the customer's page, or on a page of its own."""
    require(request.user, Permit.ASSIGN_CUSTOMERS if name == OWNER else Permit.EDIT_CUSTOMERS)
    if name not in EDITABLE:
        raise Http404
    customer = get_object_or_404(changeable_by(request.user).select_related("owner"), code=code)
    form = FieldForm(request.POST or None, customer=customer, name=name)
    stale: Stale | None = None
    if form.is_valid():
        try:
            customer = _written(request, customer, name, form)
        except ValidationError as error:
            refused(form, error)
        except Stale as error:
            stale = error
        else:
            return _done(request, customer, name)
    return _form(request, customer, name, form, stale)


def _written(request: SignedInRequest, customer: Customer, name: str, form: FieldForm) -> Customer:
    """The customer with the field as typed; Stale when others wrote that very field meanwhile."""
    value = form.cleaned_data[name]
    if form.cleaned_data["was"] != fields.current_text(customer, name):
        raise Stale(customer, [])
    return actions.edit(request.user, customer, {name: value}, expected_version=customer.version)


def _form(
    request: SignedInRequest, customer: Customer, name: str, form: FieldForm, stale: Stale | None
) -> HttpResponse:
    context: dict[str, Any] = {
        "customer": customer,
        "row": row(customer, name, None, editable=True),
        "form": form,
        "field": form[name],
    }
    if stale is not None:
        # What others wrote is shown; sent once more, the form writes over it.
        context["meanwhile"] = row(customer, name, customer.edits.filter(field=name).first())
        form.data = form.data.copy()  # type: ignore[attr-defined]  # what was posted
        form.data["was"] = fields.current_text(customer, name)  # type: ignore[index]
    if _htmx(request):  # which puts in place what is no error
        context["in_place"] = True
        template = "_cell_form.html" if _in_list(request) else "_field_form.html"
        return render(request, f"customer_pages/{template}", context)
    status = 412 if stale is not None else 422 if form.errors else 200
    context["title"] = label(name)
    return render(request, "customer_pages/field.html", context, status=status)


@require_POST
def choose(request: SignedInRequest, code: str, name: str) -> HttpResponse:
    """Say which value of a field holds."""
    customer = get_object_or_404(changeable_by(request.user), code=code)
    keep = request.POST.get("keep")
    if keep not in ("mine", "import"):
        return HttpResponse(status=422)
    customer = actions.choose(request.user, customer, name, keep)  # type: ignore[arg-type]  # one of the two
    return _done(request, customer, name)


@require_GET
def basics(request: SignedInRequest, code: str) -> HttpResponse:
    """The panel of basics, as it is."""
    customer = get_object_or_404(in_reach_of(request.user).select_related("owner"), code=code)
    return _panel(request, customer)


@require_POST
def archive(request: SignedInRequest, code: str) -> HttpResponse:
    customer = get_object_or_404(changeable_by(request.user), code=code)
    actions.archive(request.user, customer)
    messages.success(request, _("%(name)s is archived.") % {"name": customer.name})
    return redirect("customers:detail", customer.code)


@require_POST
def restore(request: SignedInRequest, code: str) -> HttpResponse:
    archived = writable_by(request.user).filter(standing="archived")
    customer = get_object_or_404(archived, code=code)
    actions.restore(request.user, customer)
    messages.success(request, _("%(name)s is back.") % {"name": customer.name})
    return redirect("customers:detail", customer.code)


def _done(request: SignedInRequest, customer: Customer, name: str) -> HttpResponse:
    if not _htmx(request):
        return redirect("customers:detail", customer.code)
    if _in_list(request):
        customer.refresh_from_db()
        return HttpResponse(escape(row(customer, name, None).text))
    if name in ON_OTHER_PARTS:
        return HttpResponseClientRefresh()
    return retarget(reswap(_panel(request, customer), "outerHTML"), "#profile")


def _panel(request: SignedInRequest, customer: Customer) -> HttpResponse:
    context = {"customer": customer, "profile": profile(request, customer)}
    return render(request, "customer_pages/_profile.html", context)


def _in_list(request: SignedInRequest) -> bool:
    """Whether the field is written in its cell of the list."""
    return request.GET.get("in") == "list"


def _htmx(request: SignedInRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]
