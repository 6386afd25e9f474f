from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from kefen_crm.gateway import say_reason
from kefen_crm.gateway.filters import HeldBy, OfClass, query
from kefen_crm.gateway.words import method_title
from kefen_crm.grading import stages
from kefen_crm.grading.override_report import LATER, STATES, WAYS
from kefen_crm.platform.numbers import day, percent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.core.paginator import Page

    from kefen_crm.grading.models import CustomerClass, Run, Scheme
    from kefen_crm.grading.override_report import Decision
    from kefen_crm.grading.queries import Tally

register = template.Library()

register.filter("stage", stages.stage_text)


@register.filter
def way(run: Run) -> str:
    """How far a run is, as the value of `<progress max=1>`."""
    return f"{stages.share(run):.3f}"


register.filter("sentence", say_reason)

WIDTH = 100
SIGNS = {"override": "hand-stop", "cap": "arrow-bar-to-down", "hysteresis": "hourglass"}


@register.inclusion_tag("grading/_held.html")
def held(graded: CustomerClass | None, scheme: Scheme | None = None) -> dict[str, Any]:
    """The signs that a class is live and of what holds it, with the whole story as their titles."""
    live = graded.live if graded else None
    if graded is None or not graded.held_by:
        return {"text": "", "sign": "", "live": live}
    told = str(graded.get_held_by_display())
    if graded.held_by == graded.Held.OVERRIDE and graded.override:
        scheme = scheme or graded.scheme
        titles = {one.key: one.title for one in scheme.classes}
        computed = titles.get(graded.computed_key or "", graded.computed_key) or _("Unrated")
        told = _("Set by hand by %(who)s: %(reason)s · computed: %(computed)s") % {
            "who": graded.override.by.display_name if graded.override.by else "–",
            "reason": graded.override.reason,
            "computed": computed,
        }
        if graded.override.until:
            until = _("until %(day)s") % {"day": day(graded.override.until)}
            told = f"{told} · {until}"
    return {"text": told, "sign": SIGNS[graded.held_by], "live": live}


@register.simple_tag
def decision(name: str, value: str, page: Page[Decision] | None = None) -> str:
    """A filter of decisions in words."""
    words = {"state": STATES, "way": WAYS, "later": LATER}.get(name, {})
    if value in words:
        return _(words[value])
    for one in page.object_list if page else ():
        if name == "by":
            return one.override.by.display_name if one.override.by else value
        if name == "scheme":
            return str(one.override.scheme.title)
    return value


register.filter("method", method_title)


@register.inclusion_tag("grading/_bar.html")
def class_bar(tallies: Iterable[Tally], by: str) -> dict[str, Any]:
    """A bar parted by classes: `by` is `customers` or `value`; the unrated count as customers."""
    counted = [(one, max(getattr(one, by), 0)) for one in tallies]
    total = sum(amount for _one, amount in counted)
    parts: list[dict[str, Any]] = []
    start = 0.0
    for one, amount in counted:
        width = float(amount) / float(total) * WIDTH if total else 0.0
        if width:
            text = f"{one.title} {percent(width / WIDTH)}"
            parts.append(
                {"tone": one.tone, "x": f"{start:.3f}", "width": f"{width:.3f}", "text": text}
            )
        start += width
    return {"parts": parts, "text": ", ".join(part["text"] for part in parts)}


@register.simple_tag
def customers_of(scheme: str, key: str) -> str:
    """The address of the list of customers of a class of a scheme."""
    return f"{reverse('customers:list')}?{query(OfClass(scheme, key))}"


@register.simple_tag
def customers_held(scheme: str, by: str) -> str:
    """The address of the list of customers whose class is held."""
    return f"{reverse('customers:list')}?{query(HeldBy(scheme, by))}"
