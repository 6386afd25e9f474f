"""How often offers were bought, beside the most popular products."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from kefen.wording import sentence

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True)
class Judged:
    """A time split: offers of what was known by a day, and what was bought in the days after.

    Attributes:
        kind: `again` or `new`.
        day, horizon: the day of the split, and so many days after it counted.
        customers: who had five offers of the kind, and bought anything in those days.
        hits: the share of them who bought one of the five or more.
        popular: the same of the five most popular products they could have been offered.
        low, high: the 95 % interval of the difference, of pairs (McNemar's).
    """

    kind: str
    day: date
    horizon: int
    customers: int
    hits: float
    popular: float
    low: float
    high: float

    @property
    def better(self) -> bool:
        """Whether the offers surely beat the most popular products."""
        return self.customers > 0 and self.low > 0

    def text(self, lang: str = "en") -> str:
        """The figures in a sentence."""
        facts = {
            "hits": f"{self.hits:.1%}",
            "popular": f"{self.popular:.1%}",
            "customers": self.customers,
            "days": self.horizon,
            "day": self.day,
            "low": f"{self.low:+.1%}",
            "high": f"{self.high:+.1%}",
        }
        return sentence(f"offers-judged-{self.kind}", facts, lang)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON, words in both languages."""
        return asdict(self) | {
            "day": self.day.isoformat(),
            "better": self.better,
            "text": {lang: self.text(lang) for lang in ("zh", "en")},
        }
