from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_tables2 as tables
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from kefen_crm.customers.models import Customer
from kefen_crm.platform.columns import (
    CellColumn,
    DayColumn,
    MoneyColumn,
    NumberColumn,
    TextColumn,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from kefen_crm.platform.parts import ListColumn

NO_WRAP = {"td": {"class": "text-nowrap"}}
_CELL = "customer_pages/cells/{}.html"
SHOWN = ("city", "industry", "owner", "sales", "orders", "last_order_on")
"""Columns shown until a person chooses others; name and classes are always there."""


def _cell(name: str, label: Any, **more: Any) -> CellColumn:
    return CellColumn(_CELL.format(name), verbose_name=label, **more)


def _place(customer: Customer) -> str:
    """Province and city, else the region."""
    parts = [customer.province if customer.province != customer.city else "", customer.city]
    return " ".join(filter(None, parts)) or customer.region


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


class CustomerTable(tables.Table):
    """Customers; the columns that other apps bring, such as classes, follow the name."""

    name = _cell("name", _("Customer"), order_by=("name", "code"))
    region = tables.Column(verbose_name=_("Region"), default="")
    city = TextColumn(_place, verbose_name=_("Place"), order_by=("province", "city"))
    industry = tables.Column(verbose_name=_("Industry"), default="")
    size = tables.Column(verbose_name=_("Size"), default="")
    customer_type = tables.Column(verbose_name=_("Type"), default="")
    source_channel = tables.Column(verbose_name=_("Source"), default="")
    owner = TextColumn(
        lambda customer: customer.owner_title,
        verbose_name=_("Owner"),
        order_by=("owner_name",),
        attrs=NO_WRAP,
    )
    sales = Money("sales", _("Sales, 12 months"))
    profit = Money("profit", _("Profit, 12 months"))
    orders = Number("orders", _("Orders"))
    recency = Number("recency", _("Days since last purchase"))
    last_order_on = Day("last_order_on", _("Last purchase"))

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()
        order_by = ("-sales",)
        empty_text = _("No customer fits.")

    def __init__(
        self, *args: Any, extra: Iterable[ListColumn], shown: Iterable[str], **more: Any
    ) -> None:
        """`extra`: the columns of other apps; `shown`: the names of its own."""
        others = []
        for one in extra:
            one.column.verbose_name = one.title
            others.append((one.name, one.column))
        choice = set(shown)
        super().__init__(
            *args,
            extra_columns=others,
            sequence=("name", *(name for name, _column in others), "..."),
            exclude=[name for name in CHOICES if name not in choice],
            **more,
        )


CHOICES = {
    name: column.verbose_name
    for name, column in CustomerTable.base_columns.items()
    if name != "name"
}
"""The columns a person may show or hide, with their titles."""
