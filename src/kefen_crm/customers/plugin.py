from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from kefen_crm.customers import demo
from kefen_crm.customers.feeds import FEEDS
from kefen_crm.customers.models import Collaborator
from kefen_crm.customers.notices import KINDS, NOTICES
from kefen_crm.customers.queries import figures_as_of
from kefen_crm.platform.parts import Permission, PersonalData, TimelineKind
from kefen_crm.platform.queue import later_once
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.models import User
from kefen_crm.team.roles import Permit, Role

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.platform.models import Event

CONTACT = ("phone", "email", "contact", "address")


def layout(request: HttpRequest) -> dict[str, Any]:
    """The date up to which figures count, for whoever is signed in."""
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    return {"figures_as_of": SimpleLazyObject(figures_as_of) if signed_in else None}


def _collaborator(event: Event) -> str:
    """Who collaborates or did, and how far."""
    told = {**(event.before or {}), **(event.after or {})}
    user = User.objects.filter(pk=told.get("user") or 0).first()
    access = dict(Collaborator.Access.choices).get(told.get("access", ""), "")
    return f"{user or ''} {access}".strip()


CUSTOMERS = _("Customers")
TIMELINE = (
    TimelineKind("customer.created", _("Customer typed in"), "user-plus", CUSTOMERS),
    TimelineKind("customer.edited", _("Customer changed"), "pencil", CUSTOMERS),
    TimelineKind("customer.assigned", _("Another owner"), "user-share", CUSTOMERS),
    TimelineKind("customer.chosen", _("Chosen between two values"), "git-merge", CUSTOMERS),
    TimelineKind("customer.shared", _("Collaborator"), "users-plus", CUSTOMERS, _collaborator),
    TimelineKind(
        "customer.unshared", _("Collaborator removed"), "users-minus", CUSTOMERS, _collaborator
    ),
    TimelineKind("customer.archived", _("Customer archived"), "archive", CUSTOMERS),
    TimelineKind("customer.restored", _("Customer brought back"), "archive-off", CUSTOMERS),
)

PLUGIN = Plugin(
    position=20,
    permissions=(
        Permission(Permit.EDIT_CUSTOMERS, _("edit customers"), (Role.MANAGER, Role.REP)),
        Permission(Permit.ASSIGN_CUSTOMERS, _("assign customers"), (Role.MANAGER,)),
        Permission(Permit.EXPORT, _("export"), (Role.MANAGER, Role.REP, Role.READER, Role.FINANCE)),
        Permission(
            Permit.SEE_ALL_CUSTOMERS,
            _("see all customers"),
            (Role.MANAGER, Role.READER, Role.SERVICE, Role.FINANCE),
        ),
    ),
    personal=(
        PersonalData(
            "customers.Customer",
            "pk",
            emptied=("initials", "pinyin", "search", *CONTACT, "note", "birthday", "founded_on"),
            removed=True,
        ),
        PersonalData("customers.FieldEdit", deleted=True),
        PersonalData("customers.Collaborator"),
    ),
    timeline=TIMELINE,
    feeds=FEEDS,
    notice_kinds=KINDS,
    notices=NOTICES,
    layout=layout,
    demo=lambda: later_once(demo.SHOW),
)
