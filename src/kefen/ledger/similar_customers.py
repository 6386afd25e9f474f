"""Customers that are likely the same.

Their names or ids differ only by case, width, blanks, points or leading zeros, or one is known by
its name alone and the other has a code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.deferred import _, ibis
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import Notice
from kefen.ledger.tables import as_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir

    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.tables import Change

_SHOWN = 3
_SIGNS = "oil|оаесрхукмтнвіјѕοαερχυκνιτ" + "０１２３４５６７８９"
_LIKE = "0111" + "0aecpxykmthb1js" + "0aepxykv1t" + "0123456789"
"""Letters that look like figures, and Cyrillic and Greek ones that look like Latin ones."""
_COMMON = r"^[ -~\p{Han}（），。、·]*$"
"""Signs that are lower case everywhere or nowhere in the same way."""
_FIGURES = r"^[0-9]+(\.0+)?$"
_LIKENESSES = frozenset({"alike", "zeros", "look"})
_SEPARATORS = r"[\s\.,，。、·・\-_'’()（）]+"


def brought(bench: ImportWorkspace, changes: Mapping[str, Change]) -> ir.Table | None:
    """Ids and names of the customers that an import writes; None where it writes none."""
    change = changes.get("customers")
    if change is None or change.rows is None:
        return None
    return bench.note(as_table(change.rows).select("customer_id", "name"))


def similar(
    bench: ImportWorkspace,
    brought: ir.Table,
    known: ir.Table,
    rows: ir.Table,
    *,
    first: bool = False,
) -> list[Notice]:
    """Notices of customers that an import brings and that look like others, with examples.

    They are written almost alike, are known by name alone and come with a code, or have codes that
    differ by leading zeros or `.0`; `rows` are those of the file, with their money. Where they are
    the `first`, none is known.
    """
    doubts = likenesses(bench.engine.frame(brought)) if first else _LIKENESSES
    return [
        *(alike(bench, brought, known) if "alike" in doubts else ()),
        *(() if first else _now_coded(bench, brought, known)),
        *(_other_zeros(bench, brought, known, rows) if "zeros" in doubts else ()),
        *(_confusable(bench, brought, known) if "look" in doubts else ()),
    ]


def likenesses(customers: pl.DataFrame) -> frozenset[str]:
    """In which ways two of these customers may be similar; none where it is sure that they are not.

    They may be written `alike`, differ by `zeros`, or `look` alike in other signs.

    >>> names = {"customer_id": ["C1", "C2"], "name": ["甲", None]}
    >>> sorted(likenesses(pl.DataFrame(names)))
    []
    >>> sorted(likenesses(pl.DataFrame(names | {"name": ["甲", "c-1"]})))
    ['alike']
    """
    codes = customers["customer_id"]
    said = pl.concat([codes, customers["name"].cast(pl.String)])
    if not said.str.contains(_COMMON).all():
        return _LIKENESSES
    plain = _bare(said)
    told = pl.DataFrame({"code": pl.concat([codes, codes]), "plain": plain})
    told = told.filter(pl.col("plain") != "").unique()
    looks = told.select(pl.col("plain").unique())["plain"]
    figures = codes.filter(codes.str.contains(_FIGURES))
    short = figures.str.replace(r"\.0+$", "").str.replace("^0+", "")
    found = {"alike": told["plain"], "zeros": short, "look": _alike_signs(looks)}
    return frozenset(name for name, texts in found.items() if texts.is_duplicated().any())


def _bare(texts: pl.Series) -> pl.Series:
    """Texts without what makes no difference to people, as `_told` has them."""
    return texts.str.to_lowercase().str.replace_all(_SEPARATORS, "")


def _alike_signs(texts: pl.Series) -> pl.Series:
    """Texts with signs that look alike written alike."""
    signed = texts.str.contains(f"[{_SIGNS}]")
    if not signed.any():
        return texts
    return texts.to_frame("text").select(pl.col("text").str.replace_many([*_SIGNS], [*_LIKE]))[
        "text"
    ]


def alike(bench: ImportWorkspace, brought: ir.Table, known: ir.Table) -> list[Notice]:
    """A notice of customers whose ids or names differ by case, width, blanks or points."""
    new = bench.note(_told(brought))
    everybody = new.union(_told(known).semi_join(new, "_plain"))
    found = (
        everybody.group_by("_plain")
        .having(_.customer_id.min() != _.customer_id.max())
        .aggregate(_one=_["_said"].min(), _other=_["_said"].max())
    )
    twins = bench.note(found.filter(_["_one"] != _["_other"]))
    if not (count := bench.count(twins)):
        return []
    return [_alike(count, bench.few(twins.order_by("_one").limit(_SHOWN)))]


def alike_frame(codes: pl.Series) -> list[Notice]:
    """The same of the first customers, without names, whose `likenesses` say that some are alike.

    >>> alike_frame(pl.Series(["C1", "c-1", "C2"]))[0].data
    {'count': 1, 'examples': ['C1 / c-1']}
    """
    told = pl.DataFrame({"_plain": _bare(codes), "_said": codes}).filter(pl.col("_plain") != "")
    found = told.group_by("_plain").agg(_one=pl.min("_said"), _other=pl.max("_said"))
    twins = found.filter(pl.col("_one") != pl.col("_other")).sort("_one")
    return [_alike(twins.height, twins.head(_SHOWN).to_dicts())] if twins.height else []


def _alike(count: int, shown: Sequence[Mapping[str, Any]]) -> Notice:
    examples = [f"{row['_one']} / {row['_other']}" for row in shown]
    return Notice("customers-alike", {"count": count, "examples": examples})


def _confusable(bench: ImportWorkspace, brought: ir.Table, known: ir.Table) -> list[Notice]:
    """A notice of customers whose ids or names look alike and are written with other signs."""
    new, _plain = bench.note(_looks(brought)), _["_plain"]
    everybody = new.union(_looks(known).semi_join(new, "_look"))
    found = (
        everybody.group_by("_look")
        .having((_.customer_id.min() != _.customer_id.max()) & (_plain.min() != _plain.max()))
        .aggregate(_one=_["_said"].min(), _other=_["_said"].max())
    )
    twins = bench.note(found.filter(_["_one"] != _["_other"]))
    if not (count := bench.count(twins)):
        return []
    shown = bench.few(twins.order_by("_one").limit(_SHOWN))
    examples = [f"{row['_one']} / {row['_other']}" for row in shown]
    return [Notice("customers-look-alike", {"count": count, "examples": examples})]


def _looks(customers: ir.Table) -> ir.Table:
    """Ids and names with signs that look alike written alike."""
    told = _told(customers)
    plain = told["_plain"]
    signed = plain.re_search(f"[{_SIGNS}]")
    return told.mutate(_look=ibis.ifelse(signed, plain.translate(_SIGNS, _LIKE), plain))


def _now_coded(bench: ImportWorkspace, brought: ir.Table, known: ir.Table) -> list[Notice]:
    coded = brought.filter(_.name != _.customer_id).select(_code="customer_id", _said="name")
    named = known.filter(_.name == _.customer_id).select(_said="name")
    found = bench.note(coded.semi_join(named, "_said").distinct())
    if not (count := bench.count(found)):
        return []
    shown = bench.few(found.order_by("_said").limit(_SHOWN))
    examples = [f"{row['_said']} / {row['_code']}" for row in shown]
    return [Notice("customers-now-coded", {"count": count, "examples": examples})]


def _other_zeros(
    bench: ImportWorkspace, brought: ir.Table, known: ir.Table, rows: ir.Table
) -> list[Notice]:
    new, old = _numbers(brought.anti_join(known, "customer_id")), _numbers(known)
    new = bench.note(new)
    shortest = new.group_by("_plain").aggregate(_known=_.customer_id.min())
    everybody = bench.note(old.select("_plain", _known="customer_id").union(shortest))
    met = new.inner_join(everybody, "_plain")
    found = met.filter(_["_known"] != _.customer_id).select("customer_id", "_known").distinct()
    found = bench.note(found)
    if not (count := bench.count(found.select("customer_id").distinct())):
        return []
    shown = bench.few(found.order_by("customer_id").limit(_SHOWN))
    data = {
        "count": count,
        "examples": [f"{row['customer_id']} / {row['_known']}" for row in shown],
    }
    if "amount" not in rows.columns:
        return [Notice("codes-differ-by-zeros", data)]
    theirs = rows.semi_join(found, "customer_id")
    told = bench.one(theirs.aggregate(amount=theirs.amount.sum()))
    data["money"] = money(cents_of(told["amount"]))
    return [Notice("codes-differ-by-zeros-money", data)]


def _numbers(customers: ir.Table) -> ir.Table:
    """Customers whose ids are figures, with their id without leading zeros and `.0`."""
    figures = customers.filter(customers.customer_id.re_search(_FIGURES))
    plain = figures.customer_id.re_replace(r"\.0+$", "").re_replace("^0+", "")
    return figures.select("customer_id", _plain=plain)


def _told(rows: ir.Table) -> ir.Table:
    """Ids and names of customers, as they are and without what makes no difference to people."""
    sides = [
        rows.select("customer_id", _said=rows[name]).filter(_["_said"].notnull())
        for name in ("customer_id", "name")
    ]
    told = ibis.union(*sides)
    return told.mutate(_plain=told["_said"].lower().re_replace(_SEPARATORS, "")).filter(
        _["_plain"] != ""
    )
