from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kefen_crm.contacts import feeds, pages, search
from kefen_crm.contacts.demo import demo
from kefen_crm.platform.parts import Panel, PersonalData, Route, Router, SearchSource, TimelineKind
from kefen_crm.platform.registry import Plugin

if TYPE_CHECKING:
    from kefen_crm.platform.models import Event

GROUP = _("Contacts")


def _who(event: Event) -> str:
    """Whom an event is about; of a change also where the person is reached now."""
    told = {**(event.before or {}), **(event.after or {})}
    reaches = [str(one["value"]) for one in told.get("reaches") or ()]
    return " · ".join(filter(None, [str(told.get("name") or ""), *reaches]))


PLUGIN = Plugin(
    position=22,
    routes=(Route("contacts/", "kefen_crm.contacts.urls"),),
    routers=(Router("/contacts", "kefen_crm.contacts.api.router"),),
    panels=(Panel("contacts/_panel.html", pages.panel, "side", position=11),),
    search=(SearchSource(search.find, title=GROUP, icon="address-book"),),
    feeds=feeds.FEEDS,
    timeline=(
        TimelineKind("contact.added", _("Contact added"), "address-book", GROUP, _who),
        TimelineKind("contact.changed", _("Contact changed"), "pencil", GROUP, _who),
        TimelineKind(
            "contact.chosen", _("Chosen between a value and an import's"), "git-merge", GROUP, _who
        ),
        TimelineKind("contact.left", _("No contact any more"), "user-off", GROUP, _who),
    ),
    personal=(
        PersonalData("contacts.Reach", "contact__customer", deleted=True),
        PersonalData("contacts.Contact", deleted=True),
    ),
    demo=demo,
)
