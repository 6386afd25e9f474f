"""An explanation: steps with their numbers, and the same in sentences."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kefen.explain.numbers import amount, apart, gap, percent, points
from kefen.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen.schemes.reason import Step


@dataclass(frozen=True)
class Explanation:
    """Why one customer has its class.

    Attributes:
        class_: the class key; None when unrated.
        computed: the class the method alone gives.
        held_by: what holds the class other than computed: `hysteresis`, `cap`, `override` or None.
        score: what the class was cut by; None when unrated.
        cut: the bound the score reached; None below the last bound, and where no single number
            decides (`rfm`).
        steps: the arithmetic, value by value; each a `code` with `data`.
        next_class: the next better class within reach; None at the top or when unrated.
        to_next: what is missing to it. For `rfm` all of the steps are needed; for `weighted` the
            first is the gap and each of the others is enough by itself.
        notes: what to know about the data the standard rests on.
    """

    scheme: str
    method: str
    class_: str | None
    title: dict[str, str] | None
    score: float | None
    cut: Any
    next_class: str | None
    next_title: dict[str, str] | None
    computed: str | None = None
    held_by: str | None = None
    steps: list[Step] = field(default_factory=list)
    to_next: list[Step] = field(default_factory=list)
    notes: list[Step] = field(default_factory=list)

    def sentences(self, lang: str = "en") -> list[str]:
        """The steps in words, in order."""
        return [_told(step, lang) for step in self.steps]

    def way(self, lang: str = "en") -> list[str]:
        """What is missing to the next class, in words."""
        return [_told(step, lang) for step in self.to_next]

    def text(self, lang: str = "en") -> str:
        """All of it in words, a line each.

        >>> from kefen import schemes
        >>> from kefen.explain import explain
        >>> scheme = schemes.load("single-sales")
        >>> standard = schemes.METHODS["threshold"].standard(
        ...     scheme=scheme.hash, customers=1, column="sales", better="higher",
        ...     cuts=[100000, 20000],
        ... )
        >>> print(explain(scheme, standard, {"sales": 25000, "orders": 3}).text("en"))
        Medium
        - Sales 25,000 ≥ 20,000, the bound of Medium.
        To reach Large:
        - Sales up by 75,000: 25,000 → 100,000.
        """
        chinese = lang.startswith("zh")
        if self.title is None:
            head = sentence("explain-unrated", {}, lang)
        else:
            head = self.title["zh" if chinese else "en"]
        lines = [head, *(f"- {line}" for line in self.sentences(lang))]
        if self.next_title is not None:
            title = self.next_title["zh" if chinese else "en"]
            lines += [sentence("explain-next", {"class": title}, lang)]
            lines += [f"- {line}" for line in self.way(lang)]
        return "\n".join(lines + [_told(note, lang) for note in self.notes])

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data for JSON; money is text that keeps every digit."""
        plain: dict[str, Any] = _plain(asdict(self))
        plain["class"] = plain.pop("class_")
        return plain

    def __str__(self) -> str:
        return self.text()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, Decimal) else value


def _told(step: Step, lang: str) -> str:
    return sentence(step.code, _words(step.data, lang), lang)


_AMOUNTS = ("value", "cut", "target", "low", "high", "mean", "deviation", "least")
_POINTS = ("points", "contribution", "score")


def _words(data: Mapping[str, Any], lang: str) -> dict[str, str]:
    """The facts of a step as words: numbers in the unit of their indicator, names in `lang`."""
    words = {name: _word(name, value, data, lang) for name, value in data.items()}
    if "title" in words:
        words["class"] = words["title"]
    first = next((name for name in ("value", "score") if data.get(name) is not None), None)
    other = next((name for name in ("cut", "target") if data.get(name) is not None), None)
    if first and other and "letter" not in data:
        unit = "points" if first == "score" else str(data.get("unit", "points"))
        words[first], words[other] = apart(data[first], data[other], unit, lang)
    return words


def _word(name: str, value: Any, data: Mapping[str, Any], lang: str) -> str:
    unit = str(data.get("unit", "points"))
    if value is None:
        return sentence("explain-nothing", {}, lang)
    if isinstance(value, dict):
        return str(value["zh" if lang.startswith("zh") else "en"])
    if name in _AMOUNTS or (name == "middle" and "value" in data):
        return amount(value, unit, lang)
    if name in _POINTS or name == "middle":
        return points(value)
    if name == "by":
        return sentence(f"explain-{value}", {}, lang)
    if name == "weight":
        return percent(value)
    if name == "parts":
        return " + ".join(points(part) for part in value)
    if name == "gap":
        return gap(value, unit, lang)
    return str(value).upper() if name == "letter" else str(value)
