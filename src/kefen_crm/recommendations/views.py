from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kefen_crm.activities.permits import WORK
from kefen_crm.customers.queries import changeable_by
from kefen_crm.recommendations import actions
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest


@require_POST
def plan(request: SignedInRequest, code: str) -> HttpResponse:
    """Plan to offer a product."""
    require(request.user, WORK)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    try:
        actions.plan_offer(request.user, customer, request.POST.get("item", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The task is planned for today."))
    return redirect("customers:detail", code)


@require_POST
def reject(request: SignedInRequest, code: str) -> HttpResponse:
    """Offer a product to a customer no more."""
    require(request.user, WORK)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    try:
        actions.reject(request.user, customer, request.POST.get("item", ""))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("It is not offered to this customer again."))
    return redirect("customers:detail", code)
