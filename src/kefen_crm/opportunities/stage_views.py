"""The pages on which the stages of the pipeline are set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kefen_crm.opportunities.forecast import ENOUGH, chances
from kefen_crm.opportunities.forms import StageForm
from kefen_crm.opportunities.models import GATES, Stage
from kefen_crm.opportunities.permits import SET_STAGES
from kefen_crm.opportunities.stage_actions import FIELDS, save_stage
from kefen_crm.platform.calendar import current
from kefen_crm.platform.forms import carried_out
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest


@require_GET
def stages(request: SignedInRequest) -> HttpResponse:
    """Every stage, with what it asks for and how likely it is measured to be won."""
    require(request.user, SET_STAGES)
    rows = [
        (one, chance, [str(GATES[gate]) for gate in one.gates if gate in GATES])
        for one, chance in chances(current().today(timezone.now()))
    ]
    return render(request, "opportunities/stages.html", {"rows": rows, "enough": ENOUGH})


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Make a stage."""
    require(request.user, SET_STAGES)
    return _stage(request, None)


@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change a stage."""
    require(request.user, SET_STAGES)
    return _stage(request, get_object_or_404(Stage, pk=pk))


def _stage(request: SignedInRequest, stage: Stage | None) -> HttpResponse:
    form = StageForm(request.POST or None, instance=stage)
    if form.is_valid():
        values = {name: form.cleaned_data[name] for name in FIELDS}
        if carried_out(form, lambda: save_stage(request.user, stage, values)):
            messages.success(request, _("The stage is saved."))
            return redirect("opportunities:stages")
    context = {"form": form, "stage": stage}
    status = 422 if form.errors else 200
    return render(request, "opportunities/stage.html", context, status=status)
