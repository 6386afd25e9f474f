from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.functional import SimpleLazyObject

from kefen_crm.customers.queries import figures_as_of
from kefen_crm.platform.parts import PersonalData
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Permit, Role

if TYPE_CHECKING:
    from django.http import HttpRequest

CONTACT = ("phone", "email", "contact", "address")


def layout(request: HttpRequest) -> dict[str, Any]:
    """The date up to which figures count, for whoever is signed in."""
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    return {"figures_as_of": SimpleLazyObject(figures_as_of) if signed_in else None}


PLUGIN = Plugin(
    position=20,
    permits={
        Permit.EDIT_CUSTOMERS: (Role.MANAGER, Role.REP),
        Permit.ASSIGN_CUSTOMERS: (Role.MANAGER,),
        Permit.EXPORT: (Role.MANAGER, Role.REP, Role.READER),
        Permit.SEE_ALL_CUSTOMERS: (Role.MANAGER, Role.READER),
    },
    personal=(
        PersonalData(
            "customers.Customer",
            "pk",
            emptied=("initials", "pinyin", "search", *CONTACT, "note", "birthday", "founded_on"),
            removed=True,
        ),
    ),
    layout=layout,
)
