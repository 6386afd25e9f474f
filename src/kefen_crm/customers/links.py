"""Customers as other pages name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.customers.models import Customer


def linked(customers: Iterable[Customer]) -> tuple[tuple[str, str, str], ...]:
    """Code, name and address of each, as an item of the first page names them."""
    return tuple(
        (one.code, one.name, reverse("customers:detail", args=[one.code])) for one in customers
    )
