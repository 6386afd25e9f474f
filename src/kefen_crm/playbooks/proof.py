"""What customers of each playbook were promised and given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.platform import numbers
from kefen_crm.platform.parts import Finding, Proof, ProofRow, ProofTable
from kefen_crm.platform.standing_words import said
from kefen_crm.playbooks.execution import execution

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.playbooks.execution import Done

ENOUGH: Final = 0.8
"""The share of what is promised that is to be done at least."""
FEWEST: Final = 10
"""Tasks below which their share in time says nothing, and visits below which too many do not."""
SPARE: Final = 0.2
"""The share of visits above those promised that may well be."""


def promised(request: HttpRequest, _scheme: Any) -> list[ProofTable]:
    """Hours, visits and money of this year against what was promised until today, by playbook."""
    user: Any = request.user
    found = [one for one in execution(user) if one.customers]
    if not found:
        return []
    columns = (
        _("Customers"),
        _("Hours done / promised"),
        _("Visits done / promised"),
        _("Spent / budget"),
        _("Tasks in time"),
    )
    return [
        ProofTable(
            _("Playbook"), columns, [_row(one) for one in found],
            [each for one in found for each in _findings(one)],
        )
    ]  # fmt: skip


def _row(one: Done) -> ProofRow:
    share = one.share_in_time
    cells = (
        numbers.whole(one.customers),
        f"{numbers.whole(round(one.hours))} / {numbers.whole(round(one.promised['hours']))}",
        f"{numbers.whole(one.visits)} / {numbers.whole(round(one.promised['visits']))}",
        f"{numbers.whole(round(one.money))} / {numbers.whole(round(one.promised['budget']))}",
        numbers.NOTHING if share is None else f"{share} % ({numbers.whole(one.asked)})",
    )
    return ProofRow(cells, "", said(one.rule))


def _findings(one: Done) -> list[Finding]:
    """What to change: hours not given, visits that nobody promised, and tasks that are late."""
    hours, found = one.promised["hours"], []
    if hours >= 1 and one.hours < ENOUGH * hours:
        told = _("%(name)s: %(share)s of the promised hours. Promise less, or free hours for it.")
        share = numbers.percent(one.hours / hours)
        found.append(Finding("bad", told % {"name": said(one.rule), "share": share}))
    elif hours >= 1:
        told = _("%(name)s: what is promised is done.")
        found.append(Finding("good", told % {"name": said(one.rule)}))
    if one.visits >= FEWEST and one.visits > (1 + SPARE) * one.promised["visits"]:
        told = _(
            "%(name)s: %(visits)s visits, and %(promised)s promised. Go where more is promised, "
            "or call instead."
        )
        visits = {
            "name": said(one.rule),
            "visits": numbers.whole(one.visits),
            "promised": numbers.whole(round(one.promised["visits"])),
        }
        found.append(Finding("bad", told % visits))
    if 0 < one.asked < FEWEST:
        told = _("%(name)s: too few tasks fell due to tell whether they are in time.")
        found.append(Finding("few", told % {"name": said(one.rule)}))
    elif one.asked and (one.share_in_time or 0) < 100 * ENOUGH:
        why = ", ".join(reason for reason, _count in one.why)
        told = _("%(name)s: %(share)s %% of the tasks in time.")
        if why:
            told = _("%(name)s: %(share)s %% of the tasks in time. Why others were not: %(why)s.")
        facts = {"name": said(one.rule), "share": one.share_in_time, "why": why}
        found.append(Finding("bad", told % facts))
    return found


PROOFS: Final = (
    Proof(
        "promised", gettext_lazy("Promised and done"),
        gettext_lazy("This year, until today, of the customers that you see. Below 80 % of what is "
                     "promised something is to change."),
        10, promised, "strategy",
    ),
)  # fmt: skip
