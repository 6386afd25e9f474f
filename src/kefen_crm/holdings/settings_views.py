"""Pools and days of leave, as people set them."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kefen_crm.holdings.actions import pools as changes
from kefen_crm.holdings.forms import LeaveForm, PoolForm
from kefen_crm.holdings.models import Leave, Pool, usual_masks
from kefen_crm.holdings.queries import today
from kefen_crm.platform.forms import refused
from kefen_crm.platform.rules import SET_RULES
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.views import SignedInRequest


@require_http_methods(["GET", "POST"])
def pools(request: SignedInRequest) -> HttpResponse:
    """The pools, and a new one."""
    require(request.user, SET_RULES)
    form = PoolForm(request.POST or None, initial={"masked_fields": usual_masks()})
    if request.method == "POST" and _saved(request, None, form):
        return redirect("holdings:settings")
    found = Pool.objects.annotate(count=Count("entries")).prefetch_related("departments")
    context = {"pools": found, "form": form}
    return render(request, "holdings/settings.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, SET_RULES)
    pool = get_object_or_404(Pool, pk=pk)
    form = PoolForm(request.POST or None, instance=Pool.objects.get(pk=pk))
    if request.method == "POST" and _saved(request, pool, form):
        return redirect("holdings:settings")
    context = {"pool": pool, "form": form}
    return render(request, "holdings/edit.html", context, status=422 if form.errors else 200)


@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, SET_RULES)
    pool = get_object_or_404(Pool, pk=pk)
    try:
        changes.remove_pool(request.user, pool)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("holdings:edit", pk)
    messages.success(request, _("%(name)s is gone.") % {"name": pool})
    return redirect("holdings:settings")


@require_http_methods(["GET", "POST"])
def leaves(request: SignedInRequest) -> HttpResponse:
    """Who is away from when to when."""
    require(request.user, Permit.ASSIGN_CUSTOMERS)
    form = LeaveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = changes.note_leave(request.user, **form.cleaned_data)
        except ValidationError as error:
            refused(form, error)
        else:
            messages.success(request, _("The leave of %(who)s is noted.") % {"who": made.user})
            return redirect("holdings:leaves")
    context = {"leaves": Leave.objects.select_related("user"), "form": form, "today": today()}
    return render(request, "holdings/leaves.html", context, status=422 if form.errors else 200)


@require_POST
def remove_leave(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, Permit.ASSIGN_CUSTOMERS)
    leave = get_object_or_404(Leave, pk=pk)
    changes.remove_leave(request.user, leave)
    messages.success(request, _("The leave is taken back."))
    return redirect("holdings:leaves")


def _saved(request: SignedInRequest, pool: Pool | None, form: PoolForm) -> bool:
    """Whether the pool is saved; else the form says why not."""
    if not form.is_valid():
        return False
    try:
        saved = changes.save_pool(request.user, pool, form.cleaned_data)
    except ValidationError as error:
        refused(form, error)
        return False
    messages.success(request, _("%(name)s is saved.") % {"name": saved})
    return True
