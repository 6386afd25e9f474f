from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kefen_crm.engine import say_reason
from kefen_crm.grading import stages
from kefen_crm.shared.numbers import percent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen_crm.grading.models import Run
    from kefen_crm.grading.queries import Tally

register = template.Library()

register.filter("stage", stages.told)


@register.filter
def way(run: Run) -> str:
    """How far a run is, as the value of `<progress max=1>`."""
    return f"{stages.share(run):.3f}"


register.filter("sentence", say_reason)

METHODS = {
    "share": gettext_noop("Cumulative share (ABC)"),
    "quantile": gettext_noop("Share of customers"),
    "threshold": gettext_noop("Fixed values"),
    "rfm": gettext_noop("RFM scores"),
    "weighted": gettext_noop("Weighted score"),
}
WIDTH = 100


@register.filter
def method(name: str) -> str:
    """The method of a scheme in words."""
    return _(METHODS[name]) if name in METHODS else name


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
                {"tone": one.number, "x": f"{start:.3f}", "width": f"{width:.3f}", "text": text}
            )
        start += width
    return {"parts": parts, "text": ", ".join(part["text"] for part in parts)}
