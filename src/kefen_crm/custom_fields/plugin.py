from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kefen_crm.custom_fields import completeness_parts, panels
from kefen_crm.custom_fields.actions import DEFINE
from kefen_crm.custom_fields.columns import CUSTOM_FIELDS
from kefen_crm.custom_fields.demo import demo
from kefen_crm.custom_fields.feeds import CHOSEN, FEEDS, WRITTEN
from kefen_crm.custom_fields.models import CustomField
from kefen_crm.custom_fields.narrowing import FILTERS
from kefen_crm.custom_fields.values import shown
from kefen_crm.platform.numbers import NOTHING
from kefen_crm.platform.parts import (
    Panel,
    Permission,
    PersonalData,
    Route,
    Router,
    SettingsPage,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role

if TYPE_CHECKING:
    from kefen_crm.platform.models import Event

GROUP = _("Customers")
DEFINITIONS = _("Custom fields")


def _written(event: Event) -> str:
    """What was written of each field."""
    before, after = event.before or {}, event.after or {}
    known = {one.key: one for one in CustomField.objects.filter(key__in=[*before, *after])}
    told = []
    for key in dict.fromkeys((*before, *after)):
        if key in known:
            was, now = (shown(known[key], one.get(key, "")) for one in (before, after))
            text = f"{was} → {now or NOTHING}" if was else now
            told.append(f"{known[key].name}: {text}")
    return " · ".join(told)


PLUGIN = Plugin(
    position=24,
    routes=(Route("", "kefen_crm.custom_fields.urls"),),
    settings_pages=(
        SettingsPage(
            "custom_fields:settings",
            _("Custom fields"),
            _("Fields of the company's own, and which fields the files of a class need"),
            "forms",
            DEFINE,
        ),
    ),
    permissions=(Permission(DEFINE, _("define fields of customers"), (Role.MANAGER,)),),
    routers=(Router("/custom-fields", "kefen_crm.custom_fields.api.router"),),
    panels=(
        Panel("custom_fields/_completeness.html", completeness_parts.panel, "side", position=5),
        Panel("custom_fields/_panel.html", panels.panel, "side", position=12),
    ),
    filters=(*FILTERS, completeness_parts.FILTER),
    columns=(CUSTOM_FIELDS, completeness_parts.COMPLETENESS),
    feeds=FEEDS,
    timeline=(
        TimelineKind(WRITTEN, _("Customer changed"), "pencil", GROUP, _written),
        TimelineKind(CHOSEN, _("Chosen between two values"), "git-merge", GROUP, _written),
        TimelineKind("custom_field.defined", _("Field defined"), "forms", DEFINITIONS),
        TimelineKind("custom_field.changed", _("Field changed"), "forms", DEFINITIONS),
        TimelineKind("required_field.set", _("Required field set"), "asterisk", DEFINITIONS),
    ),
    personal=(PersonalData("custom_fields.FieldValue", deleted=True),),
    demo=demo,
)
