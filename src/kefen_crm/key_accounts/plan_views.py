"""Dialogs of the steps of buying and of the plan; the part of the page that tells white space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.customers.dialogs import show_form
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.key_accounts import plans
from kefen_crm.key_accounts.models import ApprovalStep, PlanItem
from kefen_crm.key_accounts.plan_forms import ItemForm, StepForm
from kefen_crm.key_accounts.records import changeable
from kefen_crm.key_accounts.white_space import white_space_of
from kefen_crm.opportunities.permits import SELL
from kefen_crm.platform.forms import carried_out, expected_version
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import BaseForm

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.views import SignedInRequest


@require_http_methods(["GET", "POST"])
def step_new(request: SignedInRequest, code: str) -> HttpResponse:
    """Note a step of the customer's buying."""
    customer = _customer(request, code)
    first = {"position": customer.approval_steps.count() + 1}
    form = StepForm(request.POST or None, customer=customer, initial=first)
    return _asked(
        request, customer, form, _("New step of buying"),
        lambda: plans.add_step(request.user, customer, form.cleaned_data),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def step_change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say something else of a step."""
    one: Any = _one(request, ApprovalStep, pk)
    form = StepForm(request.POST or None, customer=one.customer, one=one)
    return _asked(
        request, one.customer, form, _("Change the step"),
        lambda: plans.change_step(
            request.user, one, form.cleaned_data, expected_version=expected_version(request)
        ),
        version=one.version,
    )  # fmt: skip


@require_POST
def step_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a step away."""
    one: Any = _one(request, ApprovalStep, pk)
    plans.remove_step(request.user, one)
    return redirect("key_accounts:detail", one.customer.code)


@require_http_methods(["GET", "POST"])
def item_new(request: SignedInRequest, code: str) -> HttpResponse:
    """Note a goal or a risk."""
    customer = _customer(request, code)
    kind = "risk" if request.GET.get("kind") == "risk" else "goal"
    form = ItemForm(request.POST or None, initial={"kind": kind})
    return _asked(
        request, customer, form, _("New goal or risk"),
        lambda: plans.add_item(request.user, customer, form.cleaned_data),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def item_change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say something else of a goal or a risk."""
    one: Any = _one(request, PlanItem, pk)
    form = ItemForm(request.POST or None, one=one)
    return _asked(
        request, one.customer, form, _("Change the goal or risk"),
        lambda: plans.change_item(
            request.user, one, form.cleaned_data, expected_version=expected_version(request)
        ),
        version=one.version,
    )  # fmt: skip


@require_GET
def white_space(request: SignedInRequest, code: str) -> HttpResponse:
    """What customers of the same class buy and this one does not."""
    customer = get_object_or_404(visible_to(request.user), code=code)
    context = {"customer": customer, "space": white_space_of(customer)}
    return render(request, "key_accounts/_white_space.html", context)


def _asked(
    request: SignedInRequest,
    customer: Customer,
    form: BaseForm,
    title: str,
    act: Callable[[], object],
    *,
    version: int = 0,
) -> HttpResponse:
    if form.is_valid() and carried_out(form, act):
        return redirect("key_accounts:detail", customer.code)
    back = reverse("key_accounts:detail", args=[customer.code])
    return show_form(request, customer, form, title, version=version, back=back)


def _customer(request: SignedInRequest, code: str) -> Customer:
    require(request.user, SELL)
    found: Customer = get_object_or_404(changeable_by(request.user), code=code)
    return found


def _one(request: SignedInRequest, model: Any, pk: int) -> Any:
    require(request.user, SELL)
    return get_object_or_404(changeable(model, request.user).select_related("customer"), pk=pk)
