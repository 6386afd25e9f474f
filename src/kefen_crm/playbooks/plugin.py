from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.parts import (
    Ceiling,
    ClockJob,
    Consumer,
    MenuEntry,
    Panel,
    PersonalData,
    Route,
    Router,
    RuleKind,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.playbooks import commitments, pages, plays, proof, spending, trials
from kefen_crm.playbooks.demo import demo
from kefen_crm.playbooks.document import PLAYBOOK, Playbook, faults, offers
from kefen_crm.playbooks.permits import SET, SPEND
from kefen_crm.playbooks.preview import preview
from kefen_crm.playbooks.starts import starts

GROUP = _("Playbooks")

PLUGIN = Plugin(
    position=66,
    routes=(Route("playbooks/", "kefen_crm.playbooks.urls"),),
    menu=(
        MenuEntry("playbooks:execution", GROUP, "book-2", "", SPEND, position=52, group="classes"),
    ),
    routers=(
        Router("/playbooks", "kefen_crm.playbooks.api.router"),
        Router("/playbooks/messages", "kefen_crm.playbooks.api_messages.router"),
    ),
    panels=(Panel("playbooks/_panel.html", pages.panel, "side", 12, later=_("What is promised")),),
    attention=pages.attention,
    timeline=(
        TimelineKind("spend.noted", _("Spent on the customer"), "gift", GROUP, pages.spend_detail),
        TimelineKind(
            "spend.withdrawn", _("Spending withdrawn"), "gift-off", GROUP, pages.spend_detail
        ),
        TimelineKind("staff.changed", _("Hours for customers set"), "clock", GROUP),
        TimelineKind("target.set", _("Target set"), "target", GROUP),
        TimelineKind("target.removed", _("Target taken away"), "target-off", GROUP),
        TimelineKind("play.read", _("Play read"), "book", GROUP),
    ),
    consumers=(
        Consumer(
            "playbooks.commitments",
            commitments.follow_rules,
            ("rules.published", "rules.rolled-back"),
        ),
    ),
    proofs=proof.PROOFS,
    rules=(
        RuleKind(
            PLAYBOOK,
            GROUP,
            _(
                "What the customers of a class are given a year: marketing, service, hours, money "
                "and ceilings, and what is done when a customer moves."
            ),
            "book-2",
            Playbook,
            preview,
            starts=starts,
            faults=faults,
            offers=offers,
        ),
    ),
    ceilings=(Ceiling("discount", spending.discount_ceiling, _("the playbook")),),
    clock_jobs=(
        ClockJob("playbooks.commitments", commitments.daily),
        ClockJob("playbooks.plays", plays.turn, every="half-hour", permit=SET),
        trials.JOB,
    ),
    personal=(
        PersonalData("playbooks.Commitment", deleted=True),
        PersonalData("playbooks.PlayTrial"),
        PersonalData("playbooks.Spend", emptied=("text",)),
    ),
    demo=demo,
)
