from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import django_tables2 as tables
from django.db.models import F
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import days_since_purchase
from kefen_crm.platform.columns import (
    DayColumn,
    MoneyColumn,
    NumberColumn,
    TextColumn,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django.utils.safestring import SafeString

    from kefen_crm.platform.parts import ListColumn

NO_WRAP = {"td": {"class": "text-nowrap", "data-kf-edit": "owner"}}
SHOWN = ("city", "industry", "owner", "sales", "orders", "last_order_on")
"""Columns shown until a person chooses others; name and classes are always there."""


def _written(name: str) -> dict[str, dict[str, str]]:
    """The attributes of a column whose field is written in its cell."""
    return {"td": {"data-kf-edit": name}}


def _place(customer: Customer) -> str:
    """Province and city, else the region."""
    parts = [customer.province if customer.province != customer.city else "", customer.city]
    return " ".join(filter(None, parts)) or customer.region


class PickColumn(tables.Column):
    """A box by which a customer is chosen, for what is done to many at once."""

    def __init__(self) -> None:
        cell = {"class": "kf-pick"}
        head = {**cell, "data-kf-pick-page": _("Choose all on this page")}
        attrs = {"td": cell, "th": head}
        super().__init__(verbose_name="", accessor="pk", orderable=False, attrs=attrs)

    def render(self, record: Customer) -> SafeString:
        return format_html(_BOX, record.pk, record.name)


_BOX = '<input class="form-check-input" type="checkbox" data-kf-pick value="{}" aria-label="{}">'


class NameColumn(tables.Column):
    """The name, which leads to the customer's page, and the code where it is another."""

    def __init__(self) -> None:
        attrs = {"td": {"class": "kf-name"}}
        super().__init__(
            verbose_name=_("Customer"), order_by=("name", "code"), attrs=attrs, empty_values=()
        )

    def render(self, record: Customer) -> SafeString:
        address = reverse("customers:detail", args=[record.code])
        named = format_html(_NAMED, address, record.name)
        return named if record.code == record.name else named + format_html(_CODE, record.code)


_NAMED = '<a class="kf-customer" data-kf-open href="{}">{}</a>'
_CODE = '\n<span class="kf-customer-code text-secondary small kf-num">{}</span>'


class NullsLast(tables.Column):
    """Orders a column so that customers without the figure come last either way."""

    def __init__(self, field: str, label: Any) -> None:
        super().__init__(verbose_name=label)
        self.field = field

    def order(
        self, customers: QuerySet[Customer], is_descending: bool
    ) -> tuple[QuerySet[Customer], bool]:
        by = F(self.field)
        place = by.desc(nulls_last=True) if is_descending else by.asc(nulls_last=True)
        return customers.order_by(place, "code"), True


class Money(NullsLast, MoneyColumn): ...


class Number(NullsLast, NumberColumn): ...


class Day(NullsLast, DayColumn): ...


class Recency(NumberColumn):
    """Orders by the day of the last purchase, whose index lists are turned to any page of within.

    Whoever has bought for the last time before the twelve months comes last either way.
    """

    def order(
        self, customers: QuerySet[Customer], is_descending: bool
    ) -> tuple[QuerySet[Customer], bool]:
        last = F("last_order_on").desc(nulls_last=True)
        place = days_since_purchase().desc(nulls_last=True) if is_descending else last
        return customers.order_by(place, "code"), True


class CustomerTable(tables.Table):
    """Customers; the columns that other apps bring, such as classes, follow the name."""

    pick = PickColumn()
    name = NameColumn()
    region = tables.Column(verbose_name=_("Region"), default="", attrs=_written("region"))
    city = TextColumn(
        _place, verbose_name=_("Place"), order_by=("province", "city"), attrs=_written("city")
    )
    industry = tables.Column(verbose_name=_("Industry"), default="", attrs=_written("industry"))
    size = tables.Column(verbose_name=_("Size"), default="", attrs=_written("size"))
    customer_type = tables.Column(
        verbose_name=_("Type"), default="", attrs=_written("customer_type")
    )
    source_channel = tables.Column(
        verbose_name=_("Source"), default="", attrs=_written("source_channel")
    )
    owner = TextColumn(
        lambda customer: customer.owner_title,
        verbose_name=_("Owner"),
        order_by=("owner_name",),
        attrs=NO_WRAP,
    )
    sales = Money("sales", _("Sales, 12 months"))
    profit = Money("profit", _("Profit, 12 months"))
    orders = Number("orders", _("Orders"))
    recency = Recency(verbose_name=_("Days since last purchase"))
    last_order_on = Day("last_order_on", _("Last purchase"))

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()
        order_by = ("-sales",)
        row_attrs: ClassVar = {
            "data-kf-line": "",
            "data-kf-code": lambda record: record.code,
            "tabindex": "-1",
        }
        empty_text = _("No customer fits.")

    def __init__(
        self,
        *args: Any,
        extra: Iterable[ListColumn],
        shown: Iterable[str],
        pick: bool = True,
        **more: Any,
    ) -> None:
        """`extra`: the columns of other apps; `shown`: the names of its own; `pick`: with boxes."""
        others = []
        for one in extra:
            one.column.verbose_name = one.title
            others.append((one.name, one.column))
        choice = set(shown)
        super().__init__(
            *args,
            extra_columns=others,
            sequence=("pick", "name", *(name for name, _column in others), "..."),
            exclude=[
                *(name for name in CHOICES if name not in choice),
                *([] if pick else ["pick"]),
            ],
            **more,
        )


CHOICES = {
    name: column.verbose_name
    for name, column in CustomerTable.base_columns.items()
    if name not in ("pick", "name")
}
"""The columns a person may show or hide, with their titles."""
