from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform.forms import carried_out, expected_version
from kefen_crm.tags import actions
from kefen_crm.tags.forms import PutTagForm, TagForm
from kefen_crm.tags.models import Tag
from kefen_crm.tags.permits import SET_TAGS
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.views import SignedInRequest

if TYPE_CHECKING:
    from django.http import HttpResponse

    from kefen_crm.customers.models import Customer


@require_http_methods(["GET", "POST"])
def tags(request: SignedInRequest) -> HttpResponse:
    """Every tag with how many customers have it; a new one."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    form = TagForm(request.POST or None)
    if form.is_valid() and carried_out(
        form, lambda: actions.create(request.user, **form.cleaned_data)
    ):
        messages.success(request, _("The tag is there."))
        return redirect("tags:list")
    known = Tag.objects.annotate(count=Count("taggings"))
    context: dict[str, Any] = {"form": form, "tags": known}
    return render(request, "tags/list.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, SET_TAGS)
    tag = get_object_or_404(Tag, pk=pk)
    initial = {"name": tag.name, "colour": tag.colour}
    form = TagForm(request.POST or None, initial=initial)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.change(
            request.user, tag, **form.cleaned_data, expected_version=expected_version(request)
        ),
    ):
        messages.success(request, _("The tag is changed."))
        return redirect("tags:list")
    context = {"form": form, "tag": tag}
    return render(request, "tags/edit.html", context, status=422 if form.errors else 200)


@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, SET_TAGS)
    tag = get_object_or_404(Tag, pk=pk)
    actions.remove(request.user, tag)
    messages.success(request, _("The tag is removed, from every customer too."))
    return redirect("tags:list")


@require_POST
def put(request: SignedInRequest, code: str) -> HttpResponse:
    """Put a tag on one customer, a new one too."""
    customer = _customer(request, code)
    form = PutTagForm(request.POST, user=request.user)
    if form.is_valid():
        given = form.cleaned_data
        try:
            tag = given["tag"] or Tag.objects.filter(name__iexact=given["name"]).first()
            tag = tag or actions.create(request.user, given["name"], given["colour"])
            actions.put(request.user, [customer.pk], tag)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    else:
        messages.error(request, _("Choose a tag, or name a new one."))
    return redirect("customers:detail", customer.code)


@require_POST
def take(request: SignedInRequest, code: str, pk: int) -> HttpResponse:
    """Take a tag off one customer."""
    customer = _customer(request, code)
    actions.take(request.user, [customer.pk], get_object_or_404(Tag, pk=pk))
    return redirect("customers:detail", customer.code)


def _customer(request: SignedInRequest, code: str) -> Customer:
    require(request.user, Permit.EDIT_CUSTOMERS)
    return get_object_or_404(changeable_by(request.user), code=code)
