"""Importing a CSV file of order lines against DuckDB's copy of the same file to Parquet.

    python -m benchmarks.imports                            # 1 million lines, clean and messy
    python -m benchmarks.imports --lines 200000 --repeat 5

Both run in processes of their own, turn by turn; each figure is processor time with the start of
the interpreter. In the messy file a tenth of the rows is written otherwise: quoted texts with
commas in them, dates of other shapes, money with signs and thousands, blanks; one row in a thousand
is faulty and one in a hundred stands twice.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

import kefen
from benchmarks.measure import ROOT, USAGE

COLUMNS = "order_id,line_no,customer_id,ordered_on,amount,cost,quantity,product_id,category,channel"
CLEAN = """
select 'O' || lpad((i // 3)::varchar, 9, '0') as order_id, i % 3 + 1 as line_no,
  'C' || lpad((hash(i // 3) % {customers})::varchar, 8, '0') as customer_id,
  (date '2023-01-01' + (hash(i // 3 + 77) % 1096)::int)::varchar as ordered_on,
  round(5 + (hash(i + 1000003) % 1000000) / 137, 2)::decimal(18, 2)::varchar as amount,
  round(3 + (hash(i + 2000003) % 1000000) / 211, 2)::decimal(18, 2)::varchar as cost,
  (1 + hash(i + 3000017) % 12)::varchar as quantity,
  'P' || lpad((hash(i + 4000037) % 2000)::varchar, 4, '0') as product_id,
  'category ' || (hash(i + 4000037) % 24) as category,
  ['field', 'phone', 'web', 'fair', 'shop'][1 + (hash(i // 3 + 5) % 5)::int] as channel
from range({lines}) as t(i)
"""
MESSY = """
with drawn as (select *, hash(order_id || line_no) % 1000 as draw from ({clean}))
select order_id, line_no,
  case draw // 10 when 1 then ' ' || customer_id when 2 then lower(customer_id) || ' '
    else customer_id end as customer_id,
  case draw // 10 when 3 then strftime(ordered_on::date, '%Y年%-m月%-d日')
    when 4 then strftime(ordered_on::date, '%Y/%-m/%-d')
    else case draw when 999 then 'soon' else ordered_on end end as ordered_on,
  case draw // 10 when 5 then '¥' || amount when 6 then format('{{:,.2f}}', amount::double)
    else case draw when 998 then 'free' else amount end end as amount,
  cost, case draw // 10 when 7 then '' else quantity end as quantity, product_id,
  case draw // 10 when 8 then 'tools, small' when 9 then 'the "best"' else category end as category,
  channel
from (select * from drawn union all select * from drawn where draw // 10 = 10)
order by order_id, line_no
"""


def file(folder: Path, name: str, lines: int) -> Path:
    """The file of so many lines, made once in `folder`."""
    path = folder / f"{name}-{lines}.csv"
    if not path.exists():
        query = CLEAN.format(lines=lines, customers=max(lines // 20, 1))
        if name == "messy":
            query = MESSY.format(clean=query)
        duckdb.sql(f"copy ({query}) to '{path}' (header)")
    return path


def main() -> None:
    options = _options()
    options.cache.mkdir(parents=True, exist_ok=True)
    print(f"load {os.getloadavg()[0]:.0f}; processor seconds, medians of {options.repeat}")
    print("| file | Kefen | DuckDB | ratio | peak memory |\n|---|---:|---:|---:|---:|")
    for name in ("clean", "messy"):
        path = file(options.cache, name, options.lines)
        pairs = [(_took("kefen", path), _took("duckdb", path)) for _ in range(options.repeat)]
        ours, theirs = (
            statistics.median(each["cpu"] for each in side) for side in zip(*pairs, strict=True)
        )
        ratio = statistics.median(one["cpu"] / other["cpu"] for one, other in pairs)
        peak = max(one["peak_mib"] for one, _ in pairs)
        print(f"| {path.name} | {ours:.2f} | {theirs:.2f} | {ratio:.1f} | {peak:,.0f} MiB |")


def _took(who: str, path: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="kefen-import-") as scratch:
        usage = Path(scratch) / "usage.json"
        command = [sys.executable, "-m", "benchmarks.imports", "--run", who, str(path), scratch]
        measuring = [sys.executable, "-I", "-S", str(USAGE), str(usage), *command]
        subprocess.run(measuring, check=True, cwd=ROOT)
        return dict(json.loads(usage.read_text()))


def run(who: str, path: Path, scratch: Path) -> None:
    """Import the file, or copy it."""
    if who == "duckdb":
        source = f"read_csv('{path}', ignore_errors = true)"
        duckdb.sql(f"copy (select * from {source}) to '{scratch}/copy.parquet'")
        return
    with kefen.open(scratch / "data") as ledger:
        batch = ledger.load(path, "order_lines")
    print(batch.rows, batch.added, batch.rejected, file=sys.stderr)
    shutil.rmtree(scratch / "data")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports", description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "kefen-import")
    return parser.parse_args()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        main()
