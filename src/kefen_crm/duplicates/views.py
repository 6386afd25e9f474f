"""Likely duplicates to judge, customers to merge, merges to take back."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.customers.fields import EDITABLE
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.duplicates import actions, comparing
from kefen_crm.duplicates.brought import pairs_of
from kefen_crm.duplicates.finding import FIND
from kefen_crm.duplicates.models import Merge, Pair
from kefen_crm.duplicates.near import NUMBER, TYPED, near
from kefen_crm.duplicates.permits import MERGE
from kefen_crm.duplicates.queries import groups_of, half_seen, merges_for, pairs_for, undoable
from kefen_crm.duplicates.reading import number_fields
from kefen_crm.duplicates.reasons import SURE, reasons
from kefen_crm.duplicates.searched import looking, yet_to_show
from kefen_crm.gateway.brought import newest_import, version_of
from kefen_crm.platform.forms import why_refused
from kefen_crm.platform.paging import Pages
from kefen_crm.platform.queue import later_once, state
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.views import SignedInRequest

if TYPE_CHECKING:
    from django.db.models import QuerySet

PER_PAGE = 20
_LONGEST = 10
"""Digits that are read of a version."""


@require_GET
def duplicates(request: SignedInRequest) -> HttpResponse:
    """Groups of customers that are likely one, the likeliest first; or those judged different."""
    require(request.user, MERGE)
    searching = state(FIND) is not None
    pairs = _narrowed(request, pairs_for(request.user))
    different = request.GET.get("show") == "different"
    if different:
        found: Any = pairs.filter(state=Pair.State.DIFFERENT).order_by("-at", "-pk")
        page = Pages(found.select_related("first", "second", "by"), PER_PAGE)
    else:
        page = Pages(groups_of(pairs), PER_PAGE)
    shown = page.get_page(request.GET.get("page"))
    batch = request.GET.get("import", "")[:64]
    version = partial(version_of, batch) if batch else newest_import
    context = {
        "tab": "different" if different else "open",
        "page": shown,
        "pairs": list(shown.object_list) if different else [],
        "groups": [] if different else _groups(request, [one["group"] for one in shown]),
        "search": request.GET.get("q", ""),
        "batch": batch,
        "sure": request.GET.get("sure") == "1",
        "looking": searching,
        "yet": "" if different else yet_to_show(page.count, version, searching=searching),
        "with_others": [] if different else _with_others(request),
    }
    return render(request, "duplicates/list.html", context)


def _with_others(request: SignedInRequest) -> list[tuple[Customer, str]]:
    """Customers in reach that a colleague may have, too, each with that one's department alone."""
    pairs = _narrowed(request, half_seen(request.user)).select_related(
        "first__owner__department", "second__owner__department"
    )[:PER_PAGE]
    keys = {key for pair in pairs for key in (pair.first_id, pair.second_id)}
    seen = set(visible_to(request.user).filter(pk__in=keys).values_list("pk", flat=True))
    return [
        (one, str(other.owner.department or "") if other.owner else "")
        for pair in pairs
        for one, other in ((pair.first, pair.second), (pair.second, pair.first))
        if one.pk in seen
    ]


@require_POST
def look(request: SignedInRequest) -> HttpResponse:
    """Look for likely duplicates again."""
    require(request.user, MERGE)
    later_once(FIND, lock=FIND)
    messages.info(request, looking())
    return redirect("duplicates:list")


@require_POST
def judge(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say that two customers are not the same, or take that back."""
    require(request.user, MERGE)
    pair = get_object_or_404(pairs_for(request.user), pk=pk)
    different = request.POST.get("different") != "0"
    actions.judge(request.user, pair, different=different)
    told = {"one": pair.first.name, "other": pair.second.name}
    if different:
        messages.success(request, _("%(one)s and %(other)s stay apart.") % told)
    else:
        messages.success(request, _("%(one)s and %(other)s may be the same again.") % told)
    return redirect("duplicates:list")


@require_http_methods(["GET", "POST"])
def merge(request: SignedInRequest) -> HttpResponse:
    """Customers side by side; which remains, and which value of each field."""
    require(request.user, MERGE)
    told = request.POST if request.method == "POST" else request.GET
    customers = _chosen(request, told.getlist("code"))
    keep = told.get("keep", "")
    customers.sort(key=lambda one: (one.code != keep, -(one.sales or 0), one.created, one.code))
    choices = {name: told[f"field.{name}"] for name in EDITABLE if f"field.{name}" in told}
    error = ""
    if request.method == "POST":
        versions = {
            one.code: int(text[:_LONGEST])
            for one in customers
            if (text := told.get(f"version.{one.code}", "")).isdecimal()
        }
        made: list[Merge] = []
        error = why_refused(
            lambda: made.append(
                actions.merge(
                    request.user,
                    customers[0],
                    customers[1:],
                    choices,
                    expected_versions=versions,
                    reason=told.get("reason", "")[:500],
                )
            )
        )
        if made:
            winner = made[0].winner
            messages.success(request, _("Merged into %(name)s.") % {"name": winner.name})
            return redirect("customers:detail", winner.code)
    context = {
        "customers": customers,
        "keep": customers[0],
        "lines": comparing.lines(customers, choices),
        "moved": comparing.moved(customers[1:]),
        "ended": comparing.ended(customers),
        "error": error,
    }
    return render(request, "duplicates/merge.html", context, status=422 if error else 200)


@require_GET
def merges(request: SignedInRequest) -> HttpResponse:
    """What was merged, and can be taken back."""
    require(request.user, MERGE)
    page = Pages(merges_for(request.user), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "tab": "merges",
        "page": page,
        "merges": [(one, undoable(request.user, one)) for one in page],
    }
    return render(request, "duplicates/merges.html", context)


@require_POST
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a merge back."""
    require(request.user, MERGE)
    found: Merge = get_object_or_404(merges_for(request.user), pk=pk)
    try:
        actions.undo(request.user, found)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    except Customer.DoesNotExist:
        raise Http404 from None
    else:
        messages.success(request, _("The merge is taken back."))
    return redirect("duplicates:merges")


@require_GET
def typing(request: SignedInRequest) -> HttpResponse:
    """Who is likely meant by what stands in the form of a new customer."""
    require(request.user, Permit.EDIT_CUSTOMERS)
    values = {name: request.GET.get(name, "")[:500] for name in TYPED}
    numbers = (request.GET.get(name, "")[:500] for name in number_fields())
    values[NUMBER] = next(filter(None, numbers), "")
    context = {"found": near(request.user, values)}
    return render(request, "duplicates/_near.html", context)


def _narrowed(request: SignedInRequest, pairs: QuerySet[Pair]) -> QuerySet[Pair]:
    if batch := request.GET.get("import", "")[:64]:
        pairs = pairs.filter(pk__in=pairs_of(request.user, batch).values("pk"))
    if request.GET.get("sure") == "1":
        pairs = pairs.filter(score__gte=SURE)
    if text := request.GET.get("q", "").strip()[:200]:
        named = Q(first__name__icontains=text) | Q(second__name__icontains=text)
        pairs = pairs.filter(named | Q(first__code__iexact=text) | Q(second__code__iexact=text))
    return pairs


def _groups(request: SignedInRequest, keys: list[int]) -> list[dict[str, Any]]:
    """The customers of groups, the one with most sales first, and the pairs with their reasons."""
    rows = pairs_for(request.user).filter(group__in=keys, state=Pair.State.OPEN)
    pairs: dict[int, list[Pair]] = {}
    for one in rows.select_related("first__owner", "second__owner"):
        pairs.setdefault(one.group, []).append(one)
    found = []
    for key in keys:
        members = {c.pk: c for one in pairs.get(key, ()) for c in (one.first, one.second)}
        ordered = sorted(members.values(), key=lambda c: (-(c.sales or 0), c.code))
        told = [(one, reasons(one.parts)) for one in pairs.get(key, ())]
        found.append({"customers": ordered, "pairs": told})
    return found


def _chosen(request: SignedInRequest, codes: list[str]) -> list[Customer]:
    """The customers of these codes, all of which this person may change."""
    found = changeable_by(request.user).filter(code__in=codes[:50]).select_related("owner")
    customers = list(found)
    if len(customers) < 2 or len(customers) < len(set(codes)):
        raise Http404
    return customers
