"""The pool and its customers: to look, claim, release, assign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.grading.columns import with_classes
from kefen_crm.holdings import actions, files, work_proof
from kefen_crm.holdings.forms import AssignForm, ReleaseForm
from kefen_crm.holdings.limits import held_by, weight_of
from kefen_crm.holdings.permits import CLAIM
from kefen_crm.holdings.queries import (
    claims_today,
    falling_of,
    found_in_pool,
    pooled_for,
    pools_of,
    seen,
)
from kefen_crm.platform.paging import Pages
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.views import SignedInRequest

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.holdings.models import Pool

PER_PAGE = 50


@require_GET
def pool(request: SignedInRequest) -> HttpResponse:
    """The customers of a pool that this person may claim from."""
    require(request.user, CLAIM)
    pools = list(pools_of(request.user))
    chosen, customers = _listed(request, pools)
    scheme = leading_scheme()
    customers = with_classes(customers, [scheme] if scheme else [])
    page = Pages(customers, PER_PAGE).get_page(request.GET.get("page"))
    refused = actions.refusals(request.user, list(page.object_list))
    context: dict[str, Any] = {
        "pools": pools,
        "chosen": chosen,
        "search": request.GET.get("q", ""),
        "page": page,
        "scheme": scheme,
        "customers": [(seen(request.user, one), refused.get(one.pk)) for one in page.object_list],
        "reached": dict.fromkeys(" ".join(one.messages) for one in refused.values()),
        "claimed": claims_today(request.user).count(),
        "weight": weight_of(held_by(request.user.pk)),
    }
    return render(request, "holdings/pool.html", context)


@require_GET
def export(request: SignedInRequest, form: str) -> HttpResponse:
    """The pool as it is narrowed now, as a file: what is hidden on the page is hidden in it."""
    require(request.user, Permit.EXPORT)
    require(request.user, CLAIM)
    _chosen, customers = _listed(request, list(pools_of(request.user)))
    return files.response([seen(request.user, one) for one in customers.iterator(1_000)], form)


@require_GET
def pooled(request: SignedInRequest, code: str) -> HttpResponse:
    """A customer in a pool, as far as this person may see it before it is theirs."""
    require(request.user, CLAIM)
    if visible_to(request.user).filter(code=code).exists():
        return redirect("customers:detail", code)
    scheme = leading_scheme()
    found = with_classes(pooled_for(request.user), [scheme] if scheme else [])
    customer = get_object_or_404(found, code=code)
    refused = actions.refusals(request.user, [customer]).get(customer.pk)
    context = {
        "one": seen(request.user, customer),
        "scheme": scheme,
        "refused": " ".join(refused.messages) if refused else "",
    }
    return render(request, "holdings/pooled.html", context)


@require_GET
def falling(request: SignedInRequest) -> HttpResponse:
    """The own customers that are about to fall, as of the last night."""
    require(request.user, CLAIM)
    found = falling_of(request.user)
    context = {"falling": found.order_by("falls_on", F("customer__sales").desc(nulls_last=True))}
    return render(request, "holdings/falling.html", context)


@require_GET
def work(request: SignedInRequest) -> HttpResponse:
    """Whether the work is done, of the customers that this person sees."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    return render(request, "holdings/work.html", work_proof.read(request.user))


@require_POST
def claim(request: SignedInRequest, code: str) -> HttpResponse:
    customer = get_object_or_404(Customer, code=code)
    try:
        actions.claim(request.user, customer, reason=request.POST.get("reason", "")[:500])
    except actions.ClaimRefused as error:
        messages.warning(request, " ".join(error.messages))
        return redirect("holdings:pool")
    except Customer.DoesNotExist:
        raise Http404 from None
    messages.success(request, _("%(name)s is yours now.") % {"name": customer.name})
    return redirect("customers:detail", code)


@require_POST
def release(request: SignedInRequest, code: str) -> HttpResponse:
    """Give a customer up; the reason stands with it in the pool."""
    customer = get_object_or_404(changeable_by(request.user), code=code)
    form = ReleaseForm(request.POST)
    try:
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        actions.release(request.user, customer, reason=reason)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("customers:detail", code)
    messages.success(request, _("%(name)s is in the pool.") % {"name": customer.name})
    seen_still = visible_to(request.user).filter(pk=customer.pk).exists()
    return redirect("customers:detail", code) if seen_still else redirect("customers:list")


@require_POST
def assign(request: SignedInRequest, code: str) -> HttpResponse:
    customer = get_object_or_404(changeable_by(request.user), code=code)
    form = AssignForm(request.POST)
    if form.is_valid():
        owner = form.cleaned_data["owner"]
        actions.assign(request.user, customer, owner, reason=form.cleaned_data["reason"])
        told = {"name": customer.name, "who": owner.display_name}
        messages.success(request, _("%(name)s is with %(who)s now.") % told)
    else:
        require(request.user, Permit.ASSIGN_CUSTOMERS)
        messages.error(request, _("Choose who looks after the customer."))
    seen_still = visible_to(request.user).filter(pk=customer.pk).exists()
    return redirect("customers:detail", code) if seen_still else redirect("customers:list")


def _listed(request: SignedInRequest, pools: list[Pool]) -> tuple[Pool | None, QuerySet[Customer]]:
    """The pool that the address names, and its customers as the address narrows them."""
    number = request.GET.get("pool", "")
    chosen = next((one for one in pools if str(one.pk) == number), None)
    customers = pooled_for(request.user)
    if chosen is not None:
        customers = customers.filter(pool_entry__pool=chosen)
    if text := request.GET.get("q", "").strip()[:200]:
        customers = customers.filter(found_in_pool(request.user, text))
    return chosen, customers.order_by(F("sales").desc(nulls_last=True), "code")
