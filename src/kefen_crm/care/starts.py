"""Ready-made rules of care for the company as it is, and what their texts may say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.gateway.category_purchases import categories
from kefen_crm.outreach.models import Template
from kefen_crm.platform.parts import RuleStart

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OFFERED: Final = 50


def offers() -> Mapping[str, Sequence[str]]:
    """The templates in use, and the categories of what was bought."""
    names = Template.objects.filter(active=True).values_list("name", flat=True)
    return {"template": list(names), "category": categories(OFFERED)}


def starts() -> list[RuleStart]:
    """The best class is greeted in person; everybody else by tasks that take little."""
    return [
        RuleStart(
            "usual",
            _("Usual care"),
            _(
                "Birthdays and holidays of the best class by its owner in person, birthdays of the "
                "others by a short message, a call where a good customer falls silent."
            ),
            usual(),
        )
    ]


def usual() -> list[dict[str, Any]]:
    """The rules, for the classes of the leading scheme."""
    scheme = leading_scheme()
    classes = [one.key for one in scheme.classes] if scheme else []
    best: dict[str, Any] = (
        {"scope": {"scheme": scheme.name, "classes": classes[:1]}} if scheme and classes else {}
    )
    good: dict[str, Any] = (
        {"scope": {"scheme": scheme.name, "classes": classes[:2]}} if scheme and classes else {}
    )
    return [
        {
            "name": _("Birthday in person"), **best, "occasion": "birthday", "how": "task",
            "lead_days": 1, "means": "call", "title": _("Congratulate in person"), "minutes": 20,
            "money": 200,
        },
        {
            "name": _("Birthday"), "occasion": "birthday", "how": "task", "means": "wechat",
            "title": _("Congratulate by a short message"), "minutes": 5,
        },
        {
            "name": _("Spring Festival in person"), **best, "occasion": "holiday",
            "holiday": "spring_festival", "how": "task", "lead_days": 10, "means": "visit",
            "title": _("Visit before the Spring Festival"), "minutes": 90, "money": 500,
        },
        {
            "name": _("Mid-Autumn Festival"), **good, "occasion": "holiday",
            "holiday": "mid_autumn", "how": "task", "lead_days": 3, "means": "wechat",
            "title": _("Greet for the Mid-Autumn Festival"), "minutes": 5, "money": 100,
        },
        {
            "name": _("Anniversary"), **good, "occasion": "anniversary", "how": "task",
            "means": "call", "title": _("Thank for years together"), "minutes": 15,
        },
        {
            "name": _("Silent for long"), **good, "occasion": "silent", "after_days": 90,
            "how": "task", "means": "call", "title": _("Ask for the next order"),
            "minutes": 20,
        },
    ]  # fmt: skip
