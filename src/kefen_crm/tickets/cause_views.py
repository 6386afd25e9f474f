"""One cause of tickets: what was changed about it, and whether that helped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from kefen_crm.platform.calendar import current
from kefen_crm.platform.forms import carried_out
from kefen_crm.team.roles import may, require
from kefen_crm.tickets.cause_changes import note_change, remove_change
from kefen_crm.tickets.cause_effects import effects
from kefen_crm.tickets.cause_models import CauseChange
from kefen_crm.tickets.permits import SERVE
from kefen_crm.tickets.queries import tickets_for

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest

VERDICTS: Final = {
    "fewer": (gettext_lazy("fewer"), "green"),
    "no-change": (gettext_lazy("no clear change"), "secondary"),
    "more": (gettext_lazy("more"), "red"),
    "too-few": (gettext_lazy("too few to tell"), "secondary"),
}


class ChangeForm(forms.Form):
    """What was changed, and since when."""

    text = forms.CharField(label=gettext_lazy("What was changed"), max_length=500)
    since = forms.DateField(
        label=gettext_lazy("Since"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


@require_http_methods(["GET", "POST"])
def cause(request: SignedInRequest) -> HttpResponse:
    """What was changed about the cause `cause`, with what came of it; a POST notes a change."""
    name = request.GET.get("cause", "").replace("\x00", "")
    if not name or not tickets_for(request.user).filter(cause=name).exists():
        raise Http404
    if request.method == "POST":
        require(request.user, SERVE)
    today = current().today(timezone.now())
    form = ChangeForm(request.POST or None, initial={"since": today})
    if form.is_valid() and carried_out(
        form, lambda: note_change(request.user, name, **form.cleaned_data)
    ):
        messages.success(request, _("The change is noted."))
        return redirect(_address(name))
    found = [(one, *VERDICTS[one.verdict]) for one in effects(request.user, name)]
    context = {
        "tab": "causes", "cause": name, "effects": found, "form": form,
        "writable": may(request.user, SERVE),
    }  # fmt: skip
    return render(request, "tickets/cause.html", context, status=422 if form.errors else 200)


@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back what was noted of a cause."""
    require(request.user, SERVE)
    change = get_object_or_404(CauseChange, pk=pk)
    name = change.cause
    remove_change(request.user, change)
    messages.success(request, _("The change is taken back."))
    return redirect(_address(name))


def _address(name: str) -> str:
    return f"{reverse('tickets:cause')}?{urlencode({'cause': name})}"
