"""The table `sales`: order lines, and orders that are known without lines, as one.

Some ledgers hold orders, some their lines, some both. Who asks for `sales` need not know which:
each thing that was sold is there once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kefen.deferred import ibis
from kefen.ledger.facts import BATCH_ID, COUNTED, IBIS_TYPES, KINDS, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import ibis.expr.types as ir

    Span = tuple[date, date]

SALES: Final = "sales"
PARTS: Final = ("order_lines", "orders")
"""The kinds of fact it is made of."""
FROM_ORDER: Final = ("channel", "salesperson")
"""What a line takes from its order where it does not say so itself."""

_LINES, _ORDERS = KINDS["order_lines"], KINDS["orders"]
_MORE: Final = tuple(column for column in _ORDERS.stored if not _LINES.has(column.name))

KIND: Final = Kind(
    name=SALES,
    label={"zh": "销售", "en": "Sales"},
    columns=(*_LINES.stored, *_MORE),
    key=_LINES.key,
    date_column="ordered_on",
)
"""Its columns: those of order lines, then what only orders have. An order without lines has no
product, quantity or line number."""

TABLES: Final[dict[str, Kind]] = {**KINDS, SALES: KIND}
"""Every table a ledger can be asked for: the kinds of fact, and `sales`."""


def sales(lines: ir.Table | None, orders: ir.Table | None) -> ir.Table:
    """The columns of `KIND` and `batch_id`, of these lines and those of the orders without lines.

    Either is None where the ledger has none. `counted` is there when the tables have it.
    """
    types = {column.name: IBIS_TYPES[column.type] for column in KIND.stored}
    types[BATCH_ID] = "string"
    given = next((table for table in (lines, orders) if table is not None), None)
    if given is not None and COUNTED in given.columns:
        types[COUNTED] = "boolean"
    parts = []
    if lines is not None:
        parts.append(_shaped(lines if orders is None else _completed(lines, orders), types))
    if orders is not None:
        bare = orders if lines is None else orders.anti_join(lines, "order_id")
        parts.append(_shaped(bare, types))
    if not parts:
        return ibis.memtable([], schema=ibis.schema(types))
    return parts[0] if len(parts) == 1 else parts[0].union(parts[1])


def span_of(sold: Sequence[ir.Table], today: date) -> ir.Table:
    """The first and last days of what is sold, and the last that is not after today."""
    days = ibis.union(*(table.select("ordered_on") for table in sold))
    return days.aggregate(
        first=days.ordered_on.min(),
        last=days.ordered_on.max(),
        past=days.ordered_on.max(where=days.ordered_on <= today),
    )


def span_in(rows: Sequence[Mapping[str, Any]]) -> Span | None:
    """The span that `span_of` gave: to the last day that is not after today, where there is one."""
    [row] = rows
    return None if row["first"] is None else (row["first"], row["past"] or row["last"])


def _completed(lines: ir.Table, orders: ir.Table) -> ir.Table:
    """Lines with what they lack taken from their order."""
    taken = [*FROM_ORDER, *(column.name for column in _MORE)]
    heads = orders.select(head_id="order_id", **{f"head_{name}": orders[name] for name in taken})
    joined = lines.left_join(heads, lines.order_id == heads.head_id)
    filled = {name: joined[f"head_{name}"] for name in taken}
    for name in FROM_ORDER:
        filled[name] = joined[name].coalesce(joined[f"head_{name}"])
    own = [name for name in lines.columns if name not in filled]
    return joined.select(*own, **filled)


def _shaped(table: ir.Table, types: dict[str, str]) -> ir.Table:
    return table.select(
        **{
            name: table[name].cast(type_) if name in table.columns else ibis.null(type_)
            for name, type_ in types.items()
        }
    )
