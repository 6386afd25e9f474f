from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.parts import (
    ClockJob,
    MenuEntry,
    Panel,
    Permission,
    PersonalData,
    Route,
    Router,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.receivables import pages, proof, queries
from kefen_crm.receivables.actions import COLLECT
from kefen_crm.receivables.applying import APPLY
from kefen_crm.receivables.checking import check_one
from kefen_crm.receivables.demo import demo
from kefen_crm.receivables.feeds import FEED
from kefen_crm.receivables.refreshing import refresh
from kefen_crm.team.roles import Role

GROUP = _("Receivables")

PLUGIN = Plugin(
    position=62,
    routes=(Route("receivables/", "kefen_crm.receivables.urls"),),
    menu=(
        MenuEntry(
            "receivables:ageing", _("Receivables"), "cash", "y", position=27, phone_permit=COLLECT
        ),
    ),
    permissions=(
        Permission(
            COLLECT, _("note promises and disputes"), (Role.MANAGER, Role.REP, Role.FINANCE)
        ),
        Permission(APPLY, _("apply payments to invoices"), (Role.MANAGER, Role.FINANCE)),
    ),
    routers=(
        Router("/receivables", "kefen_crm.receivables.api.router"),
        Router("/receivables/payments", "kefen_crm.receivables.payment_api.router"),
    ),
    proofs=proof.PROOFS,
    panels=(Panel("receivables/_panel.html", pages.panel, "side", position=18),),
    attention=pages.attention,
    read_ahead=queries.read_ahead,
    timeline=(
        TimelineKind("promise.made", _("Payment promised"), "cash", GROUP, pages.promised),
        TimelineKind("promise.kept", _("Promise kept"), "circle-check", GROUP, pages.promised),
        TimelineKind(
            "promise.broken", _("Promise not kept"), "heart-broken", GROUP, pages.promised
        ),
        TimelineKind("promise.withdrawn", _("Promise withdrawn"), "x", GROUP, pages.promised),
        TimelineKind("dispute.opened", _("Invoice disputed"), "flag", GROUP, pages.disputed),
        TimelineKind(
            "dispute.settled", _("Dispute settled"), "circle-check", GROUP, pages.disputed
        ),
        TimelineKind("payment.applied", _("Payment applied"), "link", GROUP, pages.applied),
        TimelineKind("payment.unapplied", _("Payment unapplied"), "unlink", GROUP, pages.applied),
        TimelineKind(
            "payment.followed", _("Applied payment came again"), "refresh", GROUP, pages.applied
        ),
    ),
    feeds=(FEED,),
    clock_jobs=(
        ClockJob("receivables.refresh", lambda due: refresh(due.day)),
        ClockJob("receivables.check_expected", lambda due: check_one(due.day)),
    ),
    personal=(
        PersonalData("receivables.OpenInvoice", deleted=True),
        PersonalData("receivables.Payer", deleted=True),
        PersonalData("receivables.Promise", emptied=("note",)),
        PersonalData("receivables.AppliedPayment", deleted=True),
        PersonalData("receivables.Dispute", emptied=("reason", "outcome")),
    ),
    demo=demo,
)
