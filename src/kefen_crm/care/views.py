"""Care: planned against done by rule and by class, and each occasion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kefen_crm.care import queries
from kefen_crm.care.document import CARE, in_force
from kefen_crm.care.models import LATE
from kefen_crm.care.permits import SEE, SET
from kefen_crm.platform import rules
from kefen_crm.platform.paging import Pages
from kefen_crm.team.roles import may, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest

PER_PAGE = 50


@require_GET
def overview(request: SignedInRequest) -> HttpResponse:
    """Each rule: what was planned in a year and what was done."""
    require(request.user, SEE)
    if request.GET.get("state") == LATE:
        return _listed(request)
    context = {
        "rows": queries.by_rule(request.user),
        "published": rules.published(CARE),
        "may_set": may(request.user, SET),
        "too_late": queries.too_late(request.user, 31),
    }
    return render(request, "care/overview.html", context)


def _listed(request: SignedInRequest) -> HttpResponse:
    """The occasions that were over before anything could be made."""
    found = queries.cares_for(request.user).filter(why=LATE)
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "care/rule.html", {"name": "", "page": page, "classes": []})


@require_GET
def rule(request: SignedInRequest) -> HttpResponse:
    """One rule: planned and done by class, and each occasion."""
    require(request.user, SEE)
    name = request.GET.get("rule", "").replace("\x00", "")
    found = queries.cares_for(request.user).filter(rule=name)
    known = next((one for one in in_force() if one.name == name), None)
    if known is None and not found.exists():
        raise Http404
    context = {
        "name": name,
        "rule": known,
        "classes": queries.by_class(request.user, name),
        "page": Pages(found, PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "care/rule.html", context)
