"""The page of the tree of departments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from kefen_crm.platform.forms import refused
from kefen_crm.team import departments, queries
from kefen_crm.team.models import Department
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.views import SignedInRequest


class DepartmentForm(forms.Form):
    name = forms.CharField(max_length=80)
    parent = forms.ModelChoiceField(
        Department.objects.all(),
        label=gettext_lazy("Within"),
        required=False,
        empty_label=gettext_lazy("The company itself"),
    )
    lead = forms.ModelChoiceField(
        queries.people(),
        label=gettext_lazy("Lead"),
        required=False,
        empty_label=gettext_lazy("Nobody"),
        help_text=gettext_lazy(
            "Sees the customers of everybody in the department and in those below it."
        ),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["name"].label = capfirst(_("name"))
        parent: Any = self.fields["parent"]
        listed = [(one.pk, "　" * depth + one.name) for depth, one in queries.departments()]
        parent.choices = [("", parent.empty_label), *listed]


@require_http_methods(["GET", "POST"])
def listing(request: SignedInRequest) -> HttpResponse:
    """All departments as a tree, and a new one."""
    require(request.user, Permit.MANAGE_USERS)
    form = DepartmentForm(request.POST or None)
    if form.is_valid():
        try:
            made = departments.create(request.user, **form.cleaned_data)
        except ValidationError as error:
            refused(form, error)
        else:
            messages.success(request, _("%(name)s is there.") % {"name": made})
            return redirect("team:departments")
    context = {"tree": queries.departments(), "form": form}
    status = 422 if form.errors else 200
    return render(request, "team/departments.html", context, status=status)


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, Permit.MANAGE_USERS)
    department = get_object_or_404(Department, pk=pk)
    now = {"name": department.name, "parent": department.parent_id, "lead": department.lead_id}
    form = DepartmentForm(request.POST or None, initial=now)
    if form.is_valid():
        try:
            departments.update(request.user, department, **form.cleaned_data)
        except ValidationError as error:
            refused(form, error)
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": department})
            return redirect("team:departments")
    context = {"department": department, "form": form}
    status = 422 if form.errors else 200
    return render(request, "team/department.html", context, status=status)


@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    department = get_object_or_404(Department, pk=pk)
    try:
        departments.remove(request.user, department)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("team:department", pk=pk)
    messages.success(request, _("%(name)s is gone.") % {"name": department})
    return redirect("team:departments")
