from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kefen_crm.customer_pages import demo, picking, saving, searching
from kefen_crm.customer_pages.attention import items
from kefen_crm.customer_pages.bulk import CHANGED, UNDONE, verb_called
from kefen_crm.customer_pages.moments import MOMENTS
from kefen_crm.customer_pages.narrowing import FILTERS
from kefen_crm.customer_pages.pages import PANELS
from kefen_crm.platform import numbers
from kefen_crm.platform.parts import (
    Command,
    MenuEntry,
    PersonalData,
    Route,
    Router,
    SearchSource,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Permit

if TYPE_CHECKING:
    from kefen_crm.platform.models import Event


def _many(event: Event) -> str:
    """What was done to how many customers."""
    told = event.after or {}
    verb = verb_called(str(told.get("verb", "")))
    count = numbers.whole(told.get("count", 0))
    return f"{verb.title if verb else told.get('verb', '')} · {count}"


def _view(event: Event) -> str:
    """What the view is called."""
    return str({**(event.before or {}), **(event.after or {})}.get("name", ""))


GROUP = _("Customers")

PLUGIN = Plugin(
    position=30,
    routes=(Route("customers/", "kefen_crm.customer_pages.urls"),),
    menu=(MenuEntry("customers:list", _("Customers"), "users", "c", position=20, phone=2),),
    routers=(
        Router("/customers", "kefen_crm.customer_pages.api.router"),
        Router("/views", "kefen_crm.customer_pages.api.views.router"),
        Router("/bulk", "kefen_crm.customer_pages.api.bulk.router"),
    ),
    panels=PANELS,
    moments=MOMENTS,
    filters=(*FILTERS, picking.FILTER),
    bulk_verbs=picking.VERBS,
    attention=items,
    timeline=(
        TimelineKind(CHANGED, _("Many customers changed"), "list-check", GROUP, _many),
        TimelineKind(saving.SAVED, _("View saved"), "layout-list", GROUP, _view),
        TimelineKind(saving.CHANGED, _("View changed"), "pencil", GROUP),
        TimelineKind(saving.REMOVED, _("View removed"), "trash", GROUP, _view),
        TimelineKind(UNDONE, _("A change of many undone"), "arrow-back-up", GROUP, _many),
    ),
    search=(
        SearchSource(searching.find, "customers:list", _("Customers"), "users"),
        SearchSource(searching.find_documents, title=_("Orders and invoices"), icon="receipt"),
    ),
    commands=(
        Command(
            "customers:new", _("New customer"), "user-plus", Permit.EDIT_CUSTOMERS, create=True
        ),
        Command("customers:views", _("Saved views"), "layout-list"),
        Command("customers:changes", _("Changes of many customers"), "history"),
    ),
    personal=(PersonalData("customer_pages.PickedCustomer", deleted=True),),
    demo=demo.demo,
)
