"""The panel of who collaborates on a customer, and its two buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from kefen_crm.customers import actions
from kefen_crm.customers.models import Collaborator
from kefen_crm.customers.queries import changeable_by, in_reach_of, may_change
from kefen_crm.team.models import User
from kefen_crm.team.queries import offer_people, people

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.views import SignedInRequest


class ShareForm(forms.Form):
    user = forms.ModelChoiceField(
        people(), label=gettext_lazy("Person"), empty_label=gettext_lazy("Choose…")
    )
    access = forms.ChoiceField(label=gettext_lazy("Access"), choices=Collaborator.Access)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for field in self.fields.values():
            field.widget.attrs |= {"class": "form-select form-select-sm", "aria-label": field.label}


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The collaborators; nothing where there are none and whoever looks cannot add any."""
    user: Any = request.user
    found = list(customer.collaborators.select_related("user"))
    writable = may_change(user, customer)
    shares = writable and actions.may_share(user, customer)
    if not (found or shares):
        return None
    share_form = ShareForm() if shares else None
    if share_form:
        offer_people(request, share_form.fields["user"])
    return {
        "collaborators": found,
        "share_form": share_form,
        "summary": ", ".join(str(one.user) for one in found),
        "empty": not found,
    }


@require_POST
def share(request: SignedInRequest, code: str) -> HttpResponse:
    customer = get_object_or_404(changeable_by(request.user), code=code)
    form = ShareForm(request.POST)
    if form.is_valid():
        try:
            actions.share(request.user, customer, **form.cleaned_data)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
    else:
        messages.error(
            request, " ".join(str(text) for told in form.errors.values() for text in told)
        )
    return redirect("customers:detail", customer.code)


@require_POST
def unshare(request: SignedInRequest, code: str, pk: int) -> HttpResponse:
    customer = get_object_or_404(in_reach_of(request.user), code=code)
    actions.unshare(request.user, customer, get_object_or_404(User, pk=pk))
    seen = in_reach_of(request.user).filter(pk=customer.pk).exists()
    return redirect("customers:detail", customer.code) if seen else redirect("customers:list")
