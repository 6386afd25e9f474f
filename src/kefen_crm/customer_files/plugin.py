from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from kefen_crm.customer_files import logged
from kefen_crm.customer_files.actions import ADDED, REMOVED, label_of, things_of
from kefen_crm.customer_files.demo import demo
from kefen_crm.customer_files.models import FOLDER, CustomerFile
from kefen_crm.customers.queries import may_change
from kefen_crm.platform import numbers
from kefen_crm.platform.parts import (
    ObjectPart,
    Panel,
    PersonalData,
    Route,
    Router,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.platform.stored_files import settle
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.models import Event

GROUP = _("Files")
LISTED = 50


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The files of a customer, and a way to add some."""
    user: Any = request.user
    found = customer.files.select_related("by")[:LISTED]
    files = list(found) if customer.current else []
    writable = may(user, Permit.EDIT_CUSTOMERS) and may_change(user, customer)
    if not (files or writable):
        return None
    things = things_of(files)
    for one in files:
        one.thing = things.get(one.about)  # type: ignore[attr-defined]  # for the template
    told = numbers.whole(len(files)) if files else ""
    return {"files": files, "writable": writable, "summary": told, "empty": not files}


def of_thing(request: HttpRequest, thing: Any) -> dict[str, Any] | None:
    """The files of a tender, a contract …, and a way to add some."""
    user: Any = request.user
    label = label_of(thing)
    files = list(thing.customer.files.filter(about=label).select_related("by")[:LISTED])
    writable = may(user, Permit.EDIT_CUSTOMERS) and may_change(user, thing.customer)
    if not (files or writable):
        return None
    told = {"files": files, "writable": writable, "customer": thing.customer, "about": label}
    return told | {"here": True}


def _named(event: Event) -> str:
    return str({**(event.before or {}), **(event.after or {})}.get("name", ""))


PLUGIN = Plugin(
    position=28,
    routes=(Route("customer-files/", "kefen_crm.customer_files.urls"),),
    routers=(Router("/customer-files", "kefen_crm.customer_files.api.router"),),
    panels=(Panel("customer_files/_panel.html", panel, "side", 30, later=_("Files")),),
    log_parts=(logged.PART,),
    object_parts=(ObjectPart("customer_files/_of_thing.html", of_thing),),
    timeline=(
        TimelineKind(ADDED, _("File added"), "paperclip", GROUP, _named),
        TimelineKind(REMOVED, _("File removed"), "file-off", GROUP, _named),
    ),
    personal=(PersonalData("customer_files.CustomerFile", deleted=True, file="place"),),
    erased=partial(settle, CustomerFile, FOLDER),
    demo=demo,
)
