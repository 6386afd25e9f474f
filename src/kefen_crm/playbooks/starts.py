"""Ready-made playbooks: one for each scheme of the company, after the practice of the field.

A class is given what customers of its sort usually are: key, major, ordinary and long-tail
customers as in the pyramid, those who are new, and those who are leaving. Which sort a class is
says the ready-made scheme; of others the place of the class among those of the scheme.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kefen_crm.grading.queries import published
from kefen_crm.platform.parts import RuleStart

if TYPE_CHECKING:
    from kefen_crm.grading.models import GradeClass, Scheme

TIERS: Final = ("key", "major", "ordinary", "tail")
LEFT_OUT: Final = frozenset({"lead-grade", "lead-stage", "region"})
"""Schemes whose classes are of no customers, or say nothing of what they are worth."""
SORTS: Final[dict[str, dict[str, str]]] = {
    "lifecycle": {
        "new": "new", "growing": "major", "steady": "ordinary", "slowing": "leaving",
        "lost": "tail",
    },
    "rfm": {
        "important-value": "key", "important-develop": "major", "important-keep": "major",
        "important-retain": "leaving", "general-value": "ordinary", "general-develop": "new",
        "general-keep": "ordinary", "general-retain": "tail",
    },
    "rfm-segments": {
        "champions": "key", "loyal": "major", "cannot-lose": "leaving", "at-risk": "leaving",
        "potential-loyal": "ordinary", "new": "new", "promising": "new",
        "need-attention": "ordinary", "about-to-sleep": "tail", "hibernating": "tail",
    },
    "value-potential": {
        "invest": "key", "keep": "major", "develop": "ordinary", "maintain": "tail",
    },
    "purchase-stage": {
        "regular": "major", "buyer": "new", "interested": "ordinary", "potential": "tail",
    },
    "payment-risk": {"low": "major", "watch": "ordinary", "raised": "tail", "high": "tail"},
    "demand-type": {
        "price": "ordinary", "quality": "major", "service": "major", "balanced": "ordinary",
    },
}  # fmt: skip
_NO_PLAY: Final[dict[str, Any]] = {"title": ""}
_PLAYBOOKS: Final[dict[str, dict[str, Any]]] = {
    "key": {
        "stance": gettext_noop(
            "One to one: a plan of the account each year, its decision makers known by name, "
            "offers made for it, new products shown to it first."
        ),
        "offers": gettext_noop("Annual agreement, trial of new products, joint projects"),
        "care": gettext_noop(
            "Birthdays and holidays by the owner in person; a visit by management once a year."
        ),
        "service": "vip", "owner": "rep", "ceiling": 20,
        "hours": 60, "visits": 12, "budget": 20_000, "gifts": 2_000, "discount": 12,
        "support": 12, "training": 2, "customising": 1, "points": 5,
        "rising": {
            "title": gettext_noop("Welcome as a key customer, agree on the plan for the year"),
            "means": "visit", "days": 10, "minutes": 120,
            "how": gettext_noop(
                "1. Look at the last year's orders and open matters. 2. Bring whoever will "
                "serve it. 3. Agree on goals, contacts and the next date. 4. Log it the same day."
            ),
        },
        "falling": _NO_PLAY,
        "at_risk": {
            "title": gettext_noop("Ask why it buys less, and propose what to do"),
            "means": "visit", "days": 3, "minutes": 90,
            "how": gettext_noop(
                "1. Compare orders with a year ago, product by product. 2. Ask, and listen first: "
                "price, quality, delivery, a rival, people? 3. Promise only what you can decide. "
                "4. Tell your lead the same day."
            ),
        },
    },
    "major": {
        "stance": gettext_noop(
            "Grow its share: what it buys elsewhere is known and offered in packages; it hears "
            "of what key customers have."
        ),
        "offers": gettext_noop("Packages, price by quantity, yearly bonus"),
        "care": gettext_noop("Birthdays and holidays by phone; thanks for the year."),
        "service": "vip", "owner": "rep", "ceiling": 60,
        "hours": 24, "visits": 6, "budget": 5_000, "gifts": 800, "discount": 8,
        "support": 6, "training": 1, "customising": 0, "points": 3,
        "rising": {
            "title": gettext_noop("Thank for the growth, show what it has now"),
            "means": "call", "days": 5, "minutes": 30,
            "how": gettext_noop(
                "1. Say what has changed for the customer. 2. Ask what it plans. 3. Fix a visit."
            ),
        },
        "falling": {
            "title": gettext_noop("Find out why it fell, agree on a way back"),
            "means": "visit", "days": 5, "minutes": 90,
            "how": gettext_noop(
                "1. Do not speak of classes: speak of its needs. 2. Settle complaints first. "
                "3. Agree on one next order."
            ),
        },
        "at_risk": {
            "title": gettext_noop("Call before it falls: what is missing?"),
            "means": "call", "days": 5, "minutes": 30,
            "how": gettext_noop("1. Look at what is due again. 2. Ask for the order. 3. Log why."),
        },
    },
    "ordinary": {
        "stance": gettext_noop(
            "The same for all: standard products, campaigns, and a contact in a fixed rhythm; "
            "those who could grow are picked out each quarter."
        ),
        "offers": gettext_noop("Promotions, standard packages"),
        "care": gettext_noop("Greetings on holidays by message."),
        "service": "standard", "owner": "rep", "ceiling": 200,
        "hours": 6, "visits": 1, "budget": 500, "gifts": 100, "discount": 5,
        "support": 2, "training": 0, "customising": 0, "points": 1,
        "rising": _NO_PLAY,
        "falling": {
            "title": gettext_noop("Call: why it buys less"),
            "means": "call", "days": 10, "minutes": 20,
            "how": gettext_noop("1. Ask for the reason. 2. Offer what fits. 3. Log the outcome."),
        },
        "at_risk": _NO_PLAY,
    },
    "tail": {
        "stance": gettext_noop(
            "At little cost: self-service, shop and group messages; nobody calls without a reason."
        ),
        "offers": gettext_noop("Orders by itself, minimum quantities"),
        "care": gettext_noop("Group messages on holidays."),
        "service": "self_service", "owner": "any", "ceiling": 0,
        "hours": 1, "visits": 0, "budget": 0, "gifts": 0, "discount": 2,
        "support": 0, "training": 0, "customising": 0, "points": 0,
        "rising": _NO_PLAY, "falling": _NO_PLAY, "at_risk": _NO_PLAY,
    },
    "new": {
        "stance": gettext_noop(
            "From the first order to the second: introduce it, ask after it used the product, "
            "offer what others bought next."
        ),
        "offers": gettext_noop("Second order, starter package"),
        "care": gettext_noop("Thanks for the first order; a call a month later."),
        "service": "standard", "owner": "rep", "ceiling": 150,
        "hours": 8, "visits": 2, "budget": 600, "gifts": 100, "discount": 5,
        "support": 3, "training": 1, "customising": 0, "points": 2,
        "rising": {
            "title": gettext_noop("Welcome, and ask how the first order went"),
            "means": "call", "days": 10, "minutes": 20,
            "how": gettext_noop("1. Thank. 2. Ask whether all arrived and works. 3. Next need?"),
        },
        "falling": _NO_PLAY, "at_risk": _NO_PLAY,
    },
    "leaving": {
        "stance": gettext_noop(
            "Win back those who were worth much: find the reason, settle it, make one offer."
        ),
        "offers": gettext_noop("An offer to come back, for a time"),
        "care": gettext_noop("Greetings by the owner in person."),
        "service": "vip", "owner": "rep", "ceiling": 60,
        "hours": 12, "visits": 3, "budget": 2_000, "gifts": 300, "discount": 8,
        "support": 3, "training": 0, "customising": 0, "points": 4,
        "rising": _NO_PLAY,
        "falling": {
            "title": gettext_noop("Win back: visit, and settle what went wrong"),
            "means": "visit", "days": 5, "minutes": 90,
            "how": gettext_noop(
                "1. Read complaints and lost quotes. 2. Ask openly. 3. One offer, with a date."
            ),
        },
        "at_risk": _NO_PLAY,
    },
}  # fmt: skip


def starts() -> list[RuleStart]:
    """A playbook for each scheme of the company whose classes are of customers."""
    found = []
    for scheme in published():
        if scheme.name in LEFT_OUT or not scheme.classes:
            continue
        found.append(
            RuleStart(
                scheme.name,
                scheme.title,
                _("%(count)s classes: %(titles)s")
                % {
                    "count": len(scheme.classes),
                    "titles": _(", ").join(one.title for one in scheme.classes),
                },
                [_rule(scheme, one) for one in scheme.classes],
            )
        )
    return found


def sort_of(scheme: str, key: str, place: int, of: int) -> str:
    """The sort of a class: by its scheme, else by its place among `of` classes, from 1.

    >>> [sort_of("abc", "", place, 3) for place in (1, 2, 3)]
    ['key', 'major', 'tail']
    >>> sort_of("lifecycle", "slowing", 4, 5)
    'leaving'
    """
    known = SORTS.get(scheme, {}).get(key)
    if known:
        return known
    return TIERS[0] if of == 1 else TIERS[(place - 1) * (len(TIERS) - 1) // (of - 1)]


def _rule(scheme: Scheme, one: GradeClass) -> dict[str, Any]:
    sort = sort_of(scheme.name, one.key, one.number, len(scheme.classes))
    told = {name: _said(value) for name, value in _PLAYBOOKS[sort].items()}
    return {
        "name": one.title[:80],
        "scope": {"scheme": scheme.name, "classes": [one.key]},
        **told,
    }


def _said(value: Any) -> Any:
    """A value in the language of whoever asks; keys of choices are no sentences."""
    if isinstance(value, dict):
        return {name: _said(one) for name, one in value.items()}
    return _(value) if isinstance(value, str) and " " in value else value
