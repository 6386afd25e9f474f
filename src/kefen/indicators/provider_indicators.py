"""What families whose indicators come from a provider share: how one is written down."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from kefen.deferred import ibis
from kefen.indicators.base import Indicator

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators.base import Compared, Provider, Unit
    from kefen.period import Window

MONEY: Final = "decimal(18, 2)"
WIDE: Final = "decimal(38, 2)"
"""Sums and products of money, before they are money again."""


def given(
    provider: Provider,
    name: str,
    label: tuple[str, str],
    unit: Unit,
    formula: tuple[str, str],
    needs: Mapping[str, tuple[str, ...]],
    *,
    higher: bool | None,
    windowed: bool = True,
    absent: float | str | None = None,
    compares: Compared | None = None,
    slack: timedelta = timedelta(0),
    source: str = "",
) -> Indicator:
    """An indicator that a provider computes; label and formula are Chinese, then English."""
    return Indicator(
        name=name,
        label={"zh": label[0], "en": label[1]},
        unit=unit,
        kind="date" if unit == "date" else "label" if unit == "text" else "number",
        needs=needs,
        windowed=windowed,
        higher_is_better=higher,
        formula={"zh": formula[0], "en": formula[1]},
        source=source,
        provider=provider,
        absent=absent,
        compares=compares,
        slack=slack,
    )


def inside(table: ir.Table, day: str, window: Window, as_of: date) -> ir.Table:
    """The facts of a table that happened in the window; a null date falls outside."""
    start, before = window.start(as_of), table[day] < as_of
    return table.filter(before if start is None else before & (table[day] >= start))


def days_ago(as_of: date, day: Any) -> Any:
    """Whole days from `day` to the as-of date."""
    return ibis.literal(as_of).delta(day, unit="day").cast("int64")


def ratio(top: Any, bottom: Any) -> Any:
    """`top ÷ bottom` as a number; null unless `bottom` is above zero."""
    quotient = top.cast("float64") / bottom.cast("float64").nullif(0.0)
    return ibis.cases((bottom > 0, quotient))


def cents(value: Any) -> Any:
    """A computed amount as money, halves up: engines round halves of their own each in its way."""
    whole = (value * 100 + 0.5).floor().cast("float64")
    return (whole / 100).cast(WIDE)


def means(text: Any, words: tuple[str, ...]) -> Any:
    """Whether a text is one of these words, whatever its capitals and spaces; never null."""
    return text.strip().lower().isin(words).fill_null(False)
