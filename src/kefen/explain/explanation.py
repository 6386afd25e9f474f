"""An explanation: steps with their numbers, and the same in sentences."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.explain.words import step_text
from kefen.shown import Display, Shown, shortened
from kefen.wording import sentence

if TYPE_CHECKING:
    from kefen.schemes.reason import Step


@dataclass(frozen=True, repr=False)
class Explanation(Shown):
    """Why one customer has its class.

    Attributes:
        class_: the class key; None when lapsed or unrated.
        state: `rated`, `lapsed` or `unrated`.
        last_purchase, past_worth: the day of the last purchase and the sales of all time, where
            the run knows them.
        window: which facts counted.
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
    state: str = "rated"
    last_purchase: date | None = None
    past_worth: Any = None
    window: Step | None = None
    computed: str | None = None
    held_by: str | None = None
    steps: list[Step] = field(default_factory=list)
    to_next: list[Step] = field(default_factory=list)
    notes: list[Step] = field(default_factory=list)

    def sentences(self, lang: str = "en") -> list[str]:
        """The steps in words, in order."""
        return [step_text(step, lang) for step in self.steps]

    def counted(self, lang: str = "en") -> str:
        """Which facts counted, in words."""
        return step_text(self.window, lang) if self.window else ""

    def way(self, lang: str = "en") -> list[str]:
        """What is missing to the next class, in words."""
        return [step_text(step, lang) for step in self.to_next]

    def remarks(self, lang: str = "en") -> list[str]:
        """What to know about the data, in words."""
        return [step_text(note, lang) for note in self.notes]

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
            head = sentence(f"explain-{self.state}", {}, lang)
        else:
            head = self.title["zh" if chinese else "en"]
        lines = [head, *(f"- {line}" for line in self.sentences(lang))]
        if self.next_title is not None:
            title = self.next_title["zh" if chinese else "en"]
            code = "explain-earn" if self.held_by == "hysteresis" else "explain-next"
            lines += [sentence(code, {"class": title}, lang)]
            lines += [f"- {line}" for line in self.way(lang)]
        lines += [self.counted(lang)] if self.window else []
        return "\n".join([*lines, *self.remarks(lang)])

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data for JSON; money is text that keeps every digit."""
        plain: dict[str, Any] = _plain(asdict(self))
        plain["class"] = plain.pop("class_")
        return plain

    def __str__(self) -> str:
        return self.text()

    def _display(self) -> Display:
        head = self.title["en"] if self.title else sentence(f"explain-{self.state}", {})
        parts = {"why": self.sentences(), "next": self.way()}
        rows = [
            {"scheme": self.scheme, "class": self.class_, "part": part, "text": text}
            for part, texts in parts.items()
            for text in texts
        ]
        schema = dict.fromkeys(("scheme", "class", "part", "text"), pl.String)
        return Display(head, [pl.DataFrame(rows, schema=schema)])

    def __repr__(self) -> str:
        return shortened(self.text().splitlines())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return str(value) if isinstance(value, Decimal | date) else value
