from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.parts import (
    Command,
    Panel,
    Permission,
    PersonalData,
    Route,
    Router,
    SettingsPage,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.tags import actions, demo, listing, pages
from kefen_crm.tags.permits import SET_TAGS
from kefen_crm.team.roles import Permit, Role

GROUP = _("Tags")

PLUGIN = Plugin(
    position=62,
    routes=(Route("tags/", "kefen_crm.tags.urls"),),
    settings_pages=(
        SettingsPage(
            "tags:list",
            _("Tags"),
            _("Words on customers, to find them again"),
            "tags",
            Permit.EDIT_CUSTOMERS,
        ),
    ),
    permissions=(Permission(SET_TAGS, _("rename and remove tags"), (Role.MANAGER,)),),
    routers=(Router("/tags", "kefen_crm.tags.api.router"),),
    commands=(Command("tags:list", _("Tags"), "tags", Permit.EDIT_CUSTOMERS),),
    panels=(Panel("tags/_panel.html", pages.panel, "top", position=5),),
    filters=(listing.FILTER,),
    columns=(listing.COLUMNS,),
    bulk_verbs=listing.VERBS,
    timeline=(
        TimelineKind(actions.TAGGED, _("Tagged"), "tag", GROUP, pages.named),
        TimelineKind(actions.UNTAGGED, _("Tag removed"), "tag-off", GROUP, pages.named),
        TimelineKind("tag.created", _("Tag made"), "tag", GROUP, pages.named),
        TimelineKind("tag.changed", _("Tag changed"), "pencil", GROUP),
        TimelineKind("tag.removed", _("Tag removed everywhere"), "tag-off", GROUP, pages.named),
    ),
    personal=(PersonalData("tags.Tagging", deleted=True),),
    demo=demo.demo,
)
