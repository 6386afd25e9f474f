"""A ledger for the benchmark: twenty order lines a customer, three years, heavy-tailed.

Everything follows from DuckDB's `hash`, so the same size gives the same ledger on any machine.
It comes in batches as a company's exports would: the customers, twelve quarters of order lines,
and at last a batch of late lines, a thousandth of the rest. The batches are written by the
ledger's own writing side; what is left out is the reader, which has nothing to clean here.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from kefen.deferred import ibis
from kefen.engines import open_embedded
from kefen.ledger.customers import claims_schema, stamped
from kefen.ledger.order_rollup import OrderRollupStore
from kefen.ledger.records import Batch
from kefen.ledger.snapshot import Snapshot
from kefen.ledger.tables import Change
from kefen.ledger.undo import customers_file
from kefen.ledger.versions import Manifest, Versions

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir

    from kefen.engines import Engine

LINES_PER_CUSTOMER = 20
LINES_PER_ORDER = 3
LATE_SHARE = 1000
FIRST, DAYS = date(2023, 1, 1), 1096
QUARTERS = 12
BASE_VERSION = QUARTERS + 1
"""The ledger version before the late lines."""

_CUSTOMERS = """
select 'C' || lpad(i::varchar, 8, '0') as customer_id, '{batch}' as batch_id
from range({customers}) as t(i)
"""

_LINES = """
with placed as (
  select number, hash(number) / 18446744073709551615.0 as who,
    hash(number + 77) / 18446744073709551615.0 as day
  from range({first}, {last}) as t(number)
), draw as (
  select number, who, day, line, number * 3 + line as i,
    hash(i + 1000003) / 18446744073709551615.0 as size,
    hash(i + 2000003) / 18446744073709551615.0 as kind
  from (select * from placed where {when}), range(3) as t(line)
)
select
  'O' || lpad(number::varchar, 9, '0') as order_id,
  (line + 1)::varchar as line_no,
  'C' || lpad((floor(power(who, 1.7) * {customers}))::bigint::varchar, 8, '0') as customer_id,
  date '{start}' + floor(day * {days})::int as ordered_on,
  case when size < 0.01 then -round(20 + 900 * kind, 2)
    else round(5 + exp(9 * size) / 8 * (0.5 + kind), 2) end::decimal(18, 2) as amount,
  round((3 + exp(9 * size) / 8 * (0.5 + kind)) * (0.55 + 0.3 * who), 2)::decimal(18, 2) as cost,
  (1 + floor(12 * kind))::double as quantity,
  'P' || lpad(floor(kind * 2000)::int::varchar, 4, '0') as product_id,
  'category ' || floor(kind * 24)::int as category,
  ['field', 'phone', 'web', 'fair', 'shop'][1 + floor(day * who * 5)::int] as channel,
  '{batch}' as batch_id
from draw
"""


@dataclass(frozen=True)
class Step:
    """One batch to write: its kind and the query that gives its rows."""

    kind: str
    query: str


def ledger(folder: Path, lines: int, customers: str = _CUSTOMERS) -> Path:
    """The data directory of a ledger of `lines` generated order lines, made once in `folder`.

    `customers` is the query of the customers, their number as `{customers}`.
    """
    data = folder / f"ledger-{lines}"
    versions = Versions(data / "ledger" / "versions")
    if versions.latest() > BASE_VERSION:  # what came later was taken back
        return data
    shutil.rmtree(data, ignore_errors=True)
    scratch = data / "ledger" / "staging" / "generate"
    scratch.mkdir(parents=True)
    engine = open_embedded("2GB", scratch)
    try:
        for step in _steps(lines, customers):
            write(engine, data / "ledger", versions, step, scratch)
    finally:
        engine.close()
    shutil.rmtree(scratch.parent)
    return data


def _steps(lines: int, people: str) -> list[Step]:
    customers = max(lines // LINES_PER_CUSTOMER, 1)
    orders = max(lines // LINES_PER_ORDER, 1)
    all_orders: dict[str, object] = {"first": 0, "last": orders, "start": FIRST, "days": DAYS}
    found = [Step("customers", people.replace("{customers}", str(customers)))]
    for quarter in range(QUARTERS):
        low, high = quarter / QUARTERS, (quarter + 1) / QUARTERS
        when = f"day >= {low} and day < {high}" if quarter < QUARTERS - 1 else f"day >= {low}"
        found.append(Step("order_lines", _query(customers, when, **all_orders)))
    late: dict[str, object] = {"first": orders, "last": orders + max(orders // LATE_SHARE, 1)}
    late |= {"start": date(2025, 12, 1), "days": 31}
    found.append(Step("order_lines", _query(customers, "true", **late)))
    return found


def _query(customers: int, when: str, **filled: object) -> str:
    return _LINES.format(customers=customers, when=when, batch="{batch}", **filled)


def write(engine: Engine, folder: Path, versions: Versions, step: Step, scratch: Path) -> None:
    """Write a batch as the next version of the ledger in `folder`."""
    head = versions.read(versions.latest())
    snapshot, version = Snapshot(folder, head), head.version + 1
    batch_id = f"b{version}x000000"
    query = step.query.replace("{batch}", batch_id)
    engine.backend.raw_sql(f"create temp table {batch_id} as {query}")
    rows = engine.backend.table(batch_id)
    delta = snapshot.table(step.kind).change(
        engine, Change(rows), snapshot.delta_version(step.kind), batch_id, scratch
    )
    count = int(engine.fetch(rows.aggregate(n=rows.count()))["n"][0].as_py())
    batch = Batch(
        rows=count,
        added=count,
        id=batch_id,
        version=version,
        kind=step.kind,
        source="generated",
        at=datetime.now(UTC),
    )
    if step.kind == "order_lines":
        OrderRollupStore(folder, engine).fold(delta)
    else:
        claim(engine, folder, rows, batch_id, version)
    tables = {**head.tables, step.kind: delta}
    versions.commit(Manifest(version, tables, "load", batch, step=batch_id, at=batch.at))
    engine.drop(rows)


def claim(engine: Engine, folder: Path, rows: ir.Table, batch_id: str, version: int) -> None:
    """Keep what a batch of customers says, so that they stay when another is taken back."""
    blank = {
        name: ibis.null(type_)
        for name, type_ in claims_schema().items()
        if name not in rows.columns
    }
    said = stamped(rows.mutate(**blank), batch_id, version, weak=False, mapped=())
    engine.write_parquet(said, customers_file(folder / "claims", batch_id))
