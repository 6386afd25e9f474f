"""The feed of changes at a million customers and classes: what a page costs, and whether a reader
beside writers ends with the same.

    python -m benchmarks.feed [CUSTOMERS]

On a database of its own, whose rows are made there, in transactions of 10,000. The database itself
tells what the query of a page takes (`EXPLAIN ANALYZE`). Then a reader of each kind takes all pages
while four writers change, remove and add; what it has at the end is compared with the tables.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from benchmarks.changes import run
from benchmarks.embedded_site import site_in

if TYPE_CHECKING:
    from kefen_crm.integrations.feed import Source

PAGE = 500
CHUNK = 10_000
WRITERS, WRITES = 4, 60
TABLES = ("customers_customer", "grading_customerclass")
EMPTY = [
    "initials",
    "pinyin",
    "search",
    "phone",
    "email",
    "contact",
    "address",
    "region",
    "province",
    "city",
    "industry",
    "size",
    "customer_type",
    "source_channel",
    "status",
    "note",
    "owner_name",
]
CUSTOMERS = f"""
    INSERT INTO customers_customer (code, name, sales, in_facts, origin, attributes,
        created, updated, {", ".join(EMPTY)})
    SELECT 'C' || lpad(n::text, 8, '0'), 'Customer ' || n, n % 1000, true, 'facts', '{{{{}}}}',
        now(), now(), {", ".join("''" for _ in EMPTY)}
    FROM generate_series({{first}}, {{last}}) AS n
"""
CLASSES = """
    INSERT INTO grading_customerclass (customer_id, scheme_id, class_key, score, detail,
        held_by, pending)
    SELECT id, 1, chr(65 + (id % 3)::int), id % 100, '{{}}', '', 0
    FROM customers_customer WHERE id BETWEEN {first} AND {last} ORDER BY id
"""
WRITTEN = (
    "UPDATE customers_customer SET sales = sales + 1 WHERE id IN ({ids})",
    "UPDATE grading_customerclass SET score = score + 1 WHERE customer_id IN ({ids})",
    """UPDATE grading_customerclass SET class_key = chr(65 + (ascii(class_key) - 64) % 3)
    WHERE customer_id IN ({ids})""",
    "DELETE FROM grading_customerclass WHERE customer_id IN ({ids})",
)
"""What a writer's transactions do, in turn."""


def generate(count: int) -> None:
    """Customers and a class of each, without what the search and the home page need."""
    run(
        "INSERT INTO grading_scheme (name, position, created) VALUES ('abc', 1, now())",
        """INSERT INTO grading_schemeversion (scheme_id, number, document, class_list, digest,
            reason) VALUES (1, 1, '{}', '[]', '', '')""",
        """INSERT INTO grading_run (engine_id, status, progress, counts, standard, reason, created,
            version_id, shadow, overrides)
        VALUES ('', 'finished', '{}', '[]', '{}', '{}', now(), 1, false, '[]')""",
    )
    for table, rows in zip(TABLES, (CUSTOMERS, CLASSES), strict=True):
        run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for first in range(1, count + 1, CHUNK):
            run(rows.format(first=first, last=min(first + CHUNK - 1, count)))
        run(f"ALTER TABLE {table} ENABLE TRIGGER USER", f"VACUUM ANALYZE {table}")


def explained(source: Source, since: str) -> tuple[float, int]:
    """Milliseconds and blocks that the query of a page takes in the database."""
    from django.db import connection

    from kefen_crm.integrations import feed

    told: list[Any] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "UNION ALL" in sql:
            execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql, params, many, context)
            [[plan]] = context["cursor"].fetchall()
            told.append(plan[0])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        feed.changes(source, since, PAGE)
    [plan] = told
    top = plan["Plan"]
    return plan["Execution Time"], top["Shared Hit Blocks"] + top["Shared Read Blocks"]


def pages(source: Source, count: int) -> None:
    """The first page, one in the middle, the last, and one of nothing new."""
    from kefen_crm.integrations import feed

    start = feed.changes(source, "", 1).end
    [[low, high]] = run(
        f"SELECT min(changed::text::bigint), max(changed::text::bigint) FROM {source.table}"
    )
    for name, at in (
        ("first", None),
        ("middle", (low + high) // 2),
        ("last", high - 1),
        ("nothing new", high),
    ):
        place = "" if at is None else replace(start, changed=at, rank=feed.ROW, id=2**61).written()
        took = [explained(source, place) for _ in range(5)]
        median = statistics.median(milliseconds for milliseconds, _ in took)
        print(
            f"{source.kind}, {count:,}: {name} page {median:.1f} ms, {took[-1][1]} blocks",
            flush=True,
        )


def follow(
    source: Source, columns: str, since: str, seen: dict[int, Any], times: list[float]
) -> str:
    """Take every page from a cursor on, and the rows that it names, as the API does."""
    from kefen_crm.integrations import feed

    while True:
        began = time.perf_counter()
        found = feed.changes(source, since, PAGE)
        ids = ", ".join(map(str, found.rows)) or "NULL"
        rows = run(f"SELECT id, {columns} FROM {source.table} WHERE id IN ({ids})")
        times.append(time.perf_counter() - began)
        for code, _scheme in found.deleted:
            seen.pop(GONE[source.kind](code), None)
        seen |= {key: told for key, *told in rows}
        since = found.end.written()
        if not found.more:
            return since


GONE: dict[str, Any] = {
    "customers": lambda code: int(code[1:]),
    "classes": lambda code: int(code[1:]),
}
"""The id of what is known by a code, as these rows were made."""


def write(number: int, count: int) -> None:
    """Transactions that change here and there; classes that were removed come again."""
    from django.db import connection, transaction

    for turn in range(WRITES):
        first = (turn * WRITERS + number) * 97 % (count - 200) + 1
        ids = ", ".join(str(first + step) for step in range(0, 200, WRITERS))
        with transaction.atomic():
            run(WRITTEN[turn % len(WRITTEN)].format(ids=ids))
            time.sleep(0.01 * number)
    connection.close()


def beside(source: Source, columns: str, count: int) -> None:
    """Read everything while others write; compare in the end."""
    seen: dict[int, Any] = {}
    times: list[float] = []
    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write, number, count) for number in range(WRITERS)]
        since = follow(source, columns, "", seen, times)
        for writer in writers:
            writer.result()
    beside_writers = len(times)
    follow(source, columns, since, seen, times)
    held = {key: told for key, *told in run(f"SELECT id, {columns} FROM {source.table}")}
    wrong = sum(seen.get(key) != told for key, told in held.items())
    wrong += len(seen.keys() - held.keys())
    median, worst = statistics.median(times) * 1000, max(times) * 1000
    print(
        f"{source.kind}: {beside_writers} pages of {PAGE} beside {WRITERS} writers, "
        f"{len(times) - beside_writers} after, median {median:.0f} ms, worst {worst:.0f} ms; "
        f"{len(held):,} rows, {wrong} of them other than in the database",
        flush=True,
    )


def measure(count: int) -> None:
    """All of it."""
    from django.core.management import call_command

    from kefen_crm.integrations import feed

    call_command("migrate", verbosity=0)
    run("DROP SCHEMA IF EXISTS bi CASCADE")
    began = time.perf_counter()
    generate(count)
    print(f"{count:,} customers and classes in {time.perf_counter() - began:.0f} s", flush=True)
    for source in (feed.CUSTOMERS, feed.CLASSES):
        pages(source, count)
    beside(feed.CUSTOMERS, "sales", count)
    beside(feed.CLASSES, "class_key, score", count)


def main(count: int = 1_000_000) -> None:
    with tempfile.TemporaryDirectory(prefix="kefen-feed-") as folder, site_in(folder, keep=False):
        measure(count)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
