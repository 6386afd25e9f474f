"""What faces show of a method, so that none of them asks which method it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Cut:
    """What divides a class from the next.

    Attributes:
        name: the field of a class that says it; of values that are better low it is `at_most`.
        of: a `value`, a `share` of customers each, or a cumulative share of `customers` or of
            `mass`, the total.
    """

    name: str
    of: Literal["value", "share", "customers", "mass"]


@dataclass(frozen=True)
class Presentation:
    """How a method is called and shown.

    Attributes:
        zh, en: its title.
        ranked: whether its classes rank by worth, unless a scheme says otherwise.
        one_indicator: whether one indicator alone is cut.
        points: whether the score runs from 0 to 100, and not over values of the indicator.
        weights: whether indicators are weighed.
        grid: the two columns of scores that a grid is drawn of; none without.
        described: whether words say what it takes to be in a class, as no number is cut.
        uses_missing: whether a class may be given for what is unknown.
        letters: what the scores of its indicators are called, one a letter.
        pictures: what is drawn of its runs, the telling one first.
        editor: which form it is edited by; several methods may share one.
        cuts: what divides its classes, by the scheme's `cut`; empty where no number does.
    """

    zh: str = ""
    en: str = ""
    ranked: bool = True
    one_indicator: bool = False
    points: bool = False
    weights: bool = False
    grid: tuple[str, str] | tuple[()] = ()
    described: bool = False
    uses_missing: bool = False
    letters: str = ""
    pictures: tuple[str, ...] = ("pyramid",)
    editor: str = ""
    cuts: Mapping[str, Cut] = field(default_factory=dict)

    def cut(self, document: Mapping[str, Any]) -> Cut | None:
        """What divides the classes of a document, however little of it is right."""
        by = str(document.get("cut") or "")
        return self.cuts.get(by) or (None if by in self.cuts else self.cuts.get(""))

    def title(self, lang: str) -> str:
        """What the method is called."""
        return self.zh if lang == "zh" else self.en
