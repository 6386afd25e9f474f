from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_tables2 as tables
from django.db.models import F, Prefetch
from django.utils.translation import gettext_lazy as _

from kefen_crm.customers.models import Customer
from kefen_crm.grading.models import CustomerClass, Scheme
from kefen_crm.platform.columns import DayColumn, MoneyColumn, NumberColumn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

_CELL = "customer_pages/cells/{}.html"
SHOWN = ("city", "industry", "owner", "sales", "orders", "last_order_on")
"""Columns shown until a person chooses others; name and classes are always there."""


def _cell(name: str, label: Any, **more: Any) -> tables.TemplateColumn:
    return tables.TemplateColumn(template_name=_CELL.format(name), verbose_name=label, **more)


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
    """Customers with their classes in the chosen schemes; the classes follow the name."""

    name = _cell("name", _("Customer"), order_by=("name", "code"))
    region = tables.Column(verbose_name=_("Region"), default="")
    city = _cell("place", _("Place"), order_by=("province", "city"))
    industry = tables.Column(verbose_name=_("Industry"), default="")
    size = tables.Column(verbose_name=_("Size"), default="")
    customer_type = tables.Column(verbose_name=_("Type"), default="")
    source_channel = tables.Column(verbose_name=_("Source"), default="")
    owner = _cell("owner", _("Owner"), order_by=("owner_name",))
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
        self,
        *args: Any,
        schemes: Iterable[Scheme],
        shown: Iterable[str],
        moved: Iterable[Scheme] = (),
        **more: Any,
    ) -> None:
        """`moved`: the schemes whose class before is shown too."""
        before = list(moved)
        classes: list[tuple[str, ClassColumn]] = []
        for scheme in schemes:
            if scheme in before:
                title = _("%(scheme)s, before") % {"scheme": scheme.title}
                classes.append((f"before_{scheme.pk}", ClassBeforeColumn(scheme, title)))
            classes.append((f"class_{scheme.pk}", ClassColumn(scheme)))
        choice = set(shown)
        super().__init__(
            *args,
            extra_columns=classes,
            sequence=("name", *(name for name, _column in classes), "..."),
            exclude=[name for name in CHOICES if name not in choice],
            **more,
        )


CHOICES = {
    name: column.verbose_name
    for name, column in CustomerTable.base_columns.items()
    if name != "name"
}
"""The columns a person may show or hide, with their titles."""


class ClassColumn(tables.TemplateColumn):
    """A customer's class in one scheme, from the prefetched `shown_classes`."""

    def __init__(self, scheme: Scheme, title: str = "") -> None:
        super().__init__(
            template_name=_CELL.format("class"),
            verbose_name=title or scheme.title,
            orderable=False,
            empty_values=(),
        )
        self.scheme = scheme

    def render(self, record: Customer, **context: Any) -> Any:
        found = [one for one in record.shown_classes if one.scheme_id == self.scheme.pk]  # type: ignore[attr-defined]
        self.extra_context = {"scheme": self.scheme, **self.read(found[0] if found else None)}
        return super().render(record=record, **context)

    def read(self, graded: CustomerClass | None) -> dict[str, Any]:
        """What the cell shows."""
        return {"key": graded.class_key if graded else None, "graded": graded}


class ClassBeforeColumn(ClassColumn):
    """The class a customer had in the run before."""

    def read(self, graded: CustomerClass | None) -> dict[str, Any]:
        new = graded is None or graded.previous_run_id is None
        return {"key": graded.previous_key if graded else None, "graded": None, "new": new}


def with_classes(customers: QuerySet[Customer], schemes: Iterable[Scheme]) -> QuerySet[Customer]:
    """Customers with `shown_classes`, their classes in `schemes`, in one query more."""
    classes = CustomerClass.objects.filter(scheme__in=list(schemes))
    classes = classes.select_related("override__by")
    return customers.select_related("owner").prefetch_related(
        Prefetch("classes", classes, to_attr="shown_classes")
    )
