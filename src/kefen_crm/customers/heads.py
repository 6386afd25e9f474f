"""How many customers a query gives, their sales, and its first rows, read in one pass.

Where customers are narrowed by something that other tables know, such as their class, the database
would walk along the order of the list and look each customer up, past hundreds of thousands of them
where the wanted ones come late. Counted together with the rows, they are collected first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal  # a kept figure is read into it
from typing import TYPE_CHECKING, Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Count, Sum, Window

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer

_TABLE = re.compile(r'(?:FROM|JOIN) "?(\w+)')


@dataclass(frozen=True)
class Head:
    """How many customers, their sales, and of the first `rows` the columns that were asked for."""

    count: int
    sales: Decimal | None
    rows: list[tuple[Any, ...]]


def head(customers: QuerySet[Customer], *columns: str, size: int) -> Head:
    """The first `size` of `customers` in their order, and all of them counted."""
    whole = {"whole_count": Window(Count("pk")), "whole_sales": Window(Sum("sales"))}
    found = list(customers.annotate(**whole).values_list(*columns, *whole)[:size])
    if not found:
        return Head(0, None, [])
    count, sales = found[0][-2:]
    return Head(count, sales, [row[:-2] for row in found])


def asks_other_tables(customers: QuerySet[Customer]) -> bool:
    """Whether `customers` are narrowed by something that other tables know."""
    try:
        sql, _params = customers.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return False
    return len(set(_TABLE.findall(sql))) > 1
