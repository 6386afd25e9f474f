"""What campaigns changed by class, what an extra yuan cost, and who opted out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.campaigns.experiments import over
from kefen_crm.campaigns.models import Campaign
from kefen_crm.campaigns.results import cost_of, opted_out, shown
from kefen_crm.campaigns.running import key_of
from kefen_crm.outreach.models import Message
from kefen_crm.platform import numbers
from kefen_crm.platform.parts import Finding, Proof, ProofRow, ProofTable

if TYPE_CHECKING:
    from django.http import HttpRequest

SHOWN: Final = 6
WRITTEN: Final = 200
"""Customers written to below which opt-outs say nothing."""
MOST_OPT_OUTS: Final = 5
"""Opt-outs of a thousand written to from which on something is to change; Kefen's own limit."""


def lifts(_request: HttpRequest, _scheme: Any) -> list[ProofTable]:
    """Of each of the last campaigns, what it changed by class, with its interval."""
    columns = (_("Treated"), _("Left alone"), _("Change of a customer"))
    found = []
    for one in over()[:SHOWN]:
        rows = shown(one)
        lifted, verdicts = [_lift(row) for row in rows], [_verdict(row) for row in rows]
        found.append(ProofTable(one.name, columns, lifted, verdicts))
    return found


def _lift(row: dict[str, Any]) -> ProofRow:
    up = row["uplift"]
    told = _("too few")
    if up["value"] is not None:
        low, high = numbers.money(up["low"]), numbers.money(up["high"])
        told = f"{numbers.money(up['value'])} ({low} … {high})"
    cells = (numbers.whole(row["treated"]), numbers.whole(row["holdout"]), told)
    return ProofRow(cells, "", row["title"])


def _verdict(row: dict[str, Any]) -> Finding:
    """What to change for the customers of a row."""
    texts = {
        "gain": ("good", _("%(class)s: it brought more. Go on with them.")),
        "harm": ("bad", _("%(class)s: it brought less. Leave them alone.")),
        "nothing": (
            "even",
            _("%(class)s: no change is shown. Save the cost, or try something else."),
        ),
    }
    tone, text = texts.get(row["verdict"], ("few", _("%(class)s: too few to tell.")))
    return Finding(tone, text % {"class": row["title"]})  # type: ignore[arg-type]  # tones, all of them


def costs(_request: HttpRequest, _scheme: Any) -> list[ProofTable]:
    """Of each of the last campaigns that began, what an extra yuan cost and who opted out."""
    begun = Campaign.objects.exclude(started_on=None)[:SHOWN]
    rows, found = [], []
    for one in begun:
        whole = (one.result.get("rows") or [{}])[0]
        written = Message.objects.filter(
            key__startswith=f"{key_of(one.pk)}/", state__in=("sent", "delivered")
        ).count()
        gone = opted_out(one)
        extra, each = whole.get("extra"), whole.get("per_extra")
        cells = (
            numbers.money(cost_of(one)),
            numbers.NOTHING if extra is None else numbers.money(extra),
            _("not shown") if each is None else f"{each:.4f}",
            numbers.whole(written),
            f"{1_000 * gone / written:.1f}" if written else numbers.NOTHING,
        )
        rows.append(ProofRow(cells, "", one.name))
        found += _worth(one, each, written, gone)
    if not rows:
        return []
    columns = (
        _("Cost"),
        _("Extra sales"),
        _("Cost of an extra unit"),
        _("Written to"),
        _("Opt-outs per thousand"),
    )
    return [ProofTable(_("Campaign"), columns, rows, found)]


def _worth(one: Campaign, each: float | None, written: int, gone: int) -> list[Finding]:
    found = []
    if each is not None and each >= 1:
        told = _("%(name)s: an extra unit of sales cost more than a unit.")
        found.append(Finding("bad", told % {"name": one.name}))
    if written < WRITTEN:
        told = _("%(name)s: too few were written to for opt-outs to tell anything.")
        found.append(Finding("few", told % {"name": one.name}))
    elif 1_000 * gone / written >= MOST_OPT_OUTS:
        told = _("%(name)s: many opted out. Write less often, or to fewer.")
        found.append(Finding("bad", told % {"name": one.name}))
    return found


PROOFS: Final = (
    Proof(
        "lifts", gettext_lazy("What campaigns changed"),
        gettext_lazy("Sales of a customer against those left alone, by class, of campaigns "
                     "that are over, with 95 % intervals."),
        20, lifts, "strategy",
    ),
    Proof(
        "campaign_costs", gettext_lazy("What it cost"),
        gettext_lazy("The cost of an extra unit is told where there is surely more. From 5 "
                     "opt-outs of a thousand on something is to change."),
        30, costs, "strategy",
    ),
)  # fmt: skip
