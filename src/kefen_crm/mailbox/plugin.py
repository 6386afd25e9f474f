from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.mailbox import answering, pages, taking
from kefen_crm.platform.parts import (
    ClockJob,
    Command,
    PersonalData,
    Route,
    Router,
    SettingsPage,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Permit
from kefen_crm.tickets.actions import SERVE

GROUP = _("Service")

PLUGIN = Plugin(
    position=66,
    routes=(Route("service/mails/", "kefen_crm.mailbox.urls"),),
    settings_pages=(
        SettingsPage(
            "mailbox:settings",
            _("Mailboxes"),
            _("Mails of customers become tickets"),
            "mail",
            Permit.OPERATE,
        ),
    ),
    commands=(Command("mailbox:waiting", _("Mails of senders nobody knows"), "mail", SERVE),),
    routers=(Router("/mails", "kefen_crm.mailbox.api.router"),),
    attention=pages.attention,
    timeline=(TimelineKind("mailbox.given", _("Mail given to the customer"), "mail", GROUP),),
    consumers=(answering.CONSUMER,),
    clock_jobs=(ClockJob("mailbox.forget", lambda _due: taking.forget()),),
    personal=(
        PersonalData("mailbox.Mail", "ticket__customer", emptied=("sender", "subject", "text")),
        PersonalData("mailbox.SentAnswer", "message__ticket__customer", emptied=("to",)),
    ),
)
