"""A run: one scheme on one version of the ledger as of one date, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import polars as pl

from kefen import formats, plots
from kefen.errors import RunError, one_of
from kefen.explain import explain, remarks
from kefen.frame import Frame
from kefen.run.customer_lookup import find
from kefen.run.exporting import export
from kefen.run.table import abc_table, curve
from kefen.schemes.lapse import LAPSED, STATE, called
from kefen.shown import Display, Shown, shortened

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date, datetime
    from pathlib import Path

    from kefen.explain import Explanation
    from kefen.ledger import Ledger
    from kefen.schemes import Note, Scheme, Standard
    from kefen.schemes.overrides import Override

CLASSES = "classes.parquet"
ROW_GROUP: Final = 8_192
"""Customers of a group in that file: whoever explains one class reads that many."""
Status = Literal["finished", "failed"]


@dataclass(repr=False)
class Run(Shown):
    """What a scheme made of the customers of a ledger.

    Attributes:
        id: unique in the ledger, and the name of the run's folder.
        scheme: the scheme as it was.
        standard: what it came to be on these customers; None when the run failed before that.
        as_of: facts of this day and later did not count.
        ledger_version: the version of the ledger that was read.
        status: `finished` or `failed`.
        reason: why it failed, `{"code", "data"}`; None when it did not.
        started_at: when it began, UTC.
        duration: seconds from begin to end.
        timings: seconds spent in `compile`, `indicators`, `fit`, `assign`, `write`. Assigning is
            row by row and is computed as the classes are written, so most of it is in `write`;
            runs graded together each show the whole time of the indicators they share.
        counts: for each class, best first, then the lapsed and the unrated (`class` None and
            `state` `lapsed` or `unrated`, if there are any): `customers`, `value`, and as parts of
            the rated `share_of_customers` and `share_of_value`; of the lapsed the day of the
            latest `last_purchase` and `past_worth`, their sales of all time.
        notes: what to know about the facts, beside `standard.notes`: `no-facts`.
        previous: id of the run before this one, whose classes hysteresis started from.
        overrides: the classes people set that were in force.
        ignored_overrides: those that were not: each override's `to_dict()` with `why`, `expired`,
            `replaced` (by a later one) or `not-in-population`.
        made_by: the version of Kefen that carried it out; empty when it was not noted yet.
        fitted: whether `standard` was fitted on these customers; False of a standard that was given
            and when it was not noted yet.
    """

    id: str
    scheme: Scheme
    as_of: date
    ledger_version: int
    folder: Path = field(repr=False)
    ledger: Ledger | None = field(default=None, repr=False, compare=False)
    standard: Standard | None = None
    status: Status = "finished"
    reason: dict[str, Any] | None = None
    started_at: datetime | None = None
    duration: float = 0.0
    timings: dict[str, float] = field(default_factory=dict)
    counts: list[dict[str, Any]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    previous: str | None = None
    overrides: list[Override] = field(default_factory=list)
    ignored_overrides: list[dict[str, Any]] = field(default_factory=list)
    made_by: str = ""
    fitted: bool = False
    _hold: object = field(default=None, repr=False, compare=False)

    @property
    def customers(self) -> int:
        """How many customers took part, the lapsed and the unrated included."""
        return sum(count["customers"] for count in self.counts)

    @property
    def value_column(self) -> str:
        """The column of `classes` that holds what customers are weighed by; sales by default."""
        return self.scheme.column(self.scheme.value)

    @property
    def classes(self) -> Frame:
        """One row per customer, by id: `customer_id`, `class`, `score`, `class_state`, figures.

        `class_state` is `rated`; `lapsed` (no class, for there is no purchase in the window, but
        one before it) or `unrated` (no class, for too little is known). Where a scheme looks at
        a window, `last_purchase` and `past_worth` are the last purchase and the sales of all time.
        Runs of before Kefen told the lapsed have none of the three.

        Where caps, hysteresis or overrides take part also `computed` (the class before them),
        `held_by` (`cap`, `hysteresis`, `override`, or null) and `pending` (runs in a row that
        computed a worse class).

        Raises:
            RunError: `run-failed` when the run has no classes.
        """
        path = self.folder / CLASSES
        if self.status == "failed" or not path.exists():
            raise RunError("run-failed", run=self.id, reason=(self.reason or {}).get("code", ""))
        return Frame(path)

    @property
    def key(self) -> pl.Expr:
        """The class of each row of `classes`, `LAPSED` for the lapsed, null for the unrated."""
        return class_key(self.classes.columns)

    def table(self, limit: int | None = None) -> Frame:
        """The ABC table: rated customers by value, with ranks and cumulative shares.

        Columns: `customer_id`, `name` when any is known, `rank`, `cumulative_customers_share`,
        `value`, `cumulative_value`, `cumulative_share` (of all positive value), `class`.
        """
        return Frame(abc_table(self, limit))

    def curve(self, points: int = 200) -> list[tuple[float, float]]:
        """The Pareto curve: (share of customers, share of value) from (0, 0) to (1, 1)."""
        return curve(abc_table(self, None, names=False), points)

    def find(self, text: str) -> str:
        """The id of the customer of this id or name.

        Raises:
            RunError: `customer-ambiguous`, `unknown-customer-near`, `unknown-customer`.
        """
        return find(self, text)

    def explain(self, customer_id: str) -> Explanation:
        """Why a customer has its class, and what is missing to the next.

        Raises:
            RunError: `unknown-customer` when the run has no such customer.
        """
        row = self.classes.row(customer_id=customer_id)
        if row is None or self.standard is None:
            raise RunError("unknown-customer", customer=customer_id, run=self.id)
        return self.explain_row(row)

    def explain_row(self, row: Mapping[str, Any]) -> Explanation:
        """Why the customer of a row of `classes` has its class; see `explain`."""
        assert self.standard is not None
        customer_id = row["customer_id"]
        override = next((o for o in self.overrides if o.customer_id == customer_id), None)
        return self._explained(self.standard, row, override)

    def explanations(self, customer_ids: Iterable[str] | None = None) -> dict[str, Explanation]:
        """Why many customers have their classes, by id in the order asked for; default all.

        A single id is one customer.

        Raises:
            RunError: `unknown-customers` when the run lacks any of them.
        """
        rows = self.classes.lazy()
        customer_ids = [customer_ids] if isinstance(customer_ids, str) else customer_ids
        asked = None if customer_ids is None else list(dict.fromkeys(customer_ids))
        if asked is not None:
            rows = rows.filter(pl.col("customer_id").is_in(asked))
        found = {row["customer_id"]: row for row in rows.collect().to_dicts()}
        standard, wanted = self.standard, list(found) if asked is None else asked
        lacking = [one for one in wanted if one not in found or standard is None]
        if lacking or standard is None:
            facts = {"count": len(lacking), "near": lacking[:3], "run": self.id}
            raise RunError("unknown-customers", **facts)
        set_ = {override.customer_id: override for override in self.overrides}
        return {one: self._explained(standard, found[one], set_.get(one)) for one in wanted}

    def _explained(
        self, standard: Standard, row: Mapping[str, Any], override: Override | None
    ) -> Explanation:
        kept = (self.scheme, standard, row, override, self.notes, self.as_of)
        return explain(*kept, of_run=True)

    def export(self, path: str | Path, lang: str = "en") -> Path:
        """Write the customers with their classes, best first, as `.csv`, `.xlsx` or `.parquet`.

        Raises:
            RunError: `export-format`, `export-large`, `run-failed`.
            StorageError: `file-not-writable`, `disk-full`.
        """
        return export(self, path, lang)

    def remarks(self, lang: str = "en") -> list[str]:
        """What to know about the facts and the data that the classes rest on, in words."""
        standard = self.standard.notes if self.standard else []
        return remarks(self.scheme, [*self.notes, *standard], lang)

    def to_polars(self) -> pl.DataFrame:
        """`classes` as a Polars frame."""
        return self.classes.to_polars()

    def plot(self, kind: Literal["classes", "curve"] = "classes") -> Any:
        """An Altair chart: each class's share of customers and value, or the Pareto curve.

        Raises:
            KefenError: `plot-needs-extra` without `pip install 'kefen[plot]'`; RunError
                `run-failed` when the run has no classes; `bad-option` for another `kind`.
        """
        one_of("kind", kind, ("classes", "curve"))
        title = f"{self.scheme.title.en}, {self.as_of}"
        if kind == "curve":
            points = [
                {"customers": x, "value": y, "scheme": self.scheme.name} for x, y in self.curve()
            ]
            return plots.curves(points, "customers", "value", title)
        rows = [
            {
                "class": called(count),
                "customers": count["share_of_customers"],
                "value": count["share_of_value"],
            }
            for count in self.counts
            if count["class"] is not None
        ]
        return plots.bars(rows, "class", ("customers", "value"), title)

    def _display(self) -> Display:
        head = f"Run {self.id}: {self.scheme.title.en}, as of {self.as_of}, {self.status}"
        if self.reason:
            return Display(f"{head} ({self.reason['code']})", [pl.DataFrame()])
        counts = [
            {
                "class": called(count),
                "customers": count["customers"],
                "% of customers": formats.percent(count["share_of_customers"]),
                "value": count["value"],
                "% of value": formats.percent(count["share_of_value"]),
            }
            for count in self.counts
        ]
        return Display(head, [pl.DataFrame(counts)])

    def __repr__(self) -> str:
        head = self._display().head
        if self.reason:
            return head
        lines = [f"{'class':<16}{'customers':>12}{'':>8}{'value':>18}"]
        lines += [
            f"{called(count):<16}"
            f"{count['customers']:>12,}"
            f"{formats.percent(count['share_of_customers']):>8}{count['value']:>18,.2f}"
            f"{formats.percent(count['share_of_value']):>8}"
            for count in self.counts
        ]
        return shortened([head, *lines])


def class_key(columns: Collection[str]) -> pl.Expr:
    """The class of each row of classes with these columns, see `Run.key`."""
    if STATE not in columns:
        return pl.col("class")
    lapsed = pl.col(STATE) == "lapsed"
    return pl.when(lapsed).then(pl.lit(LAPSED)).otherwise(pl.col("class"))
