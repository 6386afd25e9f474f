from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from kefen_crm.audit import queries, timelines
from kefen_crm.audit.forms import AuditFilter
from kefen_crm.audit.plugin import SEE_AUDIT
from kefen_crm.customers.queries import in_reach_of
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from kefen_crm.platform.models import Event


@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """All changes, the newest first, narrowed by who, what, whom and when."""
    require(request.user, SEE_AUDIT)
    form = AuditFilter(request.GET)
    events = form.narrowed(queries.visible_events(request.user))  # type: ignore[arg-type]
    return render(request, "audit/list.html", {"form": form, **_page(request, events)})


@require_GET
def timeline(request: HttpRequest, code: str) -> HttpResponse:
    """What happened with one customer, of one group or all, after a place or from the newest."""
    customer = get_object_or_404(in_reach_of(request.user), code=code)
    place = None
    if before := request.GET.get("before"):
        try:
            place = timelines.Place.read(before)
        except ValueError as error:
            raise Http404 from error
    group = request.GET.get("group", "")
    found = timelines.page(request, customer, queries.PER_PAGE, place, group)
    return render(request, "audit/_lines.html", {"customer": customer, **found})


def _page(request: HttpRequest, events: QuerySet[Event]) -> dict[str, Any]:
    """A page of events, after the event that the address names."""
    if before := request.GET.get("before"):
        try:
            events = events.filter(id__lt=UUID(before))
        except ValueError as error:
            raise Http404 from error
    return queries.page(events, queries.PER_PAGE)
