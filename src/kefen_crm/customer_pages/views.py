from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from kefen_crm.customer_pages import pages
from kefen_crm.customer_pages.bulk import verbs_of
from kefen_crm.customer_pages.columns import beside_columns, column_sets, own_columns, remember
from kefen_crm.customer_pages.listing import Listed, first_runs, totals
from kefen_crm.customer_pages.saved import current, opens_as
from kefen_crm.customer_pages.selecting import filtered
from kefen_crm.customer_pages.tables import CHOICES, CustomerTable
from kefen_crm.customers.queries import in_reach_of
from kefen_crm.gateway.figures import figures as figures_now
from kefen_crm.gateway.filters import OfClass
from kefen_crm.gateway.sales import purchases_by_month
from kefen_crm.gateway.trend import trend
from kefen_crm.platform.filters import choices, narrowings
from kefen_crm.platform.paging import Pages
from kefen_crm.platform.registry import declared
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.parts import Choices

PER_PAGE = 50


@require_GET
def customer_list(request: HttpRequest) -> HttpResponse:
    """Customers this person may see: searched, filtered, drilled into, sorted, paged."""
    if query := opens_as(request):
        return redirect(f"{request.path}?{query}")
    remember(request)
    chosen = filtered(request)
    sets = column_sets(request)
    customers, extra = chosen.qs.select_related("owner"), []
    for one in sets:
        customers = one.read.fetch(customers)
        extra += one.read.columns
    counted = totals(chosen.qs)
    listed = Listed(customers, counted["customers"])
    verbs = verbs_of(request.user)
    pick = bool(verbs) or may(request.user, Permit.EXPORT)
    table = CustomerTable(listed, extra=extra, shown=own_columns(request), pick=pick)
    pages_of = {"per_page": PER_PAGE, "paginator_class": Pages}
    RequestConfig(request, paginate=pages_of).configure(table)
    narrowed = narrowings(request.GET)
    fields = _fields(request)
    in_fields = {(one.name, one.chosen) for one in fields}
    context: dict[str, Any] = {
        "table": table,
        "filter": chosen,
        "narrowings": narrowed,
        "hidden": [one for one in narrowed if (one.name, one.value) not in in_fields],
        "fields": fields,
        "more_open": chosen.more or any(one.chosen for one in fields[1:]),
        "notes": [one.read.note for one in sets if one.read.note],
        "totals": counted,
        "first_runs": None if counted["customers"] else first_runs(),
        "bulk_verbs": verbs,
        "list_links": [
            one for one in declared("list_links") if not one.permit or may(request.user, one.permit)
        ],
        "list_query": _narrowed(request),
        "beside_columns": beside_columns(request),
        "pick": pick,
        "view": current(request),
        "figures_as_of": request.figures_as_of,  # type: ignore[attr-defined]  # by the filter
    }
    template = "customer_pages/list.html"
    if request.htmx and not request.htmx.boosted:  # type: ignore[attr-defined]
        template = "customer_pages/_results.html"
    return render(request, template, context)


def _fields(request: HttpRequest) -> list[Choices]:
    """What other apps narrow the list by; the first stands in the first row: that is the class."""
    return sorted(choices(request), key=lambda one: one.name != OfClass.name)


@require_GET
def more_filters(request: HttpRequest) -> HttpResponse:
    """The filters after the first row, a part of the list that is read when it is opened."""
    context = {"filter": filtered(request), "fields": _fields(request)}
    return render(request, "customer_pages/_more_filters.html", context)


@require_GET
def columns(request: HttpRequest) -> HttpResponse:
    """The columns to choose from, a part of the list that is read when it is opened."""
    context = {
        "column_sets": column_sets(request),
        "columns": CHOICES,
        "shown_columns": own_columns(request),
    }
    return render(request, "customer_pages/_column_choices.html", context)


def _narrowed(request: HttpRequest) -> str:
    """What the address narrows the list to: neither its page nor its order."""
    told = request.GET.copy()
    for name in ("page", "sort", "view"):
        told.pop(name, None)
    return told.urlencode()


@require_GET
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """All there is about one customer; a merged one leads to the one that remains.

    `?merged` shows the merged one as it was.
    """
    customer = _customer(request, code)
    if customer.merged_into is not None and "merged" not in request.GET:
        return redirect("customers:detail", customer.merged_into.code)
    return render(
        request,
        "customer_pages/detail.html",
        {"customer": customer, "panels": pages.panels(request, customer)},
    )


@require_GET
def more(request: HttpRequest, code: str) -> HttpResponse:
    """The panels of a customer that come after its page; a page of its own without scripts."""
    customer = _customer(request, code)
    context = {"customer": customer, "later": pages.later_panels(request, customer)}
    part = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    template = "customer_pages/_more.html" if part else "customer_pages/more.html"
    return render(request, template, context)


@require_GET
def purchases(request: HttpRequest, code: str) -> HttpResponse:
    """The picture of this customer's purchases by month."""
    customer = _customer(request, code)
    return JsonResponse(purchases_by_month(customer.code))


@require_GET
def figures(request: HttpRequest, code: str) -> HttpResponse:
    """The figures of this customer now, which the last run may not know yet."""
    customer = _customer(request, code)
    now = figures_now(customer.code, customer.figures_as_of)
    context = {"customer": customer, "now": now or customer, "read": True}
    return render(request, "customer_pages/_figures.html", context)


@require_GET
def indicators(request: HttpRequest, code: str) -> HttpResponse:
    """A part of the customer's page that takes longer: indicators now and a year before."""
    customer = _customer(request, code)
    rows = trend(customer.code, customer.figures_as_of or timezone.localdate())
    return render(request, "customer_pages/_indicators.html", {"rows": rows})


def _customer(request: HttpRequest, code: str) -> Customer:
    return get_object_or_404(in_reach_of(request.user).select_related("owner"), code=code)
