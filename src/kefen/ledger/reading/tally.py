"""What reading tells of many rows at once: cells that were lost, rows that are no facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kefen.ledger.reading.model import Notice

if TYPE_CHECKING:
    import polars as pl

SHOWN_ROWS = 20
_SHORT = 60


@dataclass
class _Cells:
    """How many cells of a column share a fate, and the first of them."""

    count: int
    line: int
    value: str
    data: dict[str, Any]


@dataclass
class _More:
    """Rows left out beyond those that are told one by one."""

    count: int = 0
    line: int = 0
    money: Decimal = Decimal(0)


@dataclass
class Tally:
    """Notices of a whole source, gathered chunk by chunk: one a column, and one a row left out."""

    _cells: dict[tuple[str, str], _Cells] = field(default_factory=dict)
    _rows: list[Notice] = field(default_factory=list)
    _told: dict[str, int] = field(default_factory=dict)
    _more: dict[str, _More] = field(default_factory=dict)

    def cells(
        self, code: str, heading: str, found: pl.Series, lines: pl.Series, values: pl.Series,
        **data: Any,
    ) -> None:  # fmt: skip
        """Count the cells of a column where `found` holds; `values` are as the source has them."""
        count = int(found.sum() or 0)
        if not count:
            return
        known = self._cells.get((code, heading))
        if known is not None:
            known.count += count
            return
        place = found.arg_max() or 0
        value = short(values[place])
        self._cells[code, heading] = _Cells(count, int(lines[place]), value, data)

    def row(self, code: str, line: int, value: str, money: Decimal | None = None) -> None:
        """Note a row that was left out, with its money where it has any."""
        told = self._told[code] = self._told.get(code, 0) + 1
        if told > SHOWN_ROWS:
            more = self._more.setdefault(code, _More(line=line))
            more.count += 1
            more.money += money or 0
            return
        shown = short(value) if money is None else f"{short(value)} {money}".strip()
        if money is not None and not any(map(str.isalpha, value)):
            shown = str(money)
        data = {"line": line, "value": short(value), "told": shown}
        if money is not None:
            data["money"] = str(money)
        self._rows.append(Notice(code, data))

    def notices(self) -> list[Notice]:
        """All that there is to tell, rows first; the tally is empty afterwards."""
        told = sorted(self._rows, key=lambda notice: notice.data["line"])
        told += [
            Notice(f"more-{code}", {"count": m.count, "line": m.line, "money": str(m.money)})
            for code, m in self._more.items()
        ]
        told += [
            Notice(
                code,
                {"heading": heading, "count": c.count, "line": c.line, "value": c.value, **c.data},
            )
            for (code, heading), c in self._cells.items()
        ]
        self._rows, self._more, self._cells = [], {}, {}
        return told


def short(value: Any) -> str:
    """A cell for a sentence: on one line, not longer than sixty characters."""
    text = " ".join(str("" if value is None else value)[:1000].split())
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
