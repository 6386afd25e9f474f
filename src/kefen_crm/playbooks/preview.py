"""What playbooks would take, told before they are published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.activities.models import MINUTES
from kefen_crm.activities.rules import CONTACT_GAP, ContactGap
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.grading.scopes import divided
from kefen_crm.platform import rules
from kefen_crm.platform.numbers import whole
from kefen_crm.platform.scoped_rules import Preview
from kefen_crm.platform.standing_words import said
from kefen_crm.playbooks.capacity import outlook
from kefen_crm.playbooks.document import SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import QuerySet

    from kefen_crm.playbooks.capacity import Outlook, PersonLoad
    from kefen_crm.playbooks.document import Playbook

NAMED: Final = 10
TOLD: Final = 8
"""People whose hours do not suffice that a preview names."""
WORKDAYS_A_YEAR: Final = 250
PROMISED: Final = ("hours", "visits", "budget", *SERVICES)
"""What a commitment keeps of a playbook."""


def preview(found: Sequence[Playbook]) -> Preview:
    """Hours and money by class, people whose hours do not suffice, and whose promises change."""
    customers = Customer.objects.filter(standing__in=CURRENT)
    told = outlook(found)
    rows: list[tuple[str, int, int]] = []
    names: list[tuple[str, str, str, str]] = []
    affected = 0
    for rule, held in divided(found, customers):
        changed = _changed(rule, held)
        count = changed.count()
        affected += count
        rows.append((rule.name, held.count(), count))
        for one in changed.order_by("code")[: NAMED - len(names)] if len(names) < NAMED else ():
            url = reverse("customers:detail", args=[one.code])
            names.append((one.code, one.name, url, said(rule.name)))
    notes = (*_of_classes(told), *_of_rhythm(found), *_of_people(told))
    return Preview(affected, told.population, tuple(rows), tuple(names), notes)


def _changed(rule: Playbook, held: QuerySet[Customer]) -> QuerySet[Customer]:
    """Those of a playbook's customers who are promised something else now, or nothing."""
    same = {f"commitments__{name}": getattr(rule, name) for name in PROMISED}
    kept = Customer.objects.filter(
        Q(commitments__until=None, commitments__rule=rule.name, **same)
    ).filter(commitments__isnull=False)
    return held.exclude(pk__in=kept.values("pk"))


def _of_classes(told: Outlook) -> Iterator[str]:
    yield _("In all %(hours)s hours and %(money)s a year for %(customers)s customers.") % {
        "hours": whole(told.hours),
        "money": whole(told.money),
        "customers": whole(told.customers),
    }
    for one in told.promises:
        values = {
            "rule": said(one.rule.name),
            "customers": whole(one.customers),
            "hours": whole(one.hours),
            "money": whole(one.money),
        }
        yield _("%(rule)s: %(customers)s customers, %(hours)s hours, %(money)s") % values
        if one.unowned and one.rule.hours:
            text = ngettext(
                "%(rule)s: nobody looks after %(n)s of them, so that its hours are nobody's.",
                "%(rule)s: nobody looks after %(n)s of them, so that their hours are nobody's.",
                one.unowned,
            )
            yield text % {"rule": said(one.rule.name), "n": whole(one.unowned)}


def _of_rhythm(found: Sequence[Playbook]) -> Iterator[str]:
    """Where the rhythm alone takes more hours than the playbook of the same classes gives."""
    rhythm: list[ContactGap] = rules.in_force(CONTACT_GAP)
    for rule in found:
        for gap in rhythm:
            same = gap.scope.scheme == rule.scope.scheme
            if same and set(gap.scope.classes) & set(rule.scope.classes):
                hours = WORKDAYS_A_YEAR / gap.working_days * MINUTES["call"] / 60
                hours += rule.visits * MINUTES["visit"] / 60
                if hours > rule.hours:
                    yield _(
                        "%(rule)s: the rhythm “%(rhythm)s” and the visits take about %(hours)s "
                        "hours a customer, and the playbook gives %(given)s."
                    ) % {
                        "rule": said(rule.name),
                        "rhythm": said(gap.name),
                        "hours": whole(round(hours)),
                        "given": rule.hours,
                    }
                break


def _of_people(told: Outlook) -> Iterator[str]:
    short = told.unaffordable
    for one in short[:TOLD]:
        yield unaffordable(one)
    if len(short) > TOLD:
        rest = len(short) - TOLD
        text = ngettext(
            "And %(n)s person more has too few hours.",
            "And %(n)s people more have too few hours.",
            rest,
        )
        yield text % {"n": rest}
    for one in told.people:
        for rule, held, ceiling in one.over:
            text = _(
                "%(name)s looks after %(held)s of “%(rule)s”, at most %(ceiling)s are for one."
            )
            yield text % {
                "name": one.user.display_name, "held": held, "rule": rule, "ceiling": ceiling,
            }  # fmt: skip
        if one.too_many:
            text = _("%(name)s looks after %(held)s customers, at most %(ceiling)s are possible.")
            yield text % {
                "name": one.user.display_name, "held": one.customers, "ceiling": one.ceiling,
            }  # fmt: skip
    if told.people and not short:
        yield _("Everybody's hours suffice in each of the next twelve months.")
    if assumed := sum(one.assumed for one in told.people):
        text = ngettext(
            "Of %(n)s person nobody said how many hours there are: 40 a week are assumed, of "
            "which 60 % are for customers.",
            "Of %(n)s people nobody said how many hours there are: 40 a week are assumed, of "
            "which 60 % are for customers.",
            assumed,
        )
        yield text.replace("%(n)s", str(assumed))


def unaffordable(one: PersonLoad) -> str:
    """Whose hours do not suffice, in which months, and what is missing, in a sentence."""
    worst = max(one.short, key=lambda month: month.lacking)
    text = ngettext(
        "Unaffordable: %(name)s lacks hours in %(n)s of the next twelve months, most in "
        "%(month)s: %(promised)s promised, %(capacity)s there.",
        "Unaffordable: %(name)s lacks hours in %(n)s of the next twelve months, most in "
        "%(month)s: %(promised)s promised, %(capacity)s there.",
        len(one.short),
    )
    return text % {
        "name": one.user.display_name,
        "n": len(one.short),
        "month": worst.first.strftime("%Y-%m"),
        "promised": whole(round(worst.promised)),
        "capacity": whole(round(worst.capacity)),
    }
