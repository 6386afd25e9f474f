"""What rules of grades would do to the open leads now."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.leads.grading import GRADES, graded
from kefen_crm.leads.models import OPEN, Lead
from kefen_crm.platform.scoped_rules import Preview

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.leads.grading import LeadRule

NAMED: Final = 20


def preview(found: Sequence[LeadRule]) -> Preview:
    """How many open leads each rule grades, and whose grade it would change."""
    now = timezone.now()
    holds, touches, grades = Counter[str](), Counter[str](), Counter[str]()
    names: list[tuple[str, str, str, str]] = []
    count = changed = 0
    for lead in Lead.objects.filter(state__in=OPEN).order_by("-opened_at"):
        count += 1
        given = graded(lead, found, now)
        grades[given.grade] += 1
        rule = given.rule.name if given.rule else ""
        holds[rule] += 1
        if given.grade == lead.grade:
            continue
        changed += 1
        touches[rule] += 1
        why = _("%(old)s → %(new)s") % {"old": lead.grade or "–", "new": given.grade or "–"}
        if len(names) < NAMED:
            address = reverse("leads:detail", args=[lead.pk])
            names.append((lead.number, lead.shown_name, address, why))
    told = ", ".join(f"{grade}: {grades[grade]}" for grade in GRADES)
    return Preview(
        affected=changed,
        population=count,
        rules=tuple((rule.name, holds[rule.name], touches[rule.name]) for rule in found),
        names=tuple(names),
        notes=(_("Open leads by grade: %(grades)s; without: %(none)s")
               % {"grades": told, "none": grades[""]},),
    )  # fmt: skip
