"""Several rows of one invoice in a file of invoices whose rows name products: its lines.

Their money is added. Money of the whole invoice (发票总额, `Invoice total`) that stands alike on
each of its lines counts once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kefen.deferred import _, ibis
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.column_mapping import columns_known
from kefen.ledger.reading.model import LINE, Notice

if TYPE_CHECKING:
    from collections.abc import Iterable

    import ibis.expr.types as ir

    from kefen.ledger.import_workspace import ImportWorkspace

_KEY = "invoice_id"
_PRODUCT = frozenset(
    ("order_lines", name) for name in ("product_id", "product_name", "specification", "quantity")
)
_WHOLE = re.compile(
    r"(?:发票|票面|开票|整单)\S{0,2}(?:总?金?额|总计|合计)|invoice.*(?:total|amount|value)",
    re.IGNORECASE,
)


def names_products(headings: Iterable[str]) -> bool:
    """Whether any of the headings names what was sold.

    >>> names_products(["存货名称"]), names_products(["备注"])
    (True, False)
    """
    return any(_PRODUCT & set(columns_known(heading)) for heading in headings)


def add_lines(
    bench: ImportWorkspace, rows: ir.Table, heading: str | None
) -> tuple[ir.Table, int, list[Notice]]:
    """One row an invoice; gives the rows, how many were added to another, and what is told.

    Rows of several customers or days under one number stay as they are; `heading` is that of the
    amount.
    """
    lines = rows.group_by(_KEY).having(
        (_.count() > 1) & (_.customer_id.nunique() == 1) & (_.issued_on.nunique() == 1)
    )
    found = bench.note(
        lines.aggregate(
            _rows=_.count(), _sum=_.amount.sum(), _several=_.amount.nunique() > 1,
            _first=_[LINE].min(),
        )
    )  # fmt: skip
    if heading and _WHOLE.search(heading):
        found = bench.note(found.filter(_["_several"]))
    told = bench.one(
        found.aggregate(
            n=found.count(),
            rows=found["_rows"].sum(),
            money=found["_sum"].sum(),
            first=found[_KEY].min(),
        )
    )
    if not told["n"]:
        return rows, 0, []
    met = rows.left_join(found.select(_KEY, "_sum", "_first"), _KEY)
    met = met.filter(met["_first"].isnull() | (met[LINE] == met["_first"]))
    worth = ibis.coalesce(met["_sum"], met.amount).cast("decimal(18, 2)")
    added = bench.keep(met.mutate(amount=worth).select(rows.columns))
    data = {"count": int(told["n"]), "rows": int(told["rows"]), "number": told["first"]}
    data |= {"money": money(cents_of(told["money"]))}
    return added, int(told["rows"]) - int(told["n"]), [Notice("invoice-lines-added", data)]
