"""How one column is written, as far as the file as a whole decides it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kefen.ledger.reading.dates import Order
    from kefen.ledger.reading.money import Decimals


@dataclass(frozen=True)
class Style:
    """How one column is written.

    `order` is that of day, month and year; `decimal` the decimal sign; `scale` the unit that
    amounts are in, such as 10,000; `currencies` what the heading's currency may be. `unusable` is
    the code that says why no cell of the column can be taken. `pointed` numbers all end on `.0`,
    and `rounded` ones on zeros from the sixteenth digit on. With `myriads` a comma before four
    digits may as well group them.
    """

    order: Order = "mdy"
    decimal: Decimals = "."
    scale: Decimal = Decimal(1)
    currencies: frozenset[str] | None = None
    unusable: str | None = None
    pointed: bool = False
    rounded: bool = False
    myriads: bool = False
