"""What faces show of a method, so that none of them asks which method it is."""

from __future__ import annotations

from dataclasses import dataclass


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

    def title(self, lang: str) -> str:
        """What the method is called."""
        return self.zh if lang == "zh" else self.en
