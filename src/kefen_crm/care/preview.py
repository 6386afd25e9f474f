"""What rules of care would give in the coming week, to whom, and what that takes."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.care.giving import cared_for, outstanding, reason
from kefen_crm.care.models import said
from kefen_crm.care.occasions import find
from kefen_crm.customers.models import Customer
from kefen_crm.grading.models import CustomerClass
from kefen_crm.grading.scopes import divided
from kefen_crm.outreach import reaching
from kefen_crm.outreach.models import Template
from kefen_crm.platform.calendar import current
from kefen_crm.platform.numbers import money, whole
from kefen_crm.platform.scoped_rules import Preview

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.care.document import CareRule
    from kefen_crm.care.occasions import Occasion

NAMED: Final = 10
WEEK: Final = timedelta(days=6)


def preview(found: Sequence[CareRule]) -> Preview:
    """What would be given from today on for seven days."""
    today = current().today(timezone.now())
    these = outstanding(find(found, today, today + WEEK, cared_for()))
    these.sort(key=lambda one: (one.due, one.rule.name, one.customer))
    touched = Counter(one.rule.name for one in these)
    population = cared_for().count()
    named = Customer.objects.in_bulk([one.customer for one in these[:NAMED]])
    return Preview(
        affected=len({one.customer for one in these}),
        population=population,
        rules=tuple(
            (rule.name, fitting.count(), touched[rule.name])
            for rule in found
            for _rule, fitting in divided([rule], cared_for())
        ),
        names=tuple(
            (
                (who := named[one.customer]).code,
                who.name,
                reverse("customers:detail", args=[who.code]),
                f"{one.due.isoformat()} · {in_words(one)}",
            )
            for one in these[:NAMED]
        ),
        notes=(*_in_all(these), *_by_class(these), *_not_reached(these)),
    )


def in_words(one: Occasion) -> str:
    """What an occasion is."""
    told = reason(one, 0)
    return str(_(told["text"]) % told["data"])


def _in_all(these: Sequence[Occasion]) -> list[str]:
    hand = sum(one.rule.by_hand for one in these)
    text = ngettext(
        "This week %(all)s greeting, %(hand)s by hand: %(hours)s hours, %(money)s",
        "This week %(all)s greetings, %(hand)s by hand: %(hours)s hours, %(money)s",
        len(these),
    )
    return [text % {"all": len(these), "hand": hand, **_takes(these)}]


def _by_class(these: Sequence[Occasion]) -> list[str]:
    scheme = leading_scheme()
    if scheme is None or not these:
        return []
    rows = CustomerClass.objects.filter(scheme=scheme, customer__in={one.customer for one in these})
    classes = dict(rows.values_list("customer", "class_key"))
    parts: dict[str | None, list[Occasion]] = defaultdict(list)
    for one in these:
        parts[classes.get(one.customer)].append(one)
    titles = {one.key: str(one.title) for one in scheme.classes}
    text = _("%(title)s: %(all)s, %(hand)s by hand: %(hours)s hours, %(money)s")
    return [
        text
        % {
            "title": title,
            "all": len(parts[key]),
            "hand": sum(one.rule.by_hand for one in parts[key]),
            **_takes(parts[key]),
        }
        for key, title in [*titles.items(), (None, _("Unrated"))]
        if key in parts
    ]


def _not_reached(these: Sequence[Occasion]) -> list[str]:
    """Messages that would not go, as things are now, and why."""
    counts: Counter[str] = Counter()
    now = timezone.now()
    templates = {one.name: one for one in Template.objects.filter(active=True)}
    by_template: dict[str, list[Occasion]] = defaultdict(list)
    for one in these:
        if not one.rule.by_hand:
            by_template[one.rule.template].append(one)
    for name, some in by_template.items():
        template = templates.get(name)
        if template is not None:
            customers = {one.customer for one in some}
            contacts = [one.contact for one in some if one.contact]
            found = reaching.reached(
                customers, template.channel, template.purpose, now, contacts=contacts or None
            )
            counts.update(str(why) for why in found.refused.values())
    if not counts:
        return []
    whys = _(", ").join(f"{said(why)} {count}" for why, count in counts.most_common())
    text = _("%(count)s customers would not be reached by message now: %(whys)s")
    return [text % {"count": counts.total(), "whys": whys}]


def _takes(these: Sequence[Occasion]) -> dict[str, str]:
    minutes = sum(one.rule.minutes for one in these if one.rule.by_hand)
    return {
        "hours": whole(minutes / 60, 1) if minutes % 60 else whole(minutes // 60),
        "money": money(sum(one.rule.money for one in these)),
    }
