"""Order lines for the benchmark: ten lines a customer on average, three years, heavy-tailed.

Everything follows from DuckDB's `hash`, so the same size gives the same file on any machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

import kefen

if TYPE_CHECKING:
    from pathlib import Path

LINES_PER_CUSTOMER = 10

_SQL = """
copy (
  with draw as (
    select i, i // 3 as number,
      hash(i // 3) / 18446744073709551615.0 as who,
      hash(i // 3 + 77) / 18446744073709551615.0 as day,
      hash(i + 1000003) / 18446744073709551615.0 as size,
      hash(i + 2000003) / 18446744073709551615.0 as kind
    from range({lines}) as t(i)
  )
  select
    'O' || lpad(number::varchar, 9, '0') as order_id,
    (i % 3 + 1)::varchar as line_no,
    'C' || lpad((floor(power(who, 1.7) * {customers}))::bigint::varchar, 8, '0') as customer_id,
    date '2023-01-01' + floor(day * 1096)::int as ordered_on,
    case when size < 0.01 then -round(20 + 900 * kind, 2)
      else round(5 + exp(9 * size) / 8 * (0.5 + kind), 2) end::decimal(18, 2) as amount,
    round((3 + exp(9 * size) / 8 * (0.5 + kind)) * (0.55 + 0.3 * who), 2)::decimal(18, 2) as cost,
    (1 + floor(12 * kind))::double as quantity,
    'P' || lpad(floor(kind * 2000)::int::varchar, 4, '0') as product_id,
    'category ' || floor(kind * 24)::int as category,
    ['field', 'phone', 'web', 'fair', 'shop'][1 + floor(day * who * 5)::int] as channel
  from draw
) to '{path}' (format parquet, row_group_size 250000)
"""


def order_lines(path: Path, lines: int) -> None:
    """Write `lines` order lines as one Parquet file."""
    customers = max(lines // LINES_PER_CUSTOMER, 1)
    duckdb.sql(_SQL.format(lines=lines, customers=customers, path=path))


def ledger(folder: Path, lines: int) -> Path:
    """The data directory of a ledger of `lines` generated order lines, made once in `folder`."""
    data = folder / f"lines-{lines}"
    with kefen.open(data) as opened:
        if opened.version == 0:
            source = folder / f"lines-{lines}.parquet"
            order_lines(source, lines)
            opened.load(source, kind="order_lines")
            source.unlink()
    return data
