"""The pages of saved views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.customer_pages import saving
from kefen_crm.customer_pages.columns import shown_columns
from kefen_crm.customer_pages.models import DefaultView, SavedView
from kefen_crm.customer_pages.saved import NONE, address_of, current, saved_query, views_of
from kefen_crm.customer_pages.saved_forms import SaveViewForm
from kefen_crm.platform.forms import carried_out, expected_version
from kefen_crm.team.roles import Permit, may
from kefen_crm.team.views import SignedInRequest

if TYPE_CHECKING:
    from django.db.models import QuerySet


@require_GET
def menu(request: SignedInRequest) -> HttpResponse:
    """The views to choose from, and what can be done with the list as it is now."""
    context = {
        "views": views_of(request.user),
        "current": current(request),
        "query": request.GET.urlencode(),
    }
    return render(request, "customer_pages/_views_menu.html", context)


@require_GET
def views(request: SignedInRequest) -> HttpResponse:
    """Every view that one sees, with what can be done about it."""
    first = DefaultView.objects.filter(user=request.user).values_list("view", flat=True).first()
    removes = may(request.user, Permit.OPERATE)
    context = {"views": views_of(request.user), "first": first, "removes": removes}
    return render(request, "customer_pages/views.html", context)


@require_http_methods(["GET", "POST"])
def save(request: SignedInRequest) -> HttpResponse:
    """Save the list as the address shows it, under a name."""
    form = SaveViewForm(request.POST or None)
    made: list[SavedView] = []
    if form.is_valid() and carried_out(form, lambda: made.append(_saved(request, form))):
        if form.cleaned_data["first"]:
            saving.open_with(request.user, made[0])
        messages.success(request, _("The view is saved."))
        return redirect(f"{reverse('customers:list')}?{address_of(made[0])}")
    return _ask(request, form, _("Save the list as a view"))


def _saved(request: SignedInRequest, form: SaveViewForm) -> SavedView:
    values = _as_shown(request) | _said(form)
    return saving.save(request.user, values, key=request.POST.get("key", "")[:255])


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Call a view of one's own otherwise, or share it otherwise."""
    view = get_object_or_404(_own(request), pk=pk)
    first = DefaultView.objects.filter(user=request.user, view=view).exists()
    initial = {"name": view.name, "shared": view.shared, "first": first}
    form = SaveViewForm(request.POST or None, initial=initial)
    version = expected_version(request)
    if form.is_valid() and carried_out(
        form,
        lambda: saving.change(request.user, view, _said(form), expected_version=version),
    ):
        if form.cleaned_data["first"] != first:
            saving.open_with(request.user, view if form.cleaned_data["first"] else None)
        messages.success(request, _("The view is changed."))
        return redirect("customers:views")
    return _ask(request, form, view.name, view=view)


@require_POST
def update(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have a view of one's own show the list as the address shows it."""
    view = get_object_or_404(_own(request), pk=pk)
    view = saving.change(request.user, view, _as_shown(request))
    messages.success(request, _("The view shows the list as it is now."))
    return redirect(f"{reverse('customers:list')}?{address_of(view)}")


@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    saving.remove(request.user, get_object_or_404(views_of(request.user), pk=pk))
    messages.success(request, _("The view is removed."))
    return redirect("customers:views")


@require_POST
def copy(request: SignedInRequest, pk: int) -> HttpResponse:
    """A view of one's own that is as another."""
    made = saving.copy(request.user, get_object_or_404(views_of(request.user), pk=pk))
    messages.success(request, _("“%(name)s” is yours.") % {"name": made.name})
    return redirect("customers:views")


@require_POST
def first(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have one's list open in a view; in none for 0."""
    view = get_object_or_404(views_of(request.user), pk=pk) if pk else None
    saving.open_with(request.user, view)
    return redirect("customers:views")


def _own(request: SignedInRequest) -> QuerySet[SavedView]:
    return SavedView.objects.filter(owner=request.user)


def _as_shown(request: SignedInRequest) -> dict[str, Any]:
    """The filters, the order and the columns of the list at this address."""
    return {"query": saved_query(request.GET), "columns": shown_columns(request)}


def _said(form: SaveViewForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("name", "shared")}


def _ask(request: SignedInRequest, form: SaveViewForm, title: str, **more: Any) -> HttpResponse:
    htmx = request.htmx  # type: ignore[attr-defined]
    template = "customer_pages/_view_form.html" if htmx else "customer_pages/view_form.html"
    context = {"form": form, "title": title, "key": uuid4().hex, "none": NONE, **more}
    return render(request, template, context, status=422 if form.errors else 200)
