"""What changed from one wording of a scheme to another, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen import formats
from kefen.errors import IndicatorError
from kefen.explain.conditions import phrase
from kefen.explain.numbers import amount, percent, points
from kefen.schemes import METHODS
from kefen.schemes.changes import differences as steps_between
from kefen.schemes.parts import Condition
from kefen.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen.indicators import Indicator
    from kefen.schemes import Scheme
    from kefen.schemes.presentation import Presentation
    from kefen.schemes.reason import Step

_SHARES = ("change-cut-upto", "change-cut-share")


def differences(old: Scheme, new: Scheme, lang: str = "en") -> list[str]:
    """The steps from what `old` says to what `new` says, a sentence each.

    >>> from kefen import schemes
    >>> old = schemes.load("abc")
    >>> classes = old.dump()["classes"]
    >>> new = schemes.load(old.dump() | {"classes": [classes[0] | {"upto": "80%"}, *classes[1:]]})
    >>> differences(old, new)
    ['Cut of Class A: first 75% → first 80%']
    """
    return [word(step, old, new, lang) for step in steps_between(old, new)]


def word(step: Step, old: Scheme, new: Scheme, lang: str) -> str:
    """One step between two wordings in words."""
    told = {}
    for name, value in step.data.items():
        side = old if name == "before" or step.code.endswith("-removed") else new
        told[name] = _fact(step, name, value, side, lang)
    if "title" not in told and "class" in told:
        told["title"] = _title(step.data["class"], old, new, lang)
    return sentence(step.code, told, lang)


def _fact(step: Step, name: str, value: Any, side: Scheme, lang: str) -> str:
    if value is None:
        return sentence("change-nothing", {}, lang)
    if name == "when" or step.code.startswith("change-population"):
        return phrase(side, Condition.model_validate(value), lang)
    if name == "titles":
        return sentence("change-then", {}, lang).join(_text(one, lang) for one in value)
    if isinstance(value, dict):
        return _text(value, lang)
    if name == "reference" or _about_indicators(step):
        return _label(str(value), side, lang)
    if step.code == "change-method" and value in METHODS:
        shown: Presentation = METHODS[value].document.presentation
        return shown.title(lang)
    if step.code == "change-window":
        return formats.window(str(value), lang)
    if name == "at_most" or step.code == "change-else":
        return _title(str(value), side, side, lang)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if step.code in _SHARES or (name == "after" and step.data.get("cut") in ("upto", "share")):
        return percent(value)
    return _amount(step, value, side, lang)


def _about_indicators(step: Step) -> bool:
    field = step.code.removeprefix("change-")
    return field in {"indicator", "recency", "frequency", "monetary", "value"}


def _amount(step: Step, value: float, side: Scheme, lang: str) -> str:
    """A bound in the unit of its indicator; weights, points and counts as they are."""
    reference = step.data.get("reference") if "minimum" in step.code else None
    if step.code.startswith("change-cut-at"):
        reference = getattr(side, "indicator", None)
    if step.code == "change-hysteresis-margin" and value < 1:
        return percent(value)
    if reference is None:
        return points(value)
    indicator = _indicator(side, reference)
    return amount(value, indicator.unit, lang) if indicator else points(value)


def _text(words: Mapping[str, Any], lang: str) -> str:
    return str(words["zh" if lang.startswith("zh") else "en"])


def _title(key: str, old: Scheme, new: Scheme, lang: str) -> str:
    for scheme in (new, old):
        if key in scheme.keys():  # noqa: SIM118  # a scheme is no mapping
            return scheme.class_(key).title.of(lang)
    return key


def _label(reference: str, side: Scheme, lang: str) -> str:
    name, _, window = reference.partition("@")
    known = _indicator(side, reference)
    text = _text(known.label, lang) if known else name
    if not window:
        return text
    return sentence(
        "change-over", {"indicator": text, "window": formats.window(window, lang)}, lang
    )


def _indicator(side: Scheme, reference: str) -> Indicator | None:
    try:
        return side.definition(reference)
    except IndicatorError:  # of a plug-in that is gone
        return None
