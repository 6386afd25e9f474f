from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from kefen_crm.platform.filters import NOBODY
from kefen_crm.platform.parts import (
    Filter,
    MenuEntry,
    PersonalData,
    Route,
    Router,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.quality.checks import any_of, checks
from kefen_crm.quality.demo import demo
from kefen_crm.quality.nightly import JOB
from kefen_crm.team.roles import Permit

if TYPE_CHECKING:
    from django.db.models import Q

    from kefen_crm.platform.models import Event

GROUP = _("Data quality")


def _read(value: str) -> tuple[str, Q]:
    """Customers that a check finds."""
    known = checks()
    if value == "any":
        return str(_("Something is wrong with the data")), any_of(known)
    found = next((one for one in known if one.name == value), None)
    return (found.title, found.condition) if found else (value, NOBODY)


def _count(event: Event) -> str:
    number = int((event.after or {}).get("count", 0))
    return ngettext("%(n)s value", "%(n)s values", number) % {"n": number}


PLUGIN = Plugin(
    position=79,  # its demo looks at what the others brought
    routes=(Route("quality/", "kefen_crm.quality.urls"),),
    menu=(
        MenuEntry(
            "quality:overview",
            _("Quality"),
            "clipboard-check",
            "q",
            Permit.EDIT_CUSTOMERS,
            position=52,
            group="data",
        ),
    ),
    routers=(Router("/quality", "kefen_crm.quality.api.router"),),
    filters=(Filter("quality", _read),),
    clock_jobs=(JOB,),
    timeline=(
        TimelineKind("quality.mended", _("Values mended"), "bandage", GROUP, _count),
        TimelineKind("quality.undone", _("Mending taken back"), "arrow-back-up", GROUP, _count),
    ),
    personal=(
        PersonalData("quality.InvalidValue", deleted=True),
        PersonalData("quality.MendedValue", deleted=True),
    ),
    demo=demo,
)
