"""What an evaluation finds: figures, a verdict by named limits, and what to change."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

from kefen import formats
from kefen.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Verdict = Literal["good", "fair", "poor", "unknown"]
Unit = Literal["percent", "money", "count", "days", "number", "text"]

_ORDER: tuple[Verdict, ...] = ("good", "unknown", "fair", "poor")
LANGUAGES = ("zh", "en")


def both(code: str, data: dict[str, Any] | None = None) -> dict[str, str]:
    """A sentence in both languages."""
    return {lang: sentence(code, data or {}, lang) for lang in LANGUAGES}


def shown(value: Any, unit: Unit) -> str:
    """A figure as people read it.

    >>> shown(0.4567, "percent"), shown(1234.5, "money"), shown(None, "count")
    ('45.7%', '1,234.50', '–')
    """
    if value is None or (isinstance(value, float) and not isfinite(value)):
        return "–"
    if unit == "percent":
        return formats.percent(value)
    if unit == "money":
        return formats.number(value, 2)
    if unit == "number":
        if abs(value) < 1:
            return formats.number(value, 3)
        return formats.measure(value)
    return str(value) if unit == "text" else formats.number(value)


@dataclass(frozen=True)
class Figure:
    """One number of a finding; `low` and `high` are its 95 % interval where it has one."""

    name: str
    value: Any
    unit: Unit = "number"
    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        told = shown(self.value, self.unit)
        if self.low is None or self.high is None:
            return told
        return f"{told} [{shown(self.low, self.unit)}, {shown(self.high, self.unit)}]"

    def label(self, lang: str) -> str:
        """What it is, in words."""
        return sentence(f"figure-{self.name}", {}, lang)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON, labelled in both languages."""
        found = {
            "name": self.name,
            "label": both(f"figure-{self.name}"),
            "value": plain(self.value),
            "unit": self.unit,
        }
        if self.low is not None:
            found |= {"low": plain(self.low), "high": plain(self.high)}
        return found


@dataclass(frozen=True)
class Limits:
    """From which value on a figure is good or fair; `source` says whose limits they are."""

    figure: str
    good: float
    fair: float
    better: Literal["higher", "lower"] = "higher"
    source: str = "kefen"

    def of(self, value: float | None) -> Verdict:
        """The verdict on a value.

        >>> Limits("gini", 0.5, 0.3).of(0.4)
        'fair'
        """
        if value is None:
            return "unknown"
        higher = self.better == "higher"
        if value >= self.good if higher else value <= self.good:
            return "good"
        return "fair" if (value >= self.fair if higher else value <= self.fair) else "poor"

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "figure": self.figure,
            "good": self.good,
            "fair": self.fair,
            "better": self.better,
            "source": self.source,
        }


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        code: names its words: `<code>-title`, `<code>-good` and so on, `<code>-todo`.
        verdict: `good`, `fair`, `poor`, or `unknown` where the facts to tell are missing.
        figures: what the verdict rests on.
        limits: the limits it was judged by.
        group: the criterion it belongs to, where there are several.
        data: more facts for the words.
        rows: more figures by class, one mapping a class.
        lacks: code of the sentence that says why the verdict is `unknown`; else `<code>-unknown`.
    """

    code: str
    verdict: Verdict
    figures: tuple[Figure, ...] = ()
    limits: tuple[Limits, ...] = ()
    group: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    rows: tuple[dict[str, Any], ...] = ()
    lacks: str = ""

    def figure(self, name: str) -> Any:
        """The value of the figure of this name; None without it."""
        return next((one.value for one in self.figures if one.name == name), None)

    def title(self, lang: str = "en") -> str:
        """What was looked at."""
        return sentence(f"{self.code}-title", {}, lang)

    def text(self, lang: str = "en") -> str:
        """What was found, in a sentence."""
        unknown = self.verdict == "unknown" and self.lacks
        code = self.lacks if unknown else f"{self.code}-{self.verdict}"
        return sentence(code, self._facts(lang), lang)

    def todo(self, lang: str = "en") -> str:
        """What to change; nothing where it is good."""
        if self.verdict == "good":
            return ""
        return sentence(f"{self.code}-todo", self._facts(lang), lang)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON, words in both languages."""
        return {
            "code": self.code,
            "group": self.group,
            "verdict": self.verdict,
            "title": {lang: self.title(lang) for lang in LANGUAGES},
            "text": {lang: self.text(lang) for lang in LANGUAGES},
            "todo": {lang: self.todo(lang) for lang in LANGUAGES} if self.todo() else None,
            "figures": [figure.to_dict() for figure in self.figures],
            "limits": [limit.to_dict() for limit in self.limits],
            "rows": [plain(row) for row in self.rows],
        }

    def _facts(self, lang: str) -> dict[str, Any]:
        told = {k: v[lang] if isinstance(v, dict) else v for k, v in self.data.items()}
        return {figure.name: str(figure) for figure in self.figures} | told


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts; what is unknown weighs less than what is only fair.

    >>> worst(["good", "fair"]), worst([])
    ('fair', 'unknown')
    """
    return max(verdicts, key=_ORDER.index, default="unknown")


def texts(findings: Sequence[Finding], lang: str) -> list[str]:
    """Findings as lines: the mark of the verdict, the sentence, and what to change."""
    gap = "" if lang.startswith("zh") else " "
    marks = {"good": "✓", "fair": "~", "poor": "✗", "unknown": "?"}
    return [
        f"{marks[one.verdict]} {one.title(lang)}: {one.text(lang)}{gap}{one.todo(lang)}".rstrip()
        for one in findings
    ]


def listed(names: Iterable[str], lang: str) -> str:
    """Names in a row, as the language writes it."""
    return ("、" if lang.startswith("zh") else ", ").join(names)


def length(window: str, lang: str) -> str:
    """A window in words.

    >>> length("3m", "en"), length("3m", "zh"), length("1y", "en")
    ('3 months', '3 个月', '1 year')
    """
    return formats.window(window, lang)


def plain(value: Any) -> Any:
    """A value as JSON knows it: no decimals, dates or NaN."""
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()
    number = float(value)
    return number if isfinite(number) else None
