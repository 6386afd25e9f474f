from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kefen_crm.grading import actions, queries
from kefen_crm.grading.forms import ScheduleForm
from kefen_crm.grading.models import Schedule
from kefen_crm.grading.views.dialogs import ask
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, name: str) -> HttpResponse:
    """When a scheme is run by itself."""
    require(request.user, Permit.GRADE)
    scheme = get_object_or_404(queries.published(), name=name)
    schedule = scheme.appointed or Schedule(scheme=scheme)
    form = ScheduleForm(request.POST or None, instance=schedule)
    if form.is_valid():
        actions.set_schedule(request.user, scheme, timezone.now(), **form.cleaned_data)
        messages.success(request, _("The schedule is saved."))
        return redirect("grading:detail", scheme.name)
    back = reverse("grading:detail", args=[scheme.name])
    title = _("When “%(scheme)s” is run by itself") % {"scheme": scheme.title}
    return ask(request, "grading/_schedule.html", title, back, form)
