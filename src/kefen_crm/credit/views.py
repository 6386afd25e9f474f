"""Credit accounts, exceptions, holds, and whether an order would pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.activities.in_place import changed, in_place
from kefen_crm.credit import actions, queries
from kefen_crm.credit.forms import CheckForm, DecisionForm, ExceptionForm, ReasonForm, RejectionForm
from kefen_crm.credit.models import Block, CreditException, CreditHold
from kefen_crm.credit.permits import APPROVE, HOLD
from kefen_crm.credit.reckoning import check as checked
from kefen_crm.credit.terms import TERMS
from kefen_crm.customers.dialogs import show_form
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.forms import all_errors, carried_out, expected_version
from kefen_crm.platform.paging import Pages
from kefen_crm.platform.rules import SET_RULES
from kefen_crm.receivables.actions import COLLECT
from kefen_crm.team.roles import may, require

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.team.views import SignedInRequest

PER_PAGE = 50


@require_GET
def accounts(request: SignedInRequest) -> HttpResponse:
    """What customers may owe and do, the most used first; those that are blocked alone."""
    found = queries.accounts_for(request.user)
    blocked = request.GET.get("blocked") == "1"
    if blocked:
        found = found.exclude(blocks=[])
    if text := request.GET.get("q", "").strip().replace("\x00", ""):
        found = found.filter(
            Q(customer__name__icontains=text) | Q(customer__code__istartswith=text)
        )
    return _listed(
        request, "blocked" if blocked else "accounts", found, "credit/accounts.html",
        terms=bool(rules.in_force(TERMS)), search=request.GET.get("q", ""),
        titles=dict(Block.choices),
    )  # fmt: skip


@require_GET
def exceptions(request: SignedInRequest) -> HttpResponse:
    """Exceptions, the newest first."""
    found = queries.exceptions_for(request.user)
    today = current().today(timezone.now())
    return _listed(request, "exceptions", found, "credit/exceptions.html", today=today)


@require_GET
def holds(request: SignedInRequest) -> HttpResponse:
    """Holds, the newest first."""
    found = queries.holds_for(request.user)
    return _listed(request, "holds", found, "credit/holds.html")


def _listed(
    request: SignedInRequest, tab: str, found: QuerySet[Any], template: str, **more: Any
) -> HttpResponse:
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "tab": tab,
        "page": page,
        "may_hold": may(request.user, HOLD),
        "may_approve": may(request.user, APPROVE),
        "may_set_rules": may(request.user, SET_RULES),
        **more,
    }
    return render(request, template, context)


@require_GET
def check(request: SignedInRequest, code: str) -> HttpResponse:
    """Whether an order of so much would pass, and why not."""
    customer = get_object_or_404(visible_to(request.user), code=code)
    form = CheckForm(request.GET if "amount" in request.GET else None)
    answer = None
    if form.is_valid():
        day = current().today(timezone.now())
        answer = checked(customer, form.cleaned_data["amount"], day,
                         prepaid=form.cleaned_data["prepaid"])  # fmt: skip
    context = {"customer": customer, "form": form, "answer": answer}
    return render(request, "credit/check.html", context)


@require_http_methods(["GET", "POST"])
def ask(request: SignedInRequest, code: str) -> HttpResponse:
    """Ask for an exception."""
    require(request.user, COLLECT)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    form = ExceptionForm(request.POST or None)
    if form.is_valid() and carried_out(
        form, lambda: actions.ask(request.user, customer, **form.cleaned_data)
    ):
        messages.success(request, _("The exception is asked for; somebody else approves it."))
        return redirect("customers:detail", customer.code)
    return show_form(request, customer, form, _("Credit exception"))


@require_http_methods(["GET", "POST"])
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Approve or reject an exception."""
    require(request.user, APPROVE)
    mine = CreditException.objects.filter(customer__in=changeable_by(request.user))
    asked = get_object_or_404(mine.select_related("customer", "by"), pk=pk, state="asked")
    approve, here = request.POST.get("decision") == "approve", in_place(request)
    form = (RejectionForm if here and not approve else DecisionForm)(request.POST or None)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.decide(
            request.user, asked, approve=approve, answer=form.cleaned_data["answer"],
            expected_version=expected_version(request),
        ),
    ):  # fmt: skip
        said = _("The exception is approved.") if approve else _("The exception is rejected.")
        if here:
            return changed(said)
        messages.success(request, said)
        return redirect("credit:exceptions")
    if here and approve:
        return changed(all_errors(form), "error")
    if here:
        title, back = _("Reject the exception"), reverse("credit:exceptions")
        return show_form(request, asked.customer, form, title, version=asked.version, back=back)
    context = {"form": form, "asked": asked, "own": asked.by_id == request.user.pk}
    return render(request, "credit/decide.html", context, status=422 if form.errors else 200)


@require_POST
def end(request: SignedInRequest, pk: int) -> HttpResponse:
    """End an exception."""
    require(request.user, COLLECT)
    mine = CreditException.objects.filter(customer__in=changeable_by(request.user))
    asked = get_object_or_404(mine, pk=pk, state__in=("asked", "approved"))
    actions.end(request.user, asked)
    messages.success(request, _("The exception is ended."))
    return redirect("credit:exceptions")


@require_http_methods(["GET", "POST"])
def hold(request: SignedInRequest, code: str) -> HttpResponse:
    """Hold a customer's orders."""
    require(request.user, HOLD)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    form = ReasonForm(request.POST or None)
    if form.is_valid() and carried_out(
        form, lambda: actions.hold(request.user, customer, form.cleaned_data["reason"])
    ):
        messages.success(request, _("Orders on credit are held."))
        return redirect("customers:detail", customer.code)
    return show_form(request, customer, form, _("Hold orders"))


@require_http_methods(["GET", "POST"])
def release(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let a customer's orders pass again."""
    require(request.user, HOLD)
    mine = CreditHold.objects.filter(customer__in=changeable_by(request.user), released_at=None)
    held = get_object_or_404(mine.select_related("customer"), pk=pk)
    form = ReasonForm(request.POST or None)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.release(
            request.user, held, form.cleaned_data["reason"],
            expected_version=expected_version(request),
        ),
    ):  # fmt: skip
        messages.success(request, _("Orders pass again."))
        return redirect("customers:detail", held.customer.code)
    return show_form(request, held.customer, form, _("Release orders"), version=held.version)
