"""Small imports compared with the ledger together; each lands as a version of its own.

To compare an import costs much the same for one row as for thousands. So imports of one kind that
have nothing to do with each other, and in which nothing has to be settled first, are compared at
once. Their batches are those they would have made one after the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.deferred import ibis
from kefen.ledger import customers, dropped_lines, shared_codes
from kefen.ledger.columns_left_out import (
    changed_frame,
    completed_frame,
    counting_again_frame,
    returns_as_sales,
)
from kefen.ledger.compare import met_by
from kefen.ledger.doubtful_rows import (
    below_zero,
    beside_parts,
    credits_by_number,
    equal_lines,
    to_nobody,
)
from kefen.ledger.facts import BATCH_ID, COUNTED, RETURNED
from kefen.ledger.frame_types import frame_types, whole
from kefen.ledger.order_sums import below_lines
from kefen.ledger.plan import Plan
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE
from kefen.ledger.records import Counts
from kefen.ledger.same_numbers import is_shop
from kefen.ledger.settling import content_of
from kefen.ledger.sharing import may_share
from kefen.ledger.similar_customers import similar
from kefen.ledger.staging import staged_schema
from kefen.ledger.strangers import strangers
from kefen.ledger.tables import Change, patterns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir

    from kefen.ledger.erased import ErasureRegister
    from kefen.ledger.facts import Kind
    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.options import KnownKeys, Landing
    from kefen.ledger.reading.model import Notice
    from kefen.ledger.snapshot import Snapshot
    from kefen.ledger.staging import Staged

MOST_ROWS = 20_000
"""So many rows are compared together; they are held in memory."""
_CLAIMED = frame_types({n: t for n, t in customers.KIND.types().items() if n != BATCH_ID})
Row = dict[str, Any]
Customers = dict[str, Row]
"""Customers by id, with the columns of the ledger."""
Lost = dict[str, tuple[int, Decimal]]
"""How many lines orders lose, and their money, by order."""


def settled(staged: Staged, landing: Landing, register: ErasureRegister) -> pl.DataFrame | None:
    """The rows of an import of facts as they land; None where that has to be worked out.

    So it is where ids are missing or repeated, codes have several names, orders share their money,
    an option says otherwise, or a customer was erased.
    """
    kind = staged.kind
    plain = not landing.prefix and landing.known_keys in ("ask", "replace")
    if kind.name == "customers" or not plain or landing.erased != "skip" or not staged.read:
        return None
    if staged.read > MOST_ROWS:
        return None
    if staged.unclear or staged.voided:
        return None
    rows = staged.frame()
    if _names_differ(rows):
        return None
    if kind.name == "order_lines":
        numbered = _numbered(rows, staged)
        if numbered is None:
            return None
        rows = numbered
    keyed = rows.select(*kind.key, "customer_id")
    if keyed.null_count().sum_horizontal().item() or keyed.select(kind.key).is_duplicated().any():
        return None
    if keyed[kind.key[0]].str.starts_with(RETURNED).any():
        return None
    if register.path.exists() and register.matching(rows["customer_id"].unique().to_list()):
        return None
    if COUNTED in kind.stored_schema():
        void = pl.col("status").is_in(staged.void) if staged.void else pl.lit(value=False)
        rows = rows.with_columns(pl.when(void).then(False).alias(COUNTED))
    return rows


def _numbered(rows: pl.DataFrame, staged: Staged) -> pl.DataFrame | None:
    """Lines with their numbers: their own, or their places where none has one."""
    amount = pl.col("amount")
    orders = rows.group_by("order_id").agg(rows=pl.len(), differ=amount.max() != amount.min())
    if may_share(staged.filled, staged.rejections.headings.get("amount")):
        several = orders.filter(pl.col("rows") > 1)
        if several.height and not several["differ"].any():
            return None
    if _several_orders(rows, staged):
        return None
    if rows["line_no"].null_count() < rows.height:
        return rows
    if rows.drop(LINE).is_duplicated().any():
        return None
    place = pl.col(LINE).rank("ordinal").over("order_id")
    return rows.with_columns(line_no=place.cast(rows.schema["line_no"]))


def _names_differ(rows: pl.DataFrame) -> bool:
    """Whether a code of a customer comes with several names."""
    named = rows.select("customer_id", CUSTOMER_NAME).drop_nulls().unique()
    return bool(named["customer_id"].is_duplicated().any())


def _several_orders(rows: pl.DataFrame, staged: Staged) -> bool:
    """Whether a number may be that of several orders."""
    names = ["customer_id", "ordered_on"]
    if is_shop(staged.rejections.headings.get("channel")) and "channel" in staged.filled:
        names.append("channel")
    found = rows.group_by("order_id").agg(pl.col(names).drop_nulls().n_unique())
    return bool((found.drop("order_id").max_horizontal() > 1).any())


@dataclass(frozen=True)
class Together:
    """Settled imports of one kind that share no key, upon `snapshot`."""

    bench: ImportWorkspace
    snapshot: Snapshot
    kind: Kind
    imports: Sequence[Staged]
    rows: Sequence[pl.DataFrame]

    def compared(self, known_keys: KnownKeys) -> list[Comparison] | None:
        """What each import does; None where one has numbers that are those of other orders, or
        where something is told of one that is not worked out here.
        """
        unit = self.kind.key[0]
        existing = self.snapshot.rows(self.bench.engine, self.kind.name)
        near = self._near(existing)
        completed = [
            completed_frame(rows, near, self.kind, staged)
            for rows, staged in zip(self.rows, self.imports, strict=True)
        ]
        whole = self._table([rows for rows, _kept in completed])
        met = met_by(self.bench, whole, existing, unit, content_of(self.kind))
        replaced, same_ = met.filter(~met["_same"]).select(unit), met.filter(met["_same"])
        told: KnownKeys = "tell" if known_keys == "ask" else known_keys
        if strangers(self.bench, whole, existing, self.kind, replaced, told, same_).count:
            return None
        if self._tells(whole, whole.anti_join(same_, unit), existing):
            return None
        found = self.bench.engine.fetch(met)
        same = dict(zip(found[unit].to_pylist(), found["_same"].to_pylist(), strict=True))
        lost = self._lost(whole, existing, replaced)
        return [
            Comparison(self.kind, staged, rows, same, lost, near, tuple(kept))
            for staged, (rows, kept) in zip(self.imports, completed, strict=True)
        ]

    def _near(self, existing: ir.Table) -> pl.DataFrame:
        """The rows that the ledger has of what these speak of."""
        unit = self.kind.key[0]
        asked = in_memory(pl.concat([rows.select(unit) for rows in self.rows]).unique())
        found = self.bench.engine.fetch(existing.semi_join(asked, unit))
        return pl.DataFrame(pl.from_arrow(found))

    def _tells(self, whole: ir.Table, fresh: ir.Table, existing: ir.Table) -> bool:
        """Whether anything is told of doubtful rows or customers, as of a single import."""
        bench, kind, engine = self.bench, self.kind, self.bench.engine
        claims = bench.note(customers.claims_of_facts(whole))
        known = self.snapshot.rows(engine, "customers")
        part = self.snapshot.rows(engine, "order_lines" if kind.name == "orders" else "orders")
        new, named = customers.mentioned(claims, known)
        written = new.union(named.select(new.columns)).select("customer_id", "name")
        written = bench.note(written)
        typed = [one for one in self.imports if "entry_type" not in one.mapped]
        return bool(
            to_nobody(bench, fresh, claims)
            or beside_parts(bench, fresh, kind)
            or below_zero(bench, fresh, kind)
            or equal_lines(bench, fresh, kind)
            or below_lines(bench, fresh, part, kind)
            or shared_codes.known_otherwise(bench, claims, known)
            or (bench.count(written) and similar(bench, written, known, fresh))
            or any(returns_as_sales(bench, fresh, existing, kind, one) for one in typed[:1])
            or any(credits_by_number(bench, fresh, kind, one) for one in typed[:1])
        )

    def _lost(self, whole: ir.Table, existing: ir.Table, replaced: ir.Table) -> Lost:
        numbered = all(self.kind.key[-1] in one.mapped for one in self.imports)
        found = dropped_lines.lost_by_order(whole, existing, self.kind, replaced, numbered=numbered)
        rows = [] if found is None else self.bench.engine.fetch(found).to_pylist()
        return {row[self.kind.key[0]]: (row["_lines"], row["_money"]) for row in rows}

    def known(self) -> Customers:
        """The customers of these rows that the ledger has, by id."""
        ids = pl.concat([rows.select("customer_id") for rows in self.rows]).unique()
        asked = in_memory(ids)
        found = self.snapshot.rows(self.bench.engine, "customers").semi_join(asked, "customer_id")
        return {row["customer_id"]: row for row in self.bench.engine.fetch(found).to_pylist()}

    def _table(self, rows: Sequence[pl.DataFrame]) -> ir.Table:
        path = self.bench.folder / f"{ibis.util.gen_name('together')}.parquet"
        pl.concat(rows).write_parquet(path, compression="lz4")
        return self.bench.engine.read_parquet(patterns([path]), _schema(self.kind))


@dataclass(frozen=True)
class Comparison:
    """One import against the ledger. `same` says of each unit that the ledger has whether the
    import says the same of it; `lost` are the lines that orders lose, and `near` the rows that the
    ledger has, of all imports. `kept` tells what of those this one leaves as it is.
    """

    kind: Kind
    staged: Staged
    rows: pl.DataFrame
    same: Mapping[str, bool]
    lost: Lost
    near: pl.DataFrame
    kept: tuple[Notice, ...]

    def plan(self, snapshot: Snapshot, batch_id: str, known: Customers) -> Plan:
        """What this import does upon `snapshot`; `known` customers become those after it."""
        unit = self.kind.key[0]
        met = pl.DataFrame(
            {unit: list(self.same), "_same": list(self.same.values())},
            schema={unit: pl.String, "_same": pl.Boolean},
        )
        rows = self.rows.join(met, on=unit, how="left")
        same, other = rows.filter(pl.col("_same")), rows.filter(~pl.col("_same"))
        fresh = rows.filter(pl.col("_same").is_null() | ~pl.col("_same")).drop("_same")
        changes = {}
        if fresh.height:
            drop = in_memory(other.select(unit).unique()) if other.height else None
            changes[self.kind.name] = _change(fresh, drop, batch_id)
        claims = _claims(self.rows)
        new, renamed = _mentioned(claims, known)
        if new or renamed:
            changed = pl.DataFrame([*new, *renamed], schema=_CLAIMED)
            ids = pl.DataFrame({"customer_id": [row["customer_id"] for row in renamed]})
            drop = in_memory(ids) if renamed else None
            changes["customers"] = _change(changed, drop, batch_id)
        counts = Counts(
            rows=self.rows.height,
            added=self.rows.height - same.height - other.height,
            replaced=other.height,
            unchanged=same.height,
            rejected=self.staged.rejected,
            created_customers=len(new),
        )
        units = other[unit].unique().to_list()
        lost = [self.lost[order] for order in units if order in self.lost]
        gone = dropped_lines.notices(
            len(lost), sum(lines for lines, _money in lost), sum(money for _lines, money in lost)
        )
        replacing = other.drop("_same")
        told = (
            *self.kept,
            *changed_frame(replacing, self.near, self.kind, self.staged, snapshot),
            *counting_again_frame(replacing, self.near, self.kind),
            *gone,
        )
        return Plan(
            counts,
            changes,
            claims,
            True,
            in_memory(same.select(unit).unique()) if same.height else None,
            told,
        )


def _change(rows: pl.DataFrame, drop: ir.Table | None, batch_id: str) -> Change:
    own = rows.drop(CUSTOMER_NAME, LINE, strict=False)
    return Change(own.with_columns(pl.lit(batch_id).alias(BATCH_ID)), drop)


def in_memory(rows: pl.DataFrame, schema: ibis.Schema | None = None) -> ir.Table:
    """A few rows for the engine."""
    return ibis.memtable(rows.to_arrow(), schema=schema)


def _schema(kind: Kind) -> ibis.Schema:
    """The columns of settled rows."""
    flag = {COUNTED: "boolean"} if COUNTED in kind.stored_schema() else {}
    return ibis.schema({**staged_schema(kind), **flag})


def _claims(rows: pl.DataFrame) -> pl.DataFrame:
    """The customers that rows mention, with the first name and salesperson they give them."""
    sides = {"name": CUSTOMER_NAME, "owner": "salesperson"}
    mentioned = rows.sort(LINE).group_by("customer_id", maintain_order=True)
    told = mentioned.agg(
        pl.col(side).drop_nulls().first().alias(name)
        for name, side in sides.items()
        if side in rows.columns
    )
    return whole(told, _CLAIMED)


def _mentioned(claims: pl.DataFrame, known: Customers) -> tuple[list[Row], list[Row]]:
    """Customers not known, and those known now told a name or an owner that they lacked."""
    new, told = [], []
    for claim in claims.to_dicts():
        was = known.get(claim["customer_id"])
        if was is None:
            new.append(claim)
            known[claim["customer_id"]] = claim
            continue
        more = {
            n: claim[n] for n in customers.OF_ANY_FACT if was[n] is None and claim[n] is not None
        }
        if more:
            told.append({name: (was | more)[name] for name in _CLAIMED})
            known[claim["customer_id"]] = was | more
    return new, told
