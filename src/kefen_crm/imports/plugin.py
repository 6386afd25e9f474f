from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from kefen_crm.imports import actions
from kefen_crm.imports.attention import items
from kefen_crm.imports.models import Import
from kefen_crm.imports.notices import KIND, NOTICES, TIMELINE
from kefen_crm.platform.figures import Figure, by_status
from kefen_crm.platform.parts import MenuEntry, Permission, Route
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Permit, Role


def figures() -> Iterator[Figure]:
    """Imports by status."""
    yield by_status("kefen_imports", "Imports by status", Import.objects.all())


PLUGIN = Plugin(
    position=70,
    routes=(Route("imports/", "kefen_crm.imports.urls"),),
    menu=(
        MenuEntry(
            "imports:list",
            _("Imports"),
            "file-import",
            "i",
            Permit.IMPORT,
            position=50,
            group="data",
        ),
    ),
    attention=items,
    figures=figures,
    timeline=TIMELINE,
    notice_kinds=(KIND,),
    notices=NOTICES,
    permissions=(Permission(Permit.IMPORT, _("send and remove facts"), (Role.MANAGER,)),),
    erased=actions.forget_removed_files,
)
