from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kefen_crm.customer_pages import demo, files, listing, picking, saving, searching
from kefen_crm.customer_pages.attention import items
from kefen_crm.customer_pages.bulk import CHANGED, UNDONE, verb_called
from kefen_crm.customer_pages.models import ListFile
from kefen_crm.customer_pages.moments import MOMENTS
from kefen_crm.customer_pages.narrowing import FILTERS
from kefen_crm.customer_pages.pages import PANELS
from kefen_crm.platform import numbers
from kefen_crm.platform.parts import (
    ClockJob,
    Command,
    MenuEntry,
    Notice,
    NoticeKind,
    NoticeText,
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
    from kefen_crm.team.models import User


def _many(event: Event) -> str:
    """What was done to how many customers."""
    told = event.after or {}
    verb = verb_called(str(told.get("verb", "")))
    count = numbers.whole(told.get("count", 0))
    return f"{verb.title if verb else told.get('verb', '')} · {count}"


def _view(event: Event) -> str:
    """What the view is called."""
    return str({**(event.before or {}), **(event.after or {})}.get("name", ""))


def _file(event: Event) -> str:
    """How many customers in what file."""
    told = event.after or {}
    return f"{str(told.get('form', '')).upper()} · {numbers.whole(told.get('count', 0))}"


def _asker(event: Event) -> list[User]:
    """Who asked for a file, unless they removed it."""
    return [file.by for file in ListFile.objects.filter(pk=event.object_id).select_related("by")]


def _ready(event: Event) -> NoticeText:
    """That a file waits for whoever asked for it."""
    count = (event.after or {}).get("count", 0)
    text, plural = (
        gettext_noop("The file of %(count)s customer is ready"),
        gettext_noop("The file of %(count)s customers is ready"),
    )
    return NoticeText(text, {"count": count}, reverse("customers:files"), plural)


GROUP = _("Customers")
FILE_READY = NoticeKind(files.WRITTEN, _("My export is ready"), "download", mail=False)

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
    read_ahead=listing.read_ahead,
    timeline=(
        TimelineKind(CHANGED, _("Many customers changed"), "list-check", GROUP, _many),
        TimelineKind(saving.SAVED, _("View saved"), "layout-list", GROUP, _view),
        TimelineKind(saving.CHANGED, _("View changed"), "pencil", GROUP),
        TimelineKind(saving.REMOVED, _("View removed"), "trash", GROUP, _view),
        TimelineKind(files.ASKED, _("List asked for as a file"), "download", GROUP, _file),
        TimelineKind(files.WRITTEN, _("List written to a file"), "download", GROUP, _file),
        TimelineKind(files.FAILED, _("List not written to a file"), "file-alert", GROUP),
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
        Command("customers:files", _("Exports"), "download", Permit.EXPORT),
    ),
    notice_kinds=(FILE_READY,),
    notices=(Notice(files.WRITTEN, FILE_READY.name, _asker, _ready),),
    clock_jobs=(ClockJob("customers.clear_files", files.clear, every="half-hour"),),
    personal=(PersonalData("customer_pages.PickedCustomer", deleted=True),),
    erased=files.remove_all,
    demo=demo.demo,
)
