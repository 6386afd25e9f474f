"""What the pages of the proof room say."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import template
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kefen_crm.gateway import formats
from kefen_crm.grading.models import in_language
from kefen_crm.platform import numbers

if TYPE_CHECKING:
    from kefen_crm.evaluation.models import Study

register = template.Library()

_VERDICTS = {
    "good": ("circle-check", "success"),
    "fair": ("alert-circle", "warning"),
    "poor": ("circle-x", "danger"),
    "unknown": ("help-circle", "secondary"),
}


@register.filter
def said(text: Any) -> str:
    """Words in both languages, in the one of this request."""
    return in_language(text)


@register.filter
def said_lines(text: Any) -> list[str]:
    """The lines of words in both languages, in the one of this request."""
    return in_language(text).splitlines()


@register.filter
def matrix_rows(agreement: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of the table of two classifications: the class of the first, and the counts."""
    titles = [one["title"] for one in agreement["before"]["classes"]]
    counts = agreement["matrix"]
    return [{"title": t, "counts": c} for t, c in zip(titles, counts, strict=True)]


@register.filter
def date_of(text: str) -> str:
    """A day that was kept as `2026-01-31`, as people read it."""
    return numbers.day(date.fromisoformat(text))


@register.filter
def pictures_of(study: Study, scheme: str) -> list[dict[str, Any]]:
    """The pictures of one scheme in a study: name, title and address."""
    return [
        {
            "name": name,
            "title": drawn.get("title"),
            "url": reverse("proof:picture", args=[study.pk, name]),
        }
        for name, drawn in study.result.get("pictures", {}).items()
        if name.endswith(f"-{scheme}")
    ]


@register.inclusion_tag("evaluation/_verdict.html")
def verdict(name: str, *, words: bool = True) -> dict[str, Any]:
    """The mark of a verdict, with its word."""
    titles = {"good": _("Good"), "fair": _("Fair"), "poor": _("Poor"), "unknown": _("Not known")}
    mark, tone = _VERDICTS.get(name, _VERDICTS["unknown"])
    return {"mark": mark, "tone": tone, "title": titles.get(name, name), "words": words}


_STATISTICS = frozenset({"epsilon", "h", "h_p", "uplift_p", "uplift_q", "wider", "past_difference"})
"""Figures that say something to statisticians only."""


@register.filter
def figures(finding: dict[str, Any]) -> list[dict[str, Any]]:
    """The figures of a finding that anybody reads."""
    return [one for one in finding["figures"] if one["name"] not in _STATISTICS]


@register.filter
def statistics(finding: dict[str, Any]) -> list[dict[str, Any]]:
    """The figures of a finding that its sentence rests on, for those who know them."""
    return [one for one in finding["figures"] if one["name"] in _STATISTICS]


@register.filter
def figure(one: dict[str, Any]) -> str:
    """A figure of a finding in its unit, with its interval."""
    told = _in_unit(one.get("value"), one.get("unit", "number"))
    if one.get("low") is None or one.get("high") is None:
        return told
    low, high = (_in_unit(one[side], one.get("unit", "number")) for side in ("low", "high"))
    return f"{told} [{low}, {high}]"


def _in_unit(value: Any, unit: str) -> str:
    if value is None:
        return "–"
    if unit == "percent":
        return numbers.percent(value)
    if unit == "money":
        return numbers.money(value)
    if unit == "text":
        return str(value)
    if unit in ("count", "days"):
        return numbers.whole(value)
    number = numbers.decimal(value)
    return numbers.NOTHING if number is None else formats.measure(number, get_language() or "en")


@register.filter
def span(window: str) -> str:
    """A window such as `3m` in words."""
    words = {
        "d": _("%(n)s days"),
        "w": _("%(n)s weeks"),
        "m": _("%(n)s months"),
        "y": _("%(n)s years"),
    }
    found = words.get(window[-1:])
    return found % {"n": window[:-1]} if found else window


@register.filter
def estimate(one: dict[str, Any] | None, unit: str = "number") -> str:
    """A value with its interval; `signed` shows a plus."""
    value = (one or {}).get("value")
    if value is None:
        return "–"
    if unit != "signed":
        return figure(one | {"unit": unit})  # type: ignore[operator]
    low, high = (one or {}).get("low"), (one or {}).get("high")
    told = _signed(value)
    return told if low is None or high is None else f"{told} [{_signed(low)}, {_signed(high)}]"


def _signed(value: float) -> str:
    # Adding zero makes minus nothing plus nothing.
    return f"{round(value, 3) + 0.0:+.3f}"


@register.filter
def raising(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What makes it likelier that a customer leaves, the largest effect first; at most three."""
    return [one for one in reasons if one["effect"] > 0][:3]


@register.filter
def lowering(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What makes it less likely that a customer leaves, the largest effect first; at most two."""
    return [one for one in reasons if one["effect"] < 0][:2]


@register.filter
def own(reason: dict[str, Any]) -> str:
    """A customer's own value of a reason."""
    return _of_unit(reason["value"], reason["unit"])


@register.filter
def typical(reason: dict[str, Any]) -> str:
    """The value of a typical customer."""
    return _of_unit(reason["typical"], reason["unit"])


def _of_unit(value: float | None, unit: str) -> str:
    known = {"ratio": "percent", "quantity": "number"}
    return _in_unit(value, known.get(unit, unit))
