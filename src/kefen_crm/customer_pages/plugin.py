from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kefen_crm.customer_pages.attention import items
from kefen_crm.customer_pages.filters import found
from kefen_crm.customer_pages.moments import MOMENTS
from kefen_crm.customer_pages.narrowing import FILTERS
from kefen_crm.customer_pages.pages import PANELS
from kefen_crm.customers.finding import best
from kefen_crm.customers.queries import visible_to
from kefen_crm.platform.parts import Hit, MenuEntry, Route, Router, SearchSource
from kefen_crm.platform.registry import Plugin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_LISTED = 8


def find(request: HttpRequest, text: str) -> Iterator[Hit]:
    """The few best matches among the customers this person may see.

    Orders are looked through where no customer is called so.
    """
    visible = visible_to(request.user)
    for customer in best(visible, text, _LISTED) or found(visible, text)[:_LISTED]:
        address = reverse("customers:detail", args=[customer.code])
        yield Hit(customer.name, customer.code, address)


PLUGIN = Plugin(
    position=30,
    routes=(Route("customers/", "kefen_crm.customer_pages.urls"),),
    menu=(MenuEntry("customers:list", _("Customers"), "users", "c", position=20, phone=2),),
    routers=(Router("/customers", "kefen_crm.customer_pages.api.router"),),
    panels=PANELS,
    moments=MOMENTS,
    filters=FILTERS,
    attention=items,
    search=(SearchSource(find, page="customers:list"),),
)
