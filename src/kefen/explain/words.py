"""The facts of a step as words: numbers in the unit of their indicator, names in a language."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kefen.explain.numbers import amount, apart, gap, percent, points
from kefen.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen.schemes.reason import Step


def step_text(step: Step, lang: str) -> str:
    """One step in words."""
    return sentence(step.code, _words(step.data, lang), lang)


_AMOUNTS = ("value", "cut", "target", "low", "high", "mean", "deviation", "least")
_POINTS = ("points", "contribution", "score", "deviations", "distance", "other_distance")


def _words(data: Mapping[str, Any], lang: str) -> dict[str, str]:
    """The facts of a step as words: numbers in the unit of their indicator, names in `lang`."""
    words = {name: fact(name, value, data, lang) for name, value in data.items()}
    if "title" in words:
        words["class"] = words["title"]
    first = next((name for name in ("value", "score") if _is_number(data.get(name))), None)
    other = next((name for name in ("cut", "target") if _is_number(data.get(name))), None)
    if first and other and "letter" not in data:
        unit = "points" if first == "score" else str(data.get("unit", "points"))
        words[first], words[other] = apart(data[first], data[other], unit, lang)
    return words


def fact(name: str, value: Any, data: Mapping[str, Any], lang: str) -> str:
    """One fact in words; `data` holds the others, such as the unit."""
    unit = str(data.get("unit", "points"))
    if value is None:
        return sentence("explain-nothing", {}, lang)
    if isinstance(value, dict):
        return str(value["zh" if lang.startswith("zh") else "en"])
    if isinstance(value, bool):
        return sentence("explain-yes" if value else "explain-no", {}, lang)
    if isinstance(value, list) and name == "wanted":
        return sentence("explain-or", {}, lang).join(fact("cut", one, data, lang) for one in value)
    if isinstance(value, list) and name == "because":
        return sentence("explain-and", {}, lang).join(step_text(step, lang) for step in value)
    if _is_number(value):
        return _number(name, value, data, unit, lang)
    if name == "by":
        return sentence(f"explain-{value}", {}, lang)
    if name == "parts":
        return " + ".join(points(part) for part in value)
    return str(value).upper() if name == "letter" else str(value)


def _number(name: str, value: Any, data: Mapping[str, Any], unit: str, lang: str) -> str:
    if name in _AMOUNTS or (name == "middle" and "value" in data):
        return amount(value, unit, lang)
    if name == "worth":
        return amount(value, "money", lang)
    if name in _POINTS or name == "middle":
        return points(value)
    if name in ("weight", "share"):
        return percent(value)
    return gap(value, unit, lang) if name == "gap" else str(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
