from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kefen_crm.custom_fields import actions, queries
from kefen_crm.custom_fields.completeness import ASKED, title_of
from kefen_crm.custom_fields.forms import (
    START,
    ClassesField,
    CustomFieldForm,
    ValuesForm,
    errors_by_field,
)
from kefen_crm.custom_fields.models import CustomField, Requirement
from kefen_crm.custom_fields.panels import rows
from kefen_crm.customers.fields import EDITABLE
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform.forms import carried_out, expected_version
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from typing import Any

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.views import SignedInRequest


@require_http_methods(["GET", "POST"])
def settings(request: SignedInRequest) -> HttpResponse:
    """All fields, a new one, and which of the customer's own are required."""
    require(request.user, actions.DEFINE)
    form = CustomFieldForm(request.POST or None)
    if form.is_valid() and carried_out(form, lambda: actions.define(request.user, form.values())):
        messages.success(request, _("The field is there."))
        return redirect("custom_fields:settings")
    needed = {one.name: one.classes for one in Requirement.objects.all()}
    titles = dict(ClassesField().choices)  # type: ignore[arg-type]  # pairs
    context = {
        "fields": [(one, _titled(one.required, titles)) for one in CustomField.objects.all()],
        "own": [
            (name, title_of(name), _titled(needed.get(name, ()), titles))
            for name in (*ASKED, *(one for one in EDITABLE if one not in ASKED and one != "name"))
        ],
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "custom_fields/settings.html", context, status=status)


def _titled(classes: Any, titles: dict[str, str]) -> str:
    return ", ".join(str(titles.get(one, one)) for one in classes)


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, key: str) -> HttpResponse:
    """Change a field."""
    require(request.user, actions.DEFINE)
    field = get_object_or_404(CustomField, key=key)
    form = CustomFieldForm(request.POST or None, known=field)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.change(
            request.user, field, form.values(), expected_version=expected_version(request)
        ),
    ):
        messages.success(request, _("%(name)s is saved.") % {"name": field.name})
        return redirect("custom_fields:settings")
    context = {"field": field, "form": form}
    status = 422 if form.errors else 200
    return render(request, "custom_fields/edit.html", context, status=status)


@require_POST
def retire(request: SignedInRequest, key: str) -> HttpResponse:
    """Have nobody write a field any more, or again."""
    require(request.user, actions.DEFINE)
    field = get_object_or_404(CustomField, key=key)
    actions.change(request.user, field, {"retired": not field.retired})
    return redirect("custom_fields:settings")


@require_http_methods(["GET", "POST"])
def required(request: SignedInRequest, name: str) -> HttpResponse:
    """Of which classes one of the customer's own fields is required."""
    require(request.user, actions.DEFINE)
    if name not in EDITABLE:
        raise Http404
    known = Requirement.objects.filter(name=name).first()
    field = ClassesField(known.classes if known else (), label=_("Required of"))
    form = _form(request, field, known.classes if known else [])
    if form.is_valid() and carried_out(
        form, lambda: actions.require_of(request.user, name, form.cleaned_data["required"])
    ):
        messages.success(request, _("%(name)s is saved.") % {"name": title_of(name)})
        return redirect("custom_fields:settings")
    context = {"title": title_of(name), "form": form}
    status = 422 if form.errors else 200
    return render(request, "custom_fields/edit.html", context, status=status)


def _form(request: SignedInRequest, field: ClassesField, first: list[str]) -> Any:
    form = Form(request.POST if request.method == "POST" else None)
    form.fields["required"] = field
    form.initial = {"required": first}
    return form


@require_http_methods(["GET", "POST"])
def write(request: SignedInRequest, code: str) -> HttpResponse:
    """Write the custom fields of a customer."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    known = queries.fields()
    classes = queries.classes_of([customer.pk])[customer.pk] | {"*"}
    needed = {one.key for one in known if not classes.isdisjoint(one.required)}
    held = queries.values_of(customer)
    form = ValuesForm(request.POST or None, known=known, held=held, needed=needed)
    if form.is_valid() and _written(request, customer, form):
        messages.success(request, _("%(name)s is saved.") % {"name": customer.name})
        return redirect("customers:detail", customer.code)
    template = "custom_fields/_write.html" if request.htmx else "custom_fields/write.html"  # type: ignore[attr-defined]
    context = {"customer": customer, "form": form, "rows": rows(request, customer)}
    return render(request, template, context, status=422 if form.errors else 200)


def _written(request: SignedInRequest, customer: Customer, form: ValuesForm) -> bool:
    """Whether it was written; what is refused stands beside its field."""
    given = {
        name.removeprefix(START): form.cleaned_data[name]
        for name in form.changed_data
        if name in form.fields
    }
    version = expected_version(request)

    def act() -> None:
        try:
            actions.write(request.user, customer, given, expected_version=version)
        except ValidationError as error:
            raise errors_by_field(error) from None

    return carried_out(form, act)


@require_POST
def choose(request: SignedInRequest, code: str, key: str) -> HttpResponse:
    """Say which value of a field holds."""
    customer = get_object_or_404(changeable_by(request.user), code=code)
    field = get_object_or_404(CustomField, key=key)
    keep = request.POST.get("keep")
    if keep not in ("mine", "import"):
        return HttpResponse(status=422)
    actions.choose(request.user, customer, field, keep)  # type: ignore[arg-type]  # one of both
    return redirect("customers:detail", customer.code)
