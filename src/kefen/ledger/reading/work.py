"""What cleaning goes by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kefen.ledger.reading.batch import ColumnRules, Work
from kefen.ledger.reading.contradictions import Contradictions
from kefen.ledger.reading.namesakes import Namesakes
from kefen.ledger.reading.other_money import OtherMoney
from kefen.ledger.reading.recent_orders import Orders
from kefen.ledger.reading.stages import Stages
from kefen.ledger.reading.tally import Tally
from kefen.ledger.reading.totals import Sums

if TYPE_CHECKING:
    from kefen.ledger.reading.sections import Said

__all__ = ["Rules", "Work"]


@dataclass(frozen=True)
class Rules(ColumnRules):
    """How to read a source, and what its batches say together.

    `tally` and `sums` go on from batch to batch, and `orders` is what the last of them say of
    orders with rows in the next. `section` is what the last title among the rows says of those
    below it.
    """

    tally: Tally = field(default_factory=Tally)
    sums: Sums = field(default_factory=Sums)
    orders: Orders = field(default_factory=Orders)
    section: list[Said | None] = field(default_factory=lambda: [None])
    namesakes: Namesakes = field(default_factory=Namesakes)
    contradictions: Contradictions = field(default_factory=Contradictions)
    other_money: OtherMoney = field(default_factory=OtherMoney)
    stages: Stages = field(default_factory=Stages)
