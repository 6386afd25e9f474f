"""Takes facts out by their keys, or cancels them: a batch like any other, which can be undone.

What is removed is listed beside the batch, so that undoing it, or one before it, knows where to
look for what stood.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kefen.deferred import ibis
from kefen.errors import LedgerError
from kefen.ledger import customers
from kefen.ledger.facts import BATCH_ID, COUNTED, SALES
from kefen.ledger.facts import kind as kind_of
from kefen.ledger.notices import cents_of, money
from kefen.ledger.plan import Plan
from kefen.ledger.reading.model import Notice
from kefen.ledger.records import Counts
from kefen.ledger.tables import Change, patterns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.snapshot import Snapshot

CANCELLED = "cancelled"


@dataclass(frozen=True)
class Removal:
    """Facts of `kind` whose first key column is one of `keys`; an order's lines go together.

    `cancel` leaves them in the ledger with the status `cancelled`: they count nowhere.
    """

    kind: str
    keys: tuple[str, ...]
    cancel: bool = False

    @classmethod
    def of(cls, kind: str, keys: Sequence[str], *, cancel: bool = False) -> Removal:
        """What is asked for.

        Raises:
            LedgerError: `unknown-kind`; `not-removable` for customers, `not-cancellable` for what
                has no status.
        """
        if kind_of(kind).name == "customers":
            raise LedgerError("not-removable", kind=kind)
        if cancel and kind not in SALES:
            raise LedgerError("not-cancellable", kind=kind, kinds=list(SALES))
        return cls(kind, tuple(dict.fromkeys(keys)), cancel)

    def plan(
        self, bench: ImportWorkspace, snapshot: Snapshot, batch_id: str
    ) -> tuple[Plan, ir.Table | None]:
        """What it does upon `snapshot`, and the keys that it takes out, if it does.

        Raises:
            LedgerError: `unknown-fact` when the ledger has none of the keys, `order-still-has` when
                lines or returns of an order that does not count would count without it.
        """
        unit = kind_of(self.kind).key[0]
        present = snapshot.rows(bench.engine, self.kind)
        rows = bench.keep(present.filter(present[unit].isin(self.keys)))
        count = bench.count(rows)
        if not count:
            raise LedgerError("unknown-fact", kind=self.kind, key=", ".join(self.keys[:3]))
        keys = bench.note(rows.select(unit).distinct())
        claims = bench.engine.empty(customers.claims_schema())
        if not self.cancel:
            told = self._left_behind(bench, snapshot, rows) if self.kind == "orders" else []
            changes = {self.kind: Change(None, keys)}
            plan = Plan(Counts(removed=count), changes, claims, True, None, tuple(told))
            return plan, keys
        off = rows.status.fill_null("") == CANCELLED
        left = bench.count(rows.filter(~off | rows[COUNTED].fill_null(True)))
        if not left:
            return Plan(Counts(rows=count, unchanged=count), {}, claims, True, keys), None
        rows = rows.mutate(
            status=ibis.literal(CANCELLED),
            **{COUNTED: ibis.literal(value=False), BATCH_ID: ibis.literal(batch_id)},
        )
        changes = {self.kind: Change(rows, keys)}
        return Plan(Counts(rows=count, replaced=count), changes, claims, True, None), None

    def _left_behind(
        self, bench: ImportWorkspace, snapshot: Snapshot, orders: ir.Table
    ) -> list[Notice]:
        """What stays of these orders when they go, as a notice.

        An order that does not count keeps its lines and returns from counting; those would count
        without it, so it is refused.
        """
        unit = kind_of(self.kind).key[0]
        void = orders.filter(~orders[COUNTED].fill_null(True))
        told = []
        for part in ("order_lines", "returns"):
            rows = snapshot.rows(bench.engine, part)
            if part in SALES:
                rows = rows.filter(rows[COUNTED].fill_null(True))
            for of, refuse in ((void, True), (orders, False)):
                stays = rows.semi_join(of, unit)
                found = bench.one(
                    stays.aggregate(
                        rows=stays.count(), number=stays[unit].min(), money=stays.amount.sum()
                    )
                )
                if not found["rows"]:
                    continue
                data = {"kind": part, "rows": found["rows"], "number": found["number"]}
                data["money"] = money(cents_of(found["money"]))
                if refuse:
                    raise LedgerError("order-still-has", **data)
                told.append(Notice("order-parts-stay", data))
        return told


def removed(engine: Engine, claims: Path, batch_id: str, unit: str) -> ir.Table | None:
    """The keys that a batch removed; None for a batch that removed none."""
    file = removed_file(claims, batch_id)
    if not file.exists():
        return None
    return engine.read_parquet(patterns([file]), ibis.schema({unit: "string"}))


def removed_file(claims: Path, batch_id: str) -> Path:
    """Where a batch keeps the keys that it removed."""
    return claims / f"{batch_id}.removed.parquet"
