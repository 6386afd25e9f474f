"""Money of another kind in columns beside the amount: what was received, or the other side.

It is told with its sum, and rows that have nothing else are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from kefen.ledger.reading import money, money_roles, texts
from kefen.ledger.reading.candidates import SOLD
from kefen.ledger.reading.model import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

    from kefen.ledger.facts import Kind
    from kefen.ledger.reading.batch import ColumnRules, Work

_LEFT, _BESIDE = "rows-of-other-money-left", "other-money-beside"


@dataclass
class _Sum:
    count: int = 0
    line: int = 0
    money: Decimal = Decimal(0)


@dataclass
class OtherMoney:
    """The headings of other money, and what stood under them so far.

    `told` are those of which money beside the amount is told, too.
    """

    headings: tuple[str, ...] = ()
    told: frozenset[str] = frozenset()
    _sums: dict[tuple[str, str], _Sum] = field(default_factory=dict)

    def leave(self, work: Work, rules: ColumnRules, among: pl.Series) -> pl.Series:
        """The rows that have no amount and other money instead."""
        out = work.none()
        amount, written = work.values.get("amount"), work.texts.get("amount")
        if amount is None or written is None or not self.headings:
            return out
        bare = amount.is_null() & written.is_null() & among
        for heading in self.headings:
            other = self._read(work, rules, heading)
            some = bare & ~out & (other != 0).fill_null(value=False)
            self._add(_LEFT, heading, work, other, some)
            out |= some
        return out

    def look(self, work: Work, rules: ColumnRules, landing: pl.Series) -> None:
        """Take in the other money of rows that land."""
        for heading in self.told:
            other = self._read(work, rules, heading)
            some = landing & (other != 0).fill_null(value=False)
            self._add(_BESIDE, heading, work, other, some)

    def notices(self) -> list[Notice]:
        """What is to be told at the end."""
        told = [
            Notice(
                code,
                {
                    "heading": heading,
                    "count": found.count,
                    "line": found.line,
                    "money": f"{found.money:,.2f}",
                },
            )
            for (code, heading), found in self._sums.items()
        ]
        self._sums.clear()
        return told

    def _read(self, work: Work, rules: ColumnRules, heading: str) -> pl.Series:
        style = rules.style("amount")
        text = texts.trimmed(texts.as_text(work.raw[heading]))
        return money.clean_money(text, rules.currency, style.decimal, style.scale)[0]

    def _add(self, code: str, heading: str, work: Work, other: pl.Series, some: pl.Series) -> None:
        if not some.any():
            return
        found = self._sums.setdefault((code, heading), _Sum())
        found.line = found.line or int(work.lines[some.arg_max() or 0])
        found.count += int(some.sum())
        found.money += Decimal(other.filter(some).sum() or 0)


def other_money(
    kind: Kind, mapping: Mapping[str, str], unmapped: Iterable[str], rivals: Iterable[str]
) -> OtherMoney:
    """What to look for in a file of this kind; nothing in one without amounts."""
    if "amount" not in mapping.values():
        return OtherMoney()
    free = [heading for heading in unmapped if heading not in set(rivals)]
    paid = [heading for heading in free if money_roles.is_paid(heading)]
    back = [heading for heading in free if money_roles.is_back(heading)]
    debit, credit = money_roles.sides([*free, *mapping])
    account = [h for h in (*debit, *credit) if h in free] if debit and credit else []
    if kind.name in SOLD or kind.name == "invoices":
        first = [] if "refunded" in mapping.values() else back
        found = (*paid, *first, *account)
        return OtherMoney(found, frozenset(found))
    sold = [heading for heading in free if money_roles.is_sold(heading)]
    return OtherMoney((*sold, *paid, *back, *account))
