"""How the site grows: the table of `benchmarks.site` for companies of several sizes, side by side.

    python -m benchmarks.growth FOLDER [--customers 10000 100000 1000000]

Each company is made once in a folder below FOLDER, named by its size; a link there to one that
exists will do. Told of each page are milliseconds on the clock after a change and as it is, best of
some turns, and of the last tenfold how many times longer it takes: 1 does not grow, 10 grows as the
customers do. Then megabytes of the database's largest tables with their indexes, and of the ledger.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.site import TURNS, manager, measure, pages
from benchmarks.site_company import site

TABLES = 6
"""So many tables are told, the largest first."""
MIB = 1 << 20


def measured(folder: Path, customers: int) -> dict[str, Any]:
    """What is told of one company: `pages`, `tables` and `ledger`."""
    from django.db import connection

    from kefen_crm.platform import stored_figures

    client = manager()
    stored_figures.read_all()
    found: dict[str, list[float]] = {}
    for page in pages(customers):
        # The last page is named by its number, which is another in each company.
        numbered = page.row.removeprefix("list: page ").isdecimal()
        row = "list: a page far on" if numbered else page.row
        times = [measure(client, page, changed=changed)[1] for changed in (True, False)]
        found[row] = [page.whole, *times]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_table_size(oid) / 1048576.0, pg_indexes_size(oid) / 1048576.0"
            " FROM pg_class WHERE relkind = 'r' ORDER BY pg_total_relation_size(oid) DESC LIMIT %s",
            [TABLES],
        )
        tables = {name: [float(own), float(indexes)] for name, own, indexes in cursor.fetchall()}
    ledger = sum(file.stat().st_size for file in (folder / "ledger").rglob("*") if file.is_file())
    return {"pages": found, "tables": tables, "ledger": ledger / MIB}


def of_one(folder: Path, customers: int) -> dict[str, Any]:
    """The same, measured in a process of its own: a process serves one company."""
    command = [sys.executable, "-m", "benchmarks.growth", str(folder), "--one"]
    done = subprocess.run(
        [*command, "--customers", str(customers)], stdout=subprocess.PIPE, check=True
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def table(heading: list[str], rows: list[list[str]]) -> None:
    print("\n| " + " | ".join(heading) + " |")
    print("|---" + "|---:" * (len(heading) - 1) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


def tell(sizes: list[int], found: list[dict[str, Any]]) -> None:
    """The tables as Markdown, as `docs/benchmarks.md` has them."""
    heads = [f"{size:,}" for size in sizes]
    lines = []
    for row, (goal, *_) in found[-1]["pages"].items():
        times = [one["pages"][row][1:] for one in found]
        shown = [f"{changed:.0f}, {again:.0f}" for changed, again in times]
        grown = [late / early for late, early in zip(times[-1], times[-2], strict=True)]
        lines.append([row, f"{goal:.0f}", *shown, ", ".join(f"{one:.1f}" for one in grown)])
    print(f"ms, best of {TURNS}: after a change, as it is")
    table(["", "goal", *heads, "of the last tenfold"], lines)
    sized = []
    for name in found[-1]["tables"]:
        pairs = [one["tables"].get(name, [0.0, 0.0]) for one in found]
        sized.append([f"`{name}`", *(f"{rows:.1f}, {indexes:.1f}" for rows, indexes in pairs)])
    sized.append(["the ledger", *(f"{one['ledger']:.1f}" for one in found)])
    print("\nMiB: rows, indexes")
    table(["", *heads], sized)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--one", action="store_true", help="one company, as JSON")
    asked = parser.parse_args()
    if asked.one:
        with site(asked.folder, asked.customers[0]) as data:
            print(json.dumps(measured(data, asked.customers[0])))
        return
    found = [of_one(asked.folder / str(size), size) for size in asked.customers]
    tell(asked.customers, found)


if __name__ == "__main__":
    main()
