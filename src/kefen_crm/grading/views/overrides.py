from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kefen_crm.customers.queries import visible_to
from kefen_crm.grading import actions, override_report, queries
from kefen_crm.grading.forms import OverrideForm, ReasonForm
from kefen_crm.grading.models import CustomerClass
from kefen_crm.grading.views.dialogs import ask
from kefen_crm.platform.forms import refused
from kefen_crm.platform.paging import Pages
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest

PER_PAGE = 50


@require_GET
def report(request: SignedInRequest) -> HttpResponse:
    """Who set which classes by hand, and what became of it; each number leads to its decisions."""
    found = override_report.read(override_report.visible(request.user))
    chosen = override_report.narrowed(found, request.GET.dict())
    page = Pages(chosen, PER_PAGE).get_page(request.GET.get("page"))
    context = {"people": override_report.by_person(found), "page": page, "chosen": request.GET}
    return render(request, "grading/by_hand.html", context)


@require_http_methods(["GET", "POST"])
def set_by_hand(request: SignedInRequest, name: str, code: str) -> HttpResponse:
    """Put a customer into a class by hand."""
    require(request.user, Permit.GRADE)
    scheme = get_object_or_404(queries.published(), name=name)
    customer = get_object_or_404(visible_to(request.user), code=code)
    graded = CustomerClass.objects.filter(customer=customer, scheme=scheme).first()
    first = {"class_key": graded.class_key if graded else None}
    form = OverrideForm(request.POST or None, scheme=scheme, initial=first)
    if form.is_valid():
        try:
            actions.set_override(request.user, customer, scheme, **form.cleaned_data)
        except ValidationError as error:
            refused(form, error)
        else:
            messages.success(request, _("The class is set."))
            return redirect("customers:detail", customer.code)
    title = _("Set the class of %(customer)s") % {"customer": customer.name}
    context = {"scheme": scheme, "graded": graded}
    back = reverse("customers:detail", args=[customer.code])
    return ask(request, "grading/_set_by_hand.html", title, back, form, **context)


@require_http_methods(["GET", "POST"])
def lift(request: SignedInRequest, pk: int) -> HttpResponse:
    """End a class set by hand before its day."""
    require(request.user, Permit.GRADE)
    override = get_object_or_404(override_report.visible(request.user), pk=pk)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            actions.lift_override(request.user, override, form.cleaned_data["reason"])
        except ValidationError as error:
            refused(form, error)
        else:
            messages.success(request, _("The computed class holds again."))
            return redirect("customers:detail", override.customer.code)
    title = _("Let the computed class of %(customer)s hold?")
    title = title % {"customer": override.customer.name}
    back = reverse("customers:detail", args=[override.customer.code])
    return ask(request, "grading/_lift.html", title, back, form, override=override)
