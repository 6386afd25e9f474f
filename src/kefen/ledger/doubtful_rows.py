"""Rows that land and may not be what they look like: sales to nobody in particular, orders beside
their own parts, sales below zero, numbers of credit notes, and scores on another scale. Each is
told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.deferred import _, ibis
from kefen.ledger import document_types
from kefen.ledger.facts import COUNTED, RETURNED, SALES
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import Notice
from kefen.ledger.unnumbered import OWN

if TYPE_CHECKING:
    from collections.abc import Collection

    import ibis.expr.types as ir
    import polars as pl

    from kefen.ledger.facts import Kind
    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.number_proof import NumberProof
    from kefen.ledger.staging import Staged

_NOBODY = r"^(散客|零散客户|零售客户|零售散客|现金客户|现销客户|门店散客|匿名|匿名客户|匿名用户|未知|未知客户|路人|非会员|其他客户|walk-?\s?in(\s?customers?)?|cash(\s?customers?|\s?sales?)?|counter\s?(sales?|customers?)|guests?|guest\s?customer|unknown(\s?customer)?|anonymous|general\s?customer|misc(ellaneous)?(\s?customers?)?|pos\s?customer|default\s?customer|laufkundschaft|barverkauf)$"  # noqa: E501
_ZERO = "^0+$"
_LETTERS = r"^([A-Za-z]{2,6})[-_#/. ]?\d"
_PRODUCT = frozenset({"product_id", "product_name"})
_SEVERAL = 2
_SCALES = ((1, 100), (5, 20), (10, 10))
"""The most that a scale of scores may have, and what makes a hundred of it."""


def to_hundred(
    bench: ImportWorkspace, rows: ir.Table, staged: Staged
) -> tuple[ir.Table, list[Notice]]:
    """Scores of a file of feedback from 0 to 100, where none is above 1, 5 or 10; and told."""
    if staged.kind.name != "feedback" or staged.declared or "score" not in rows.columns:
        return rows, []
    seen = bench.one(
        rows.aggregate(
            most=rows.score.max(),
            least=rows.score.min(),
            part=(rows.score != rows.score.floor()).any(),
        )
    )
    most = seen["most"]
    if most is None or most <= 0 or seen["least"] < 0:
        return rows, []
    scales = (scale for scale in _SCALES if most <= scale[0] and (scale[0] > 1 or seen["part"]))
    scale = next(scales, None)
    if scale is None:
        return rows, []
    data = {"most": scale[0], "factor": scale[1], "highest": f"{most:g}"}
    return bench.keep(rows.mutate(score=rows.score * scale[1])), [Notice("scores-scaled", data)]


def to_nobody(bench: ImportWorkspace, rows: ir.Table, claims: ir.Table) -> list[Notice]:
    """A notice of customers that are nobody in particular, such as 散客 and Walk-in Customer."""
    said = ibis.coalesce(claims.name, claims.customer_id)
    nobody = said.lower().re_search(_NOBODY) | claims.customer_id.re_search(_ZERO)
    named = bench.note(claims.filter(nobody).select("customer_id", "name"))
    if "amount" not in rows.columns or not bench.count(named):
        return []
    theirs = rows.semi_join(named, "customer_id")
    told = bench.one(theirs.aggregate(rows=theirs.count(), money=theirs.amount.sum()))
    shown = named.order_by("customer_id").limit(3).to_pyarrow().to_pylist()
    examples = [row["name"] or row["customer_id"] for row in shown]
    data = {"rows": int(told["rows"]), "money": money(cents_of(told["money"]))}
    return [Notice("sales-to-nobody", data | {"examples": examples})]


def nobody_in_particular(customers: pl.DataFrame) -> pl.Series:
    """Which customers, by name or id, are nobody in particular, as `to_nobody` finds them.

    >>> import polars as pl
    >>> names = {"customer_id": ["C1", "散客", "000"], "name": ["Guest", None, None]}
    >>> nobody_in_particular(pl.DataFrame(names)).to_list()
    [True, True, True]
    """
    ids = customers["customer_id"]
    said = customers["name"].fill_null(ids).str.to_lowercase()
    return said.str.contains(_NOBODY) | ids.str.contains(_ZERO)


def below_zero(bench: ImportWorkspace, rows: ir.Table, kind: Kind) -> list[Notice]:
    """A notice of sales that are negative as a rule, and come to less than nothing: programs write
    so what was spent from a card, and the revenue of an account.
    """
    if kind.name not in SALES or "amount" not in rows.columns:
        return []
    sold = rows.filter(~rows.order_id.contains(RETURNED) & (rows.amount != 0))
    if COUNTED in rows.columns:
        sold = sold.filter(sold[COUNTED].fill_null(True))
    told = bench.one(
        sold.aggregate(
            n=(sold.amount < 0).sum(),
            of=sold.count(),
            money=sold.amount.sum(),
        )
    )  # fmt: skip
    if not told["of"] or told["n"] < _SEVERAL or 2 * told["n"] <= told["of"] or told["money"] >= 0:
        return []
    data = {"rows": int(told["n"]), "of": int(told["of"]), "money": money(cents_of(told["money"]))}
    return [Notice("sales-below-zero", data)]


def credits_by_number(
    bench: ImportWorkspace,
    rows: ir.Table,
    kind: Kind,
    staged: Staged,
    proof: NumberProof | None = None,
) -> list[Notice]:
    """A notice of sales whose numbers begin as those of credit notes do, beside others: CN-7 and
    INV-7, where no column says what the rows are, nor a `proof` that all begin alike.
    """
    if kind.name not in SALES or "amount" not in rows.columns or "entry_type" in staged.mapped:
        return []
    if proof is not None and proof.begin_alike():
        return []
    found = rows.filter((rows.amount > 0) & ~rows.order_id.contains(RETURNED))
    begun = found.group_by(_begins=found.order_id.re_extract(_LETTERS, 1))
    each = bench.few(begun.aggregate(rows=_.count(), money=_.amount.sum(), number=_.order_id.min()))
    if len(each) < _SEVERAL:
        return []
    return [
        Notice(
            "credits-by-number",
            {
                "rows": int(one["rows"]),
                "money": money(cents_of(one["money"])),
                "begins": one["_begins"],
                "number": one["number"],
            },
        )
        for one in sorted(each, key=lambda one: str(one["_begins"]))
        if one["_begins"] and document_types.is_return(one["_begins"])
    ]


def equal_lines(bench: ImportWorkspace, rows: ir.Table, kind: Kind) -> list[Notice]:
    """A notice of orders each of whose lines, of several products, has the same money, where all
    orders of several lines are so: it may be the money of the order, on each of its lines.
    """
    if kind.name != "order_lines" or not {"amount", "product_name"} <= set(rows.columns):
        return []
    priced = rows.unit_price.notnull() if "unit_price" in rows.columns else ibis.literal(False)
    sold = rows.filter((rows.amount > 0) & ~priced)
    orders = sold.group_by("order_id").aggregate(
        n=_.count(), products=_.product_name.nunique(), least=_.amount.min(), most=_.amount.max()
    )
    several = bench.note(orders.filter(_["n"] > 1))
    told = bench.one(
        several.aggregate(
            orders=several.count(),
            alike=((_["least"] == _["most"]) & (_["products"] > 1)).sum().fill_null(0),
            worths=_["most"].nunique(),
            money=(_["most"] * _["n"]).sum(),
            first=_["order_id"].min(),
        )
    )
    if told["alike"] < _SEVERAL or told["alike"] < told["orders"] or told["worths"] < _SEVERAL:
        return []
    data = {"orders": int(told["orders"]), "money": money(cents_of(told["money"]))}
    return [Notice("orders-of-equal-lines", data | {"number": told["first"]})]


def beside_parts(
    bench: ImportWorkspace, rows: ir.Table, kind: Kind, whole: Collection[str] = ()
) -> list[Notice]:
    """A notice of orders beside their parts: 1001, and 1001-1 and 1001-2 that come to it.

    Of lines: one without a product that comes to the lines with one. Every row is known to fill the
    columns `whole`.
    """
    if kind.name == "order_lines":
        return [] if _PRODUCT & {*whole} else _lines_beside_parts(bench, rows)
    if kind.name != "orders" or "amount" not in rows.columns:
        return []
    rows = rows.filter(~rows.order_id.startswith(OWN))
    parts = rows.mutate(_of=rows.order_id.re_extract(r"^(.{2,60})[-_]\d{1,3}$", 1))
    sums = (
        parts.filter(_["_of"].notnull() & (_["_of"] != ""))
        .group_by("_of")
        .aggregate(_sum=_.amount.sum(), _who=_.customer_id.min(), _whose=_.customer_id.max())
    )
    met = rows.inner_join(sums, rows.order_id == sums["_of"])
    same = (met["_sum"] == met.amount) & (met["_who"] == met.customer_id)
    found = bench.note(met.filter(same & (met["_whose"] == met.customer_id)))
    told = bench.one(
        found.aggregate(n=found.count(), money=found.amount.sum(), first=found.order_id.min())
    )
    if not told["n"]:
        return []
    data = {"orders": int(told["n"]), "money": money(cents_of(told["money"]))}
    return [Notice("orders-beside-parts", data | {"number": told["first"]})]


def _lines_beside_parts(bench: ImportWorkspace, rows: ir.Table) -> list[Notice]:
    """A notice of orders one of whose lines names no product and comes to the sum of the others."""
    names = [name for name in ("product_id", "product_name") if name in rows.columns]
    if not names or "amount" not in rows.columns:
        return []
    named = ibis.or_(*(rows[name].notnull() for name in names))
    if not bench.count(rows.filter(~named).limit(1)):
        return []
    parts = rows.filter(named).group_by("order_id").aggregate(_n=_.count(), _sum=_.amount.sum())
    met = rows.filter(~named).inner_join(parts, "order_id")
    found = bench.note(met.filter((met["_n"] > 1) & (met["_sum"] == met.amount)))
    told = bench.one(
        found.aggregate(n=found.count(), money=found.amount.sum(), first=found.order_id.min())
    )
    if not told["n"]:
        return []
    data = {"orders": int(told["n"]), "money": money(cents_of(told["money"]))}
    return [Notice("line-beside-parts", data | {"number": told["first"]})]
