from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Sum
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django_tables2 import RequestConfig

from kefen_crm.customer_pages import export as exports
from kefen_crm.customer_pages import pages
from kefen_crm.customer_pages.drill import class_filters, drills
from kefen_crm.customer_pages.filters import CustomerFilter
from kefen_crm.customer_pages.tables import CHOICES, SHOWN, CustomerTable, with_classes
from kefen_crm.customers.queries import visible_to
from kefen_crm.gateway.ledger import opened
from kefen_crm.gateway.sales import purchases_by_month
from kefen_crm.gateway.trend import trend
from kefen_crm.grading.queries import freshness_of, published
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.grading.models import Scheme

PER_PAGE = 50
FIRST_SCHEMES = ("abc", "rfm")


def _chosen(request: HttpRequest) -> CustomerFilter:
    return CustomerFilter(request.GET, queryset=visible_to(request.user), request=request)


def _schemes(request: HttpRequest) -> tuple[list[Scheme], list[Scheme], list[Scheme]]:
    """All graded schemes, those whose classes are in the list, and those looked at for moves.

    A scheme that the list is narrowed by is in the list, whatever this person chose.
    """
    known = list(published())
    wanted = request.session.get("customer_schemes")
    names = set(FIRST_SCHEMES if wanted is None else wanted)
    narrowed = drills(request.GET)
    names |= {one.scheme for one in narrowed}
    moved = {one.scheme for one in narrowed if one.name == "moved"}
    return (
        known,
        [one for one in known if one.name in names],
        [one for one in known if one.name in moved],
    )


def _columns(request: HttpRequest) -> list[str]:
    chosen: list[str] = request.session.get("customer_columns", list(SHOWN))
    return [name for name in CHOICES if name in chosen]


def customer_list(request: HttpRequest) -> HttpResponse:
    """Customers this person may see: searched, filtered, drilled into, sorted, paged."""
    _remember_columns(request)
    chosen = _chosen(request)
    known, shown, moved = _schemes(request)
    table = CustomerTable(
        with_classes(chosen.qs, shown), schemes=shown, shown=_columns(request), moved=moved
    )
    RequestConfig(request, paginate={"per_page": PER_PAGE}).configure(table)
    narrowed, classes = drills(request.GET), class_filters(known, request.GET)
    in_fields = {one.chosen for one in classes}
    context: dict[str, Any] = {
        "table": table,
        "filter": chosen,
        "drills": narrowed,
        "hidden_drills": [
            one for one in narrowed if one.name != "class" or one.value not in in_fields
        ],
        "class_filters": classes,
        "more_classes": any(one.chosen for one in classes[1:]),
        "freshness": freshness_of(shown),
        "totals": chosen.qs.order_by().aggregate(customers=Count("pk"), sales=Sum("sales")),
        "schemes": known,
        "shown_schemes": {one.name for one in shown},
        "columns": CHOICES,
        "shown_columns": _columns(request),
    }
    template = "customer_pages/list.html"
    if request.htmx and not request.htmx.boosted:  # type: ignore[attr-defined]
        template = "customer_pages/_results.html"
    return render(request, template, context)


def _remember_columns(request: HttpRequest) -> None:
    if "columns" in request.GET:
        request.session["customer_columns"] = request.GET.getlist("column")
        request.session["customer_schemes"] = request.GET.getlist("scheme")


def export(request: HttpRequest, form: str) -> HttpResponse:
    """The list as it is filtered now, as an XLSX or CSV file."""
    require(request.user, Permit.EXPORT)
    known, _shown, _moved = _schemes(request)
    chosen = with_classes(_chosen(request).qs, known)
    return exports.response(chosen, known, form)


def detail(request: HttpRequest, code: str) -> HttpResponse:
    """All there is about one customer."""
    customer = _customer(request, code)
    return render(
        request, "customer_pages/detail.html", {"customer": customer, **pages.read(customer)}
    )


def purchases(request: HttpRequest, code: str) -> HttpResponse:
    """The picture of this customer's purchases by month."""
    customer = _customer(request, code)
    return JsonResponse(purchases_by_month(customer.code))


def indicators(request: HttpRequest, code: str) -> HttpResponse:
    """A part of the customer's page that takes longer: indicators now and a year before."""
    customer = _customer(request, code)
    with opened() as ledger:
        rows = trend(ledger, customer.code, customer.figures_as_of or timezone.localdate())
    return render(request, "customer_pages/_indicators.html", {"rows": rows})


def _customer(request: HttpRequest, code: str) -> Customer:
    return get_object_or_404(visible_to(request.user).select_related("owner"), code=code)
