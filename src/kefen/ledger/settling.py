"""Gives the rows of an import their ids and customers, and takes each of them once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.ledger import shared_codes
from kefen.ledger.customer_matching import (
    DERIVED,
    bare,
    derive_ids,
    found_again,
    prefixed,
    resolve_names,
)
from kefen.ledger.deduplication import Repeats, collapse, number_lines
from kefen.ledger.doubtful_rows import to_hundred
from kefen.ledger.erased import ErasureRegister
from kefen.ledger.facts import BATCH_ID, RETURNED
from kefen.ledger.invoice_lines import add_lines
from kefen.ledger.joining import join_orders
from kefen.ledger.number_variants import one_number
from kefen.ledger.numbered_otherwise import known_otherwise
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE, Notice
from kefen.ledger.returning import leave_out
from kefen.ledger.same_numbers import apart, by_invoice, is_shop
from kefen.ledger.sharing import share_orders
from kefen.ledger.sorted_rows import renumbered
from kefen.ledger.statements import last_statements
from kefen.ledger.unnumbered import known_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from kefen.ledger.facts import Kind
    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.number_proof import NumberProof
    from kefen.ledger.options import Landing
    from kefen.ledger.snapshot import Snapshot
    from kefen.ledger.staging import Staged


@dataclass(frozen=True)
class Differences:
    """How rows differ from those of a file: lines that are `gone`, others with an `own` number."""

    gone: ir.Table | None = None
    own: ir.Table | None = None


@dataclass(frozen=True)
class Settled:
    """Rows with ids and customers, each once; and how many went on the way.

    `joined` rows were added to another row of their order, `left_out` ones are of customers that
    were erased.
    """

    rows: ir.Table
    repeated: int
    rejected: int
    joined: int = 0
    left_out: int = 0
    notices: tuple[Notice, ...] = ()
    as_read: bool = False
    """Whether the rows are just as the file has them."""
    but: Differences | None = None
    """How they differ from those of the file, where that is all."""


def settle(
    bench: ImportWorkspace, staged: Staged, known: ir.Table, landing: Landing, snapshot: Snapshot
) -> Settled:
    """Settle the rows of an import.

    Args:
        bench: where it is worked out.
        staged: the rows as they were read.
        known: the customers of the ledger.
        landing: what was chosen for this import.
        snapshot: the ledger that it goes into.

    Raises:
        LedgerError: where `landing` asks, as of `plan`.
    """
    found = _Settling(bench, staged, landing, snapshot)
    found.identify(known)
    found.leave_out_erased()
    found.recognise()
    found.take_once()
    return found.settled()


class _Settling:
    """The rows on their way, with what was said of them so far."""

    def __init__(
        self, bench: ImportWorkspace, staged: Staged, landing: Landing, snapshot: Snapshot
    ) -> None:
        self._bench, self._staged, self._landing = bench, staged, landing
        self._snapshot, self._kind = snapshot, staged.kind
        self._read = self._rows = staged.rows(bench.engine)
        self._notices: list[Notice] = []
        self._erased: tuple[Notice, ...] = ()
        self._repeats = Repeats(bench, staged.repeats, staged.kind.name == "order_lines")
        self._rejected = self._conflicts = self._joined = self._left_out = 0
        self._differing, self._but = self._read, Differences()
        self._gaps: Mapping[str, int] = {}

    def _proof(self) -> NumberProof | None:
        """What the file shows of the numbers of the rows, while they are as it has them."""
        return self._staged.numbers if self._rows is self._read else None

    def identify(self, known: ir.Table) -> None:
        """Give each row the number and the customer that it lacks."""
        bench, kind = self._bench, self._kind
        rows = self._rows
        if self._landing.prefix:
            rows = prefixed(rows, kind, self._landing.prefix)
        if {"customer_id", CUSTOMER_NAME} <= self._staged.filled and kind.name != "customers":
            rows, said = shared_codes.settle(bench, rows, self._landing.shared_codes)
            self._notices += said
        self._gaps = self._found_gaps(rows)
        aliases = self._snapshot.aliases
        if self._gaps["ids"] and kind.name in DERIVED:
            rows = bench.keep(derive_ids(rows, kind))
            if aliases:
                existing = self._snapshot.rows(bench.engine, kind.name)
                rows = bench.keep(found_again(bench, rows, kind, aliases, existing))
        if self._gaps["customers"]:
            rejections = self._staged.rejections
            rows, self._rejected = resolve_names(bench, rows, kind, known, rejections, aliases)
            rows = bench.keep(rows)
        self._rows = rows

    def _found_gaps(self, rows: ir.Table) -> Mapping[str, int]:
        """How many rows lack a number, a customer and a line, and how many have a line."""
        number, line = self._kind.key[0], self._kind.key[-1]
        held = self._staged.held if rows is self._read else None
        if held is None or not {number, line, "customer_id"} <= {*held.columns}:
            return self._bench.one(
                rows.aggregate(
                    ids=bare(rows[number]).sum().fill_null(0),
                    customers=rows.customer_id.isnull().sum().fill_null(0),
                    bare_lines=rows[line].isnull().sum().fill_null(0),
                    lines=rows[line].count(),
                )
            )
        lineless, marked = held[line].null_count(), held[number].str.starts_with(RETURNED)
        return {
            "ids": held[number].null_count() + int(marked.sum()),
            "customers": held["customer_id"].null_count(),
            "bare_lines": lineless,
            "lines": len(held) - lineless,
        }

    def leave_out_erased(self) -> None:
        """Leave out the rows of customers that were erased, unless they are to land."""
        register = ErasureRegister(self._snapshot.folder.parent)
        self._rows, self._left_out, self._erased = leave_out(
            self._bench, self._rows, register, land=self._landing.erased == "land"
        )

    def recognise(self) -> None:
        """Give rows the numbers by which the ledger knows them; bring scores to one scale."""
        rows, kind = self._rows, self._kind
        if kind.date_column in rows.columns and "amount" in rows.columns:
            rows = self._recognised(rows)
        self._rows, scaled = to_hundred(self._bench, rows, self._staged)
        self._notices += scaled

    def _recognised(self, rows: ir.Table) -> ir.Table:
        bench, snapshot, kind = self._bench, self._snapshot, self._kind
        existing, known_keys = snapshot.rows(bench.engine, kind.name), self._landing.known_keys
        without_numbers, declared = bool(self._gaps["ids"]), self._staged.declared
        if without_numbers and not declared:
            rows, said = known_rows(bench, rows, existing, kind, snapshot.aliases, known_keys)
            self._notices += said
        proof = self._proof() if rows is self._read and not snapshot.count(kind.name) else None
        if proof is None or not proof.distinct():
            rows, said = one_number(bench, rows, existing, kind, snapshot.aliases, known_keys)
            self._notices += said
        if not declared:
            self._notices += known_otherwise(
                bench, rows, snapshot, kind, known_keys, bare=without_numbers
            )
        return rows

    def take_once(self) -> None:
        """Join the rows of an order, number its lines, and leave each row once."""
        bench, kind, landing = self._bench, self._kind, self._landing
        content, headings = content_of(kind), self._staged.rejections.headings
        rows, new = self._rows, landing.known_keys == "new"
        if landing.repeated_keys == "last" and not new:
            emptied = self._staged.mapped if landing.blanks == "erase" else ()
            rows = last_statements(bench, rows, kind, content, emptied, self._repeats)
        proof, shops = self._proof() if rows is self._rows else None, headings.get("channel")
        if proof is None or is_shop(shops) or not proof.of_one_customer():
            some = self._rows_of(proof.shared()) if proof else None
            rows, said, own = apart(bench, rows, kind, shops, new=new, some=some)
            self._differ(self._rows, rows, own=own)
            self._notices += said
        rows, said = by_invoice(bench, rows, kind)
        self._notices += said
        if kind.name == "order_lines":
            rows, said = share_orders(bench, rows, headings.get("amount"))
            self._notices += said
        if kind.name == "invoices" and self._staged.lined:
            rows, self._joined, said = add_lines(bench, rows, headings.get("amount"))
            self._notices += said
        if kind.name == "orders":
            rows, self._joined, said = join_orders(bench, rows, content, self._repeats)
            self._notices += said
        if kind.name == "order_lines" and self._gaps["bare_lines"]:
            rows = number_lines(
                bench,
                rows,
                content,
                keep_all=landing.repeated_lines == "all",
                some_numbered=bool(self._gaps["lines"]),
                repeats=self._repeats,
                totals=self._totals(),
            )
        proved = rows is self._rows and proof is not None and proof.keys_once()
        if not proved and (kind.name != "order_lines" or self._gaps["lines"]):
            before = rows
            rows, self._conflicts, gone = collapse(
                bench,
                rows,
                list(kind.key),
                content,
                self._staged.rejections,
                self._repeats,
                self._twice(rows),
            )
            self._differ(before, rows, gone=gone)
        self._rows = rows

    def _rows_of(
        self, numbers: pl.Series | None, own: pl.DataFrame | None = None
    ) -> ir.Table | None:
        """The rows of the file with these numbers, if they are known; some have their `own`."""
        if numbers is None or self._staged.void:
            return None
        key, columns = self._kind.key[0], self._read.columns
        frame = self._staged.some(key, numbers)
        if own is not None:
            frame = frame.with_columns(renumbered(frame[LINE], frame[key], own))
        return self._bench.engine.lend(frame.select(columns), self._read.schema())

    def _twice(self, rows: ir.Table) -> ir.Table | None:
        """The only rows of which a key may stand twice, where the file shows them."""
        proof = self._staged.numbers
        if proof is None or rows is not self._differing:
            return None
        twice, shared = proof.twice(), proof.shared()
        if twice is None or shared is None:
            return None
        own = self._bench.frame(self._but.own)
        named = [] if own is None else [shared, own["_own"]]
        return self._rows_of(pl.concat([twice, *named]).unique(), own)

    def _differ(self, before: ir.Table, rows: ir.Table, **by: ir.Table | None) -> None:
        """Note what a step has changed in rows whose differences from the file are known so far."""
        found = {name: table for name, table in by.items() if table is not None}
        if before is self._differing and found:
            self._differing, self._but = rows, replace(self._but, **found)

    def _totals(self) -> ir.Table | None:
        totals, prefix = self._staged.order_totals(self._bench.engine), self._landing.prefix
        return prefixed(totals, self._kind, prefix) if prefix and totals is not None else totals

    def settled(self) -> Settled:
        """The rows, with all that was said of them."""
        repeats, places = self._repeats, self._staged.rejections.places
        notices = [*self._notices, *repeats.notices(), *self._erased]
        if places.several and (repeats.count or self._conflicts):
            notices.append(Notice("sheets-number-alike", {"sheets": list(places.sheets)}))
        return Settled(
            self._rows,
            repeats.count + repeats.replaced,
            self._rejected + self._conflicts,
            self._joined,
            self._left_out,
            tuple(notices),
            self._rows is self._read,
            self._but if self._rows is self._differing else None,
        )


def content_of(kind: Kind) -> dict[str, Any]:
    """The columns of a kind beside its key, with their types."""
    kept = (*kind.key, BATCH_ID)
    return {name: type_ for name, type_ in kind.stored_schema().items() if name not in kept}
