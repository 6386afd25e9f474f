from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.parts import (
    ClockJob,
    Command,
    PersonalData,
    Route,
    Router,
    SearchSource,
    SettingsPage,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.public_forms import demo, pages, search, settling
from kefen_crm.team.roles import Permit
from kefen_crm.tickets.permits import SERVE

GROUP = _("Service")

PLUGIN = Plugin(
    position=67,
    routes=(Route("", "kefen_crm.public_forms.urls"),),
    settings_pages=(
        SettingsPage(
            "public_forms:settings",
            _("Public forms"),
            _("What anybody sends becomes tickets and leads"),
            "forms",
            Permit.OPERATE,
        ),
    ),
    commands=(Command("public_forms:waiting", _("Forms of senders nobody knows"), "forms", SERVE),),
    routers=(Router("/forms", "kefen_crm.public_forms.api.router"),),
    search=(SearchSource(search.find, title=_("Public forms"), icon="forms"),),
    attention=pages.attention,
    demo=demo.demo,
    timeline=(TimelineKind("publicform.given", _("Form given to the customer"), "forms", GROUP),),
    consumers=(settling.CONSUMER,),
    clock_jobs=(ClockJob("public_forms.forget", lambda _due: settling.forget()),),
    personal=(
        PersonalData(
            "public_forms.Submission",
            "ticket__customer",
            emptied=("name", "company", "reach", "subject", "text"),
        ),
    ),
)
