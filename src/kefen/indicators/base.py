"""What an indicator (指标) is: one number, label or date per customer, as of a date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from kefen.period import Window

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir

    from kefen.engines import Engine

Kind = Literal["number", "label", "date"]
Unit = Literal["money", "days", "count", "ratio", "quantity", "text", "date"]
Span = Literal["window", "previous", "ever"]

Parts = Mapping[str, Any]
"""Aggregates of one customer, by `<measure>` or `<measure>.<span>`: Ibis columns."""


@dataclass(frozen=True)
class Indicator:
    """One number, label or date per customer.

    Attributes:
        name: what schemes, code and screens call it.
        label: its name for people, `{"zh": …, "en": …}`.
        unit: `money` (base currency), `days`, `count`, `ratio` (0.25 is 25 %), `quantity` (the
            seller's own unit), `text` or `date`.
        kind: `number`, `label` or `date`.
        needs: the facts it reads and the columns of each.
        windowed: whether the window matters; an indicator that is not looks at all history.
        higher_is_better: how schemes read it unless told otherwise; None where neither is.
        formula: the arithmetic in words, `{"zh": …, "en": …}`.
        source: where the definition comes from.
        parts: the aggregates it is made of, each with the span it covers.
        value: the arithmetic, from those aggregates to the Ibis expression.
    """

    name: str
    label: Mapping[str, str]
    unit: Unit
    kind: Kind
    needs: Mapping[str, tuple[str, ...]]
    windowed: bool
    higher_is_better: bool | None
    formula: Mapping[str, str]
    source: str
    parts: tuple[tuple[str, Span], ...] = field(repr=False)
    value: Callable[[Parts], ir.Value] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Request:
    """An indicator over a window, and the column it should arrive in.

    >>> Request("sales", Window.parse("12m"), "sales").key
    'sales_12m'
    """

    indicator: str
    window: Window
    column: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "window", Window.parse(self.window))
        object.__setattr__(self, "column", self.column or self.indicator)

    @property
    def key(self) -> str:
        """A name that tells this indicator and window from every other: `<name>_<window>`."""
        return f"{self.indicator}_{self.window}"


class Ledger(Protocol):
    """What indicators ask of a ledger."""

    @property
    def engine(self) -> Engine:
        """The engine its tables live on."""

    def table(self, kind: str) -> ir.Table:
        """All facts of a kind."""

    def count(self, kind: str) -> int:
        """How many facts of a kind there are."""


class VersionedLedger(Ledger, Protocol):
    """A ledger whose state can be told from another's."""

    @property
    def path(self) -> Path:
        """Its folder."""

    @property
    def version(self) -> int:
        """Which of its states this is."""
