"""Whom outreach leaves alone all year, and what it brought against them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib import messages as told
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kefen_crm.holdout import actions, queries, results
from kefen_crm.holdout.models import HoldoutPolicy, HoldoutYear
from kefen_crm.holdout.permits import HOLD_OUT
from kefen_crm.platform.forms import carried_out, expected_version
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """How many customers are left alone."""

    class Meta:
        model = HoldoutPolicy
        fields = ("percent", "reason")

    def _post_clean(self) -> None:
        """The action itself checks what it makes."""


@require_http_methods(["GET", "POST"])
def overview(request: SignedInRequest) -> HttpResponse:
    """How many are left alone, each year's draw and what it said."""
    require(request.user, HOLD_OUT)
    form = PolicyForm(request.POST or None, instance=queries.policy())
    version = expected_version(request)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.set_policy(request.user, **form.cleaned_data, expected_version=version),
    ):
        told.success(request, _("Saved."))
        return redirect("holdout:overview")
    context = {
        "form": form,
        "policy": queries.policy(),
        "years": [(one, results.shown(one)) for one in HoldoutYear.objects.all()],
    }
    return render(request, "holdout/overview.html", context, status=422 if form.errors else 200)


@require_POST
def measure(request: SignedInRequest, year: int) -> HttpResponse:
    """Measure a year by the facts of now."""
    require(request.user, HOLD_OUT)
    results.measure_soon(get_object_or_404(HoldoutYear, year=year).year)
    told.success(request, _("It is being measured."))
    return redirect("holdout:overview")
