"""An offer: a product for a customer, with the reason."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from kefen.wording import sentence

AGAIN: Final = "again"
NEW: Final = "new"


@dataclass(frozen=True)
class Offer:
    """A product that a customer is likely to buy.

    Attributes:
        item: the product.
        kind: `again`, due by its own interval; or `new`, not bought before.
        score: what offers of a kind are ordered by.
        data: what the reason is made of.
    """

    item: str
    kind: Literal["again", "new"]
    score: float
    data: dict[str, Any] = field(default_factory=dict)

    def text(self, lang: str = "en") -> str:
        """The reason in words."""
        code = f"offer-{self.kind}" + (
            "" if self.kind == AGAIN or self.data.get("with") else "-bare"
        )
        return sentence(code, self.data, lang)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON, the reason in both languages."""
        return asdict(self) | {"text": {lang: self.text(lang) for lang in ("zh", "en")}}
