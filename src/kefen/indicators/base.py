"""What an indicator (指标) is: one number, label or date per customer, as of a date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol

from kefen.period import months_before

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.ledger.changes import Difference
    from kefen.ledger.order_rollup import OrderRollup
    from kefen.period import Window

Kind = Literal["number", "label", "date"]
Unit = Literal["money", "days", "count", "ratio", "quantity", "text", "date"]
Span = Literal["window", "previous", "ever"]
Compared = Literal["window", "previous", "year"]

Parts = Mapping[str, Any]
"""Aggregates of one customer, by `<measure>` or `<measure>.<span>`: Ibis columns."""


RUN_COLUMNS: Final = (
    *("customer_id", "class", "score", "computed", "held_by", "pending", "standing"),
    *("class_state", "last_purchase", "past_worth"),
)
"""Columns of a run that no indicator and no attribute may take."""

SLACK: Final = timedelta(days=7)
"""So much later than a window may the first sale be, and a twelfth of a longer one: nobody sells
on every day."""


def _nothing(_parts: Parts) -> ir.Value:
    raise NotImplementedError


@dataclass(frozen=True)
class Provider:
    """What computes several indicators at once, for those that are not sums of sales.

    `table(ledger, as_of, window)` has `customer_id`, each at most once, and one column for every
    indicator of this provider, called by its name: an Ibis table, or a frame of pandas, Polars or
    Arrow. `window.start(as_of)` is the first day of the window, None for all history. A customer
    it leaves out knows none of them. It counts facts before `as_of` only. Indicators of one
    provider and window are computed by one call. `name` tells the provider from every other.
    `alone` says that what it tells of a customer rests on that customer's facts only; `window`,
    that it does where the window has a beginning.
    """

    name: str
    table: Callable[[Ledger, date, Window], Any] = field(repr=False, compare=False)
    alone: bool | Literal["window"] = False

    @property
    def own(self) -> bool:
        """Whether Kefen itself brings it."""
        return str(getattr(self.table, "__module__", "")).partition(".")[0] == "kefen"


class Operand(NamedTuple):
    """An indicator that another is computed from, what that calls it, and over which window.

    Without a window of its own it is over that of the indicator computed from it.
    """

    name: str
    indicator: Indicator
    window: Window | None = None


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
        operands: other indicators it is computed from, instead of `parts`.
        value: the arithmetic, from those aggregates or operands to the Ibis expression.
        provider: what computes it instead of `parts` and `value`. Where the ledger has none of
            the facts in `needs`, the provider is not asked and the indicator is null.
        absent: what a customer has whom the provider leaves out, such as 0 of a count.
        compares: the earlier time it holds sales against: the `previous` window, the same window
            a `year` before, or the beginning of the `window`. Where the ledger's sales do not
            reach back to that, the indicator is unknown: what was before the first record is not
            nothing.
        slack: by how much they may miss it all the same.
    """

    name: str
    label: Mapping[str, str] = field(hash=False)
    unit: Unit
    kind: Kind
    needs: Mapping[str, tuple[str, ...]] = field(hash=False)
    windowed: bool
    higher_is_better: bool | None
    formula: Mapping[str, str] = field(hash=False)
    source: str
    parts: tuple[tuple[str, Span], ...] = field(default=(), repr=False)
    operands: tuple[Operand, ...] = field(default=(), repr=False)
    value: Callable[[Parts], ir.Value] = field(default=_nothing, repr=False, compare=False)
    provider: Provider | None = None
    absent: float | str | None = None
    compares: Compared | None = None
    slack: timedelta = timedelta(0)

    def alone(self, window: Window) -> bool:
        """Whether it rests over this window on a customer's own facts, and on nobody else's."""
        if self.operands:
            return all(one.indicator.alone(one.window or window) for one in self.operands)
        if self.provider is not None:
            given = self.provider.alone
            return given is True or (given == "window" and window.length is not None)
        return all(measure != "population_sales" for measure, _span in self.parts)

    def since(self, window: Window, as_of: date) -> date | None:
        """From which day on the ledger must hold sales for this to be known; None: any do."""
        start = window.start(as_of)
        if start is None or self.compares is None:
            return None
        if self.compares == "year":
            return months_before(start, 12)
        before = window.previous(as_of)
        return before[0] if before and self.compares == "previous" else start

    def covered(self, began: date | None, window: Window, as_of: date) -> bool:
        """Whether sales that began on this day reach back as far as this compares."""
        since, start = self.since(window, as_of), window.start(as_of)
        if since is None or start is None:
            return True
        slack = max(SLACK, (as_of - start) / 12, self.slack)
        return began is not None and began <= since + slack


class Ledger(Protocol):
    """What indicators ask of a ledger."""

    @property
    def engine(self) -> Engine:
        """The engine its tables live on."""

    def table(self, kind: str) -> ir.Table:
        """All facts of a kind that count."""

    def count(self, kind: str) -> int:
        """How many facts of a kind there are."""

    def began(self) -> date | None:
        """The day of the first sale of anybody; None without any."""

    def folded(self, *, make: bool = False) -> OrderRollup | None:
        """Its order lines folded by order and day, where it has them so or is to make them."""


class VersionedLedger(Ledger, Protocol):
    """A ledger whose state can be told from another's."""

    @property
    def path(self) -> Path:
        """Its folder."""

    @property
    def version(self) -> int:
        """Which of its states this is."""

    def table(self, kind: str, *, whole: bool = False) -> ir.Table:
        """All facts of a kind that count; `whole`: also those that do not."""

    def count(self, kind: str, *, whole: bool = False) -> int:
        """How many facts of a kind there are; `whole`: also those that do not count."""

    def step(self, version: int) -> str:
        """The id of what made a state: no other ledger has it."""

    def changes(self, kind: str, since: int) -> Difference:
        """What this state's facts of a kind do not share with those of another."""
