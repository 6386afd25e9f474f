"""What keeping people's edits costs: customers brought up to the ledger with and without it.

    python -m benchmarks.synchronise [CUSTOMERS] [EDITS] [ROUNDS]

Both ways run in turn on one database of its own: a first import, then days on which every
customer's figures move. Told are seconds of the processor, which other programs do not change.
Without edits is the plain upsert that overwrites and deletes.
"""

# ruff: noqa: SLF001  # measures the parts of the real thing

from __future__ import annotations

import statistics
import sys
import tempfile
from datetime import date
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import polars as pl

from benchmarks.embedded_site import site_in
from benchmarks.work import processor_seconds

if TYPE_CHECKING:
    from collections.abc import Callable


def customers(count: int, day: int) -> pl.DataFrame:
    """So many customers with figures of a day."""
    from kefen_crm.gateway import customers as engine

    number = pl.int_range(count, eager=True)
    text = pl.lit("", pl.String)
    return (
        pl.DataFrame({"number": number})
        .select(
            code=pl.format("C{}", pl.col("number").cast(pl.String).str.zfill(8)),
            **dict.fromkeys(engine.TEXTS, text),
            **dict.fromkeys(engine.DATES, pl.lit(None, pl.Date)),
            credit_limit=pl.lit(None, pl.Decimal(18, 2)),
            credit_days=pl.lit(None, pl.Int32),
            attributes=pl.lit("{}"),
            sales=(pl.col("number") * 7 % 100_000).cast(pl.Decimal(18, 2)),
            profit=(pl.col("number") * 3 % 10_000).cast(pl.Decimal(18, 2)),
            orders=(pl.col("number") % 50).cast(pl.Int32),
            first_order_on=pl.lit(date(2025, 1, 1)),
            last_order_on=pl.lit(date(2025, 1, 1)) + pl.duration(days=pl.col("number") % 300 + day),
        )
        .with_columns(
            name=pl.format("Customer {}", pl.col("code")),
            phone=pl.format("021-{}", pl.col("code").str.slice(1)),
            region=pl.lit("East"),
            industry=pl.lit("Machines"),
        )
    )


def overwriting(frame: pl.DataFrame) -> None:
    """The plain upsert."""
    from django.db import connection, transaction

    from kefen_crm.customers.actions import synchronising as now
    from kefen_crm.customers.transcription import Transcriber
    from kefen_crm.platform.bulk import into_temporary

    columns = now._COPIED
    every = ", ".join(columns)
    before, after = (", ".join(f"{row}.{c}" for c in columns) for row in ("current", "EXCLUDED"))
    taken = ", ".join(f"{c} = EXCLUDED.{c}" for c in columns)
    upsert = f"""
        INSERT INTO customers_customer AS current
            (code, owner_id, {every}, origin, in_facts, created, updated)
        SELECT code, owner_id, {every}, 'facts', true, now(), now()
        FROM incoming_customer ORDER BY code
        ON CONFLICT (code) DO UPDATE SET {taken}, updated = now(), owner_id = CASE
            WHEN current.owner_id IS NULL OR current.owner_name <> EXCLUDED.owner_name
            THEN EXCLUDED.owner_id ELSE current.owner_id END
        WHERE ({before}, current.owner_id) IS DISTINCT FROM ({after},
            COALESCE(current.owner_id, EXCLUDED.owner_id))
    """
    gone = """DELETE FROM customers_customer AS current WHERE NOT EXISTS (
        SELECT FROM incoming_customer AS incoming WHERE incoming.code = current.code)"""
    with transaction.atomic():
        ready = now._searchable(
            now._owned(now._fitting(frame, (), date(2026, 1, 1))), Transcriber()
        )
        into_temporary("incoming_customer", now._INCOMING, ready)
        with connection.cursor() as cursor:
            cursor.execute(upsert)
            cursor.execute(gone)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer")


def keeping(frame: pl.DataFrame) -> None:
    """As the site does it."""
    from kefen_crm.customers.actions import synchronise
    from kefen_crm.gateway import customers as engine

    ledger: Any = SimpleNamespace(version=next(VERSIONS), step=str)
    engine.read = lambda *_asked: iter([frame])
    engine.changed_since = lambda *_asked: None
    synchronise(ledger, date(2026, 1, 1))


VERSIONS = count()
WAYS = {"overwriting": overwriting, "keeping": keeping}


def measure(count: int, edits: int, rounds: int) -> None:
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    taken: dict[tuple[str, str], list[float]] = {}
    for _turn in range(rounds):
        for way, bring in WAYS.items():
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE customers_customer CASCADE")
            _timed(taken, ("first import", way), bring, customers(count, 0))
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO customers_fieldedit (customer_id, field, value, base, at)
            SELECT id, 'phone', '010-1', phone, now() FROM customers_customer
            ORDER BY code LIMIT %s""",
            [edits],
        )
    for day in range(1, rounds + 1):
        ways = list(WAYS.items())  # each goes first as often, as the table grows
        for place, (way, bring) in enumerate(ways if day % 2 else reversed(ways)):
            _timed(taken, ("every figure moves", way), bring, customers(count, 2 * day + place))
    for what in ("first import", "every figure moves"):
        old, new = (statistics.median(taken[what, way]) for way in WAYS)
        print(f"{what}: overwriting {old:.1f} s, keeping {new:.1f} s, ratio {new / old:.2f}")


def _timed(
    taken: dict[tuple[str, str], list[float]],
    what: tuple[str, str],
    bring: Callable[[pl.DataFrame], None],
    frame: pl.DataFrame,
) -> None:
    """Add the processor seconds of this process and of its part of the database's server."""
    began = processor_seconds()
    bring(frame)
    taken.setdefault(what, []).append(processor_seconds() - began)
    print(*what, f"{taken[what][-1]:.1f} s", flush=True)


def main(count: int = 1_000_000, edits: int = 10_000, rounds: int = 3) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="kefen-synchronise-") as folder,
        site_in(folder, keep=False),
    ):
        measure(count, edits, rounds)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
