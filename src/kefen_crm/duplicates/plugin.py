from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kefen_crm.duplicates import brought, demo, finding, pages
from kefen_crm.duplicates.actions import DIFFERENT, REOPENED
from kefen_crm.duplicates.aliases import CONSUMER, MERGED, TAKEN_APART
from kefen_crm.duplicates.permits import MERGE
from kefen_crm.platform.parts import (
    ClockJob,
    ImportPart,
    MenuEntry,
    NoticeKind,
    Panel,
    Permission,
    PersonalData,
    Route,
    Router,
    SearchSource,
    Tile,
    TimelineKind,
)
from kefen_crm.platform.queue import later_once
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role

if TYPE_CHECKING:
    from kefen_crm.platform.models import Event

GROUP = _("Duplicates")


def _merged(event: Event) -> str:
    """Who was merged."""
    told = (event.after or {}).get("merged") or ()
    return ", ".join(f"{one['name']} ({one['code']})" for one in told)


def _codes(event: Event) -> str:
    return ", ".join((event.after or {}).get("codes") or ())


def _with(event: Event) -> str:
    return str((event.after or {}).get("with") or "")


PLUGIN = Plugin(
    position=24,
    routes=(Route("duplicates/", "kefen_crm.duplicates.urls"),),
    menu=(
        MenuEntry(
            "duplicates:list", _("Duplicates"), "copy", "d", MERGE, position=54, group="data"
        ),
    ),
    permissions=(Permission(MERGE, _("merge customers"), (Role.MANAGER, Role.REP)),),
    routers=(Router("/duplicates", "kefen_crm.duplicates.api.router"),),
    search=(SearchSource(pages.find),),
    panels=(Panel("duplicates/_panel.html", pages.panel, "top", position=30),),
    attention=pages.attention,
    new_customer=(Tile("duplicates/_typing.html", pages.typing),),
    imported=(ImportPart("duplicates/_landed.html", brought.landed),),
    timeline=(
        TimelineKind(MERGED, _("Merged"), "git-merge", GROUP, _merged),
        TimelineKind(TAKEN_APART, _("Merge taken back"), "arrow-back-up", GROUP, _codes),
        TimelineKind(DIFFERENT, _("Not the same as another"), "copy-off", GROUP, _with),
        TimelineKind(REOPENED, _("May be the same as another"), "copy", GROUP, _with),
    ),
    consumers=(CONSUMER,),
    notice_kinds=(
        NoticeKind(finding.FOUND, _("Likely duplicates were found"), "copy", mail=False),
    ),
    clock_jobs=(ClockJob(finding.NIGHTLY, finding.nightly, at=finding.AT),),
    personal=(
        PersonalData("duplicates.Pair", "first", deleted=True),
        PersonalData("duplicates.Pair", "second", deleted=True),
        PersonalData("duplicates.Merge", "winner", emptied=("reason",)),
        PersonalData("duplicates.MergeChoice", "merge__winner", emptied=("before", "after")),
        PersonalData("duplicates.MergedCustomer"),
    ),
    demo=lambda: later_once(demo.SHOW),
)
