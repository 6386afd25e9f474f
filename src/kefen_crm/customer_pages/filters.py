from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_filters as filters
from django.db.models import Exists, OuterRef, Q
from django.forms import Form, Select
from django.utils.translation import gettext_lazy as _

from kefen_crm.customers import search
from kefen_crm.customers.choices import FIELDS, choices
from kefen_crm.customers.finding import containing
from kefen_crm.customers.models import CURRENT, Customer, Standing
from kefen_crm.customers.queries import figures_as_of
from kefen_crm.gateway.sales import customers_of_order
from kefen_crm.grading import measured
from kefen_crm.platform.filters import narrowed
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

EVERY = "all"
ALSO = (
    (Standing.ARCHIVED, Standing.ARCHIVED.label),
    (Standing.MERGED, Standing.MERGED.label),
    (EVERY, _("All, archived too")),
)
FIRST = {"q", "region", "province", "industry", "owner"}


def _owners(_request: object) -> QuerySet[User]:
    return User.objects.filter(Exists(Customer.objects.filter(owner=OuterRef("pk"))))


def _choice(field: str, label: Any) -> filters.ChoiceFilter:
    return filters.ChoiceFilter(field_name=field, label=label, empty_label=_("All"), choices=[])


class CustomerFilter(filters.FilterSet):
    """The filters people set by hand, and before them the drill-downs of the address."""

    q = filters.CharFilter(label=_("Search"), method="find")
    standing = filters.ChoiceFilter(
        label=_("Standing"),
        empty_label=_("Current"),
        choices=[(Standing.SITE, Standing.SITE.label), *ALSO],
        method="of_standing",
    )
    region = _choice("region", _("Region"))
    province = _choice("province", _("Province"))
    industry = _choice("industry", _("Industry"))
    size = _choice("size", _("Size"))
    customer_type = _choice("customer_type", _("Type"))
    source_channel = _choice("source_channel", _("Source"))
    owner = filters.ModelChoiceFilter(
        label=_("Owner"), empty_label=_("All"), null_label=_("Nobody"), queryset=_owners
    )
    sales_min = filters.NumberFilter(label=_("Sales from"), field_name="sales", lookup_expr="gte")
    sales_max = filters.NumberFilter(label=_("Sales to"), field_name="sales", lookup_expr="lte")
    last_from = filters.DateFilter(
        label=_("Last purchase from"), field_name="last_order_on", lookup_expr="gte"
    )
    last_to = filters.DateFilter(
        label=_("Last purchase to"), field_name="last_order_on", lookup_expr="lte"
    )
    measure = filters.ChoiceFilter(
        label=_("Indicator"), empty_label="–", choices=[], method="as_measured"
    )
    measure_min = filters.NumberFilter(label=_("Indicator from"), method="as_measured")
    measure_max = filters.NumberFilter(label=_("Indicator to"), method="as_measured")

    class Meta:
        model = Customer
        fields: list[str] = []

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        as_of = figures_as_of()
        if self.request is not None:
            self.request.figures_as_of = as_of  # known to all parts of the page
        for name in FIELDS:
            self.filters[name].extra["choices"] = [(value, value) for value in self._values(name)]
        self.filters["measure"].extra["choices"] = self._measures(as_of)

    def _values(self, name: str) -> list[str]:
        """The values to choose from, and the one asked for where somebody has it.

        It may have been written moments ago by another process, or be one of too many to offer.
        """
        offered, asked = choices(name), self.data.get(name)
        if not asked or asked in offered or not Customer.objects.filter(**{name: asked}).exists():
            return offered
        return [*offered, asked]

    def _measures(self, as_of: date | None) -> list[tuple[str, Any]]:
        """The indicators to choose from; one that a view asks for and is gone fits nobody."""
        found: list[tuple[str, Any]] = list(measured.choices(self.request, as_of))
        asked = self.data.get("measure")
        if asked and asked not in dict(found):
            found.append((asked, _("not measured any more")))
        return found

    def get_form_class(self) -> type[Form]:
        """The form of the filters, its fields dressed as the site's fields are."""
        form: type[Form] = super().get_form_class()
        for name, field in form.base_fields.items():
            chosen = isinstance(field.widget, Select)
            field.widget.attrs["class"] = f"form-{'select' if chosen else 'control'}"
            if name.startswith("last_"):
                field.widget.input_type = "date"
        return form

    @property
    def more(self) -> bool:
        """Whether a filter outside the first row is set."""
        return any(self.data.get(name) for name in self.filters if name not in FIRST)

    def find(self, customers: QuerySet[Customer], _name: str, text: str) -> QuerySet[Customer]:
        return found(customers, text)

    def of_standing(
        self, customers: QuerySet[Customer], _name: str, value: str
    ) -> QuerySet[Customer]:
        return customers if value == EVERY else customers.filter(standing=value)

    def as_measured(
        self, customers: QuerySet[Customer], name: str, _value: object
    ) -> QuerySet[Customer]:
        """Customers whose chosen indicator is within the bounds; all without bounds."""
        told = self.form.cleaned_data
        bounds = (told.get("measure_min"), told.get("measure_max"))
        if name != "measure" or bounds == (None, None):
            return customers
        return customers.filter(measured.within(told["measure"], *bounds))

    def filter_queryset(self, queryset: QuerySet[Customer]) -> QuerySet[Customer]:
        """Those that all filters leave: nobody where a value cannot be read."""
        if self.form.errors:
            return queryset.none()
        chosen: QuerySet[Customer] = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("standing"):
            chosen = chosen.filter(standing__in=CURRENT)
        return narrowed(chosen, self.data)


def found(customers: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    """Customers whose name, code, phone, contact or pinyin hold every word of `text`.

    Where `text` is the number of an order, also the customer of that order.
    """
    condition = containing(text)
    if search.number_like(text):
        condition |= Q(code__in=customers_of_order(text.strip()))
    return customers.filter(condition)
