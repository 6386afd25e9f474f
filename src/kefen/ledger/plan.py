"""Works out what an import does to the ledger, without doing it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kefen.deferred import _, ibis
from kefen.ledger import customers, dropped_lines, shared_codes
from kefen.ledger.columns_left_out import (
    changed_without,
    completed,
    counting_again,
    returns_as_sales,
)
from kefen.ledger.compare import against
from kefen.ledger.doubtful_rows import (
    below_zero,
    beside_parts,
    credits_by_number,
    equal_lines,
    to_nobody,
)
from kefen.ledger.facts import BATCH_ID
from kefen.ledger.order_sums import below_lines
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE, Notice
from kefen.ledger.records import Counts
from kefen.ledger.refunds_twice import of_refunded_orders, once
from kefen.ledger.settling import content_of, settle
from kefen.ledger.similar_customers import brought, similar
from kefen.ledger.strangers import moved_to_others, strangers
from kefen.ledger.tables import Change
from kefen.ledger.voided import known_voided

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir
    import polars as pl

    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.options import Landing
    from kefen.ledger.settling import Settled
    from kefen.ledger.snapshot import Snapshot
    from kefen.ledger.staging import Staged


@dataclass(frozen=True)
class Plan:
    """The changes of an import: to its kind, to customers, what it claims, and the counts.

    `erased` names the columns of customers that its empty cells empty, `known_keys` counts
    numbers of other orders, and `settled` are the rows of the file as they land, each once.
    """

    counts: Counts
    changes: dict[str, Change]
    claims: ir.Table | pl.DataFrame
    weak: bool
    same: ir.Table | None
    notices: tuple[Notice, ...] = ()
    erased: tuple[str, ...] = ()
    known_keys: int = 0
    settled: ir.Table | None = None
    gone: ir.Table | None = None
    """Keys of facts that this import takes out."""


def plan(
    bench: ImportWorkspace, staged: Staged, snapshot: Snapshot, batch_id: str, landing: Landing
) -> Plan:
    """Work out the import of `staged` upon `snapshot`.

    Raises:
        LedgerError: where `landing` asks: `known-keys` for numbers of other orders,
            `codes-of-several-names` for codes of several customers, `rows-of-known-days` for rows
            without numbers that may correct others, `rows-known-without-numbers` and
            `rows-known-as-lines` for rows that are known without numbers or as lines.
    """
    known = snapshot.rows(bench.engine, "customers")
    settled = settle(bench, staged, known, landing, snapshot)
    total = staged.read - settled.repeated - settled.rejected - settled.joined - settled.left_out
    make = _customers if staged.kind.name == "customers" else _facts
    made = make(bench, staged, settled, snapshot, batch_id, total, landing)
    counts = Counts(
        rows=total + settled.repeated + settled.joined,
        added=made.counts.added,
        replaced=made.counts.replaced,
        unchanged=made.counts.unchanged,
        repeated=settled.repeated + settled.joined,
        rejected=staged.rejected + settled.rejected,
        created_customers=made.counts.created_customers,
        removed=made.counts.removed,
    )
    new = brought(bench, made.changes)
    first = not snapshot.count("customers")
    same = [] if new is None else similar(bench, new, known, settled.rows, first=first)
    notices = (*settled.notices, *made.notices, *same)
    return replace(made, counts=counts, notices=notices, settled=settled.rows)


def _facts(
    bench: ImportWorkspace,
    staged: Staged,
    settled: Settled,
    snapshot: Snapshot,
    batch_id: str,
    total: int,
    landing: Landing,
) -> Plan:
    kind, rows = staged.kind, settled.rows
    content = content_of(kind)
    existing = snapshot.rows(bench.engine, kind.name)
    rows, kept = completed(bench, rows, existing, kind, staged)
    rows, back = once(bench, rows, existing, kind, staged, snapshot)
    compared = against(bench, rows, existing, kind.key[0], content, total)
    others = strangers(
        bench,
        rows,
        existing,
        kind,
        compared.drop,
        landing.known_keys,
        compared.same,
        staged.rejections.headings.get("channel"),
    )
    if others.renamed is not None:
        rows = others.renamed
        compared = against(bench, rows, existing, kind.key[0], content, total)
    as_read = rows is settled.rows and (settled.as_read or settled.but is not None)
    proof = staged.numbers if as_read else None
    numbered = kind.key[-1] in staged.mapped
    lost = dropped_lines.lost_by_order(rows, existing, kind, compared.drop, numbered=numbered)
    claims = _claims(bench, staged, settled, rows, as_read=as_read)
    known = snapshot.rows(bench.engine, "customers")
    new, named = customers.mentioned(claims, known)
    new, named = bench.note(new), bench.note(named)
    created, renamed = bench.count(new), bench.count(named)
    gone, removed, void = known_voided(bench, staged, existing, landing)
    drop = compared.drop
    if gone is not None:
        drop = bench.note(gone if drop is None else gone.union(drop.select(gone.columns)))
    changes = {kind.name: change_of(compared.rows, drop, batch_id)}
    if compared.rows is settled.rows and settled.but is not None:
        files = staged.row_files(
            batch_id, bench.frame(settled.but.gone), bench.frame(settled.but.own)
        )
        changes[kind.name] = replace(changes[kind.name], files=files)
    if created or renamed:
        drop = named.select("customer_id") if renamed else None
        changes["customers"] = change_of(new.union(named.select(new.columns)), drop, batch_id)
    if not compared.added + compared.replaced + removed:
        del changes[kind.name]
    counts = Counts(
        removed=removed,
        added=compared.added,
        replaced=compared.replaced,
        unchanged=compared.unchanged,
        created_customers=created,
    )
    theirs = None if staged.declared else compared.drop
    moved = moved_to_others(bench, compared.rows, existing, kind, theirs)
    part = snapshot.rows(bench.engine, "order_lines" if kind.name == "orders" else "orders")
    return Plan(
        counts,
        changes,
        claims,
        True,
        compared.same,
        gone=gone,
        notices=(
            *others.notices,
            *void,
            *kept,
            *changed_without(bench, compared.rows, existing, kind, compared.drop, staged, snapshot),
            *counting_again(bench, compared.rows, existing, kind, compared.drop),
            *moved,
            *back,
            *of_refunded_orders(bench, compared.rows, kind, snapshot),
            *returns_as_sales(bench, compared.rows, existing, kind, staged),
            *dropped_lines.notices_of(bench, lost),
            *to_nobody(bench, compared.rows, claims),
            *beside_parts(bench, compared.rows, kind, staged.whole if as_read else ()),
            *(() if as_read and staged.positive else below_zero(bench, compared.rows, kind)),
            *equal_lines(bench, compared.rows, kind),
            *credits_by_number(bench, compared.rows, kind, staged, proof),
            *below_lines(bench, compared.rows, part, kind),
            *shared_codes.known_otherwise(bench, claims, known),
        ),
        known_keys=others.count,
    )


def _claims(
    bench: ImportWorkspace, staged: Staged, settled: Settled, rows: ir.Table, *, as_read: bool
) -> ir.Table:
    """What the rows say of customers; `as_read`: they are those of the file, but for some lines."""
    held = staged.held if as_read else None
    if held is None:
        return bench.keep(customers.claims_of_facts(rows))
    held = held.select(name for name in held.columns if name in customers.SAYING)
    gone = bench.frame(settled.but.gone) if settled.but else None
    if gone is not None:
        held = held.filter(~held[LINE].is_in(gone[LINE].implode()))
    types = {name: type_ for name, type_ in customers.KIND.schema().items() if name != BATCH_ID}
    return bench.engine.lend(customers.claims_of_frame(held), ibis.schema(types))


def _customers(
    bench: ImportWorkspace,
    staged: Staged,
    settled: Settled,
    snapshot: Snapshot,
    batch_id: str,
    total: int,
    landing: Landing,
) -> Plan:
    existing = snapshot.rows(bench.engine, "customers")
    claims = bench.keep(settled.rows.drop(CUSTOMER_NAME, LINE))
    erased = staged.mapped if landing.blanks == "erase" else ()
    rows = bench.keep(customers.updated(claims, existing, erased))
    compared = against(bench, rows, existing, "customer_id", content_of(staged.kind), total)
    changes = {}
    if compared.added + compared.replaced:
        changes["customers"] = change_of(compared.rows, compared.drop, batch_id)
    counts = Counts(added=compared.added, replaced=compared.replaced, unchanged=compared.unchanged)
    kept = _not_erased(bench, claims, existing, erased)
    return Plan(counts, changes, claims, False, None, kept, erased=erased)


def _not_erased(
    bench: ImportWorkspace, claims: ir.Table, existing: ir.Table, erased: Sequence[str]
) -> tuple[Notice, ...]:
    """A notice of names and owners that stay though the file leaves them empty and erases."""
    names = [name for name in customers.OF_ANY_FACT if name in erased]
    if not names:
        return ()
    met = existing.inner_join(claims.rename({f"_now_{n}": n for n in names}), "customer_id")
    stays = ibis.or_(*(met[f"_now_{n}"].isnull() & met[n].notnull() for n in names))
    count = bench.count(met.filter(stays))
    return (Notice("owners-not-erased", {"count": count}),) if count else ()


def change_of(rows: ir.Table, drop: ir.Table | None, batch_id: str) -> Change:
    """What adding clean rows as a batch does to their kind."""
    kept = [name for name in rows.columns if name not in (CUSTOMER_NAME, LINE, BATCH_ID)]
    return Change(rows.select(*(_[name] for name in kept), batch_id=ibis.literal(batch_id)), drop)
