"""Rows of a table are what a template makes of them cell by cell."""

from datetime import date
from decimal import Decimal

import django_tables2 as tables
import pytest
from django.template import engines

from kefen_crm.customer_pages.tables import CustomerTable, NameColumn
from kefen_crm.customers.models import Customer
from kefen_crm.platform.columns import CellColumn, DayColumn, MoneyColumn, NumberColumn
from kefen_crm.platform.table_rows import table_rows
from kefen_crm.tags.models import Tag, Tagging

BY_CELL = """{% load l10n %}{% for row in table.paginated_rows %}<tr {{ row.attrs.as_html }}>{% for column, cell in row.items %}<td {{ column.attrs.td.as_html }} data-label="{{ column.header }}">{% if column.localize %}{{ cell|localize }}{% else %}{{ cell|unlocalize }}{% endif %}</td>{% endfor %}</tr>
{% endfor %}"""  # noqa: E501  # as a template has it

CUSTOMERS = [
    Customer(code="K<1>", name="A & B", region="", sales=Decimal("1234567.5"), orders=0),
    Customer(code="K2", name="<b>", city="X", last_order_on=date(2026, 1, 2), origin="site"),
]


class Kinds(tables.Table):
    code = tables.Column(attrs={"td": {"class": "kf-num", "data-it": lambda value: value}})
    name = NameColumn()
    tags = CellColumn("tags/_cell.html")
    region = tables.Column(default="<none>")
    standing_title = tables.Column()
    sales = MoneyColumn()
    orders = NumberColumn(localize=True)
    last_order_on = DayColumn()
    origin = tables.Column()
    linked = tables.Column(accessor="code", linkify=lambda record: f"/{record.code}?a=1&b=2")
    owner__username = tables.Column()
    upper = tables.Column(accessor="name")

    def render_upper(self, value: str, table: tables.Table) -> str:
        return f"{value.upper()} of {len(table.columns)}"

    class Meta:
        row_attrs = {"data-code": lambda record: record.code}


class Names(tables.Table):
    name = tables.Column()
    count = tables.Column(localize=False)


@pytest.mark.parametrize(
    "table",
    [
        Kinds(CUSTOMERS),
        CustomerTable(CUSTOMERS, extra=(), shown=("city", "owner", "sales", "orders", "profit")),
        Names([{"name": "<i>", "count": 12345.5}, {"name": None, "count": 3}]),
    ],
)
def test_rows_are_those_of_a_template(table):
    for one in CUSTOMERS:
        one.standing = "facts"
        one.shown_taggings = [Tagging(tag=Tag(name="<tag>", colour="red"))]
    by_cell = engines["django"].from_string(BY_CELL).render({"table": table})
    assert table_rows(table).strip() == by_cell.strip()
