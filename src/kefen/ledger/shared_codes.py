"""Customer codes that one file gives to several names: one customer, or several by mistake.

Orders of different people under one code would be those of one customer, so an import asks. A
name that only says more (丙公司, 丙公司（北京）) is the same.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.deferred import _, ibis
from kefen.errors import LedgerError
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE, Notice

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.options import SharedCodes

CODE = "codes-of-several-names"
_SHOWN = 3
_MOST = 10_000
"""Codes that are looked at; in a file with more the column is no code of customers."""
_NO_LETTER = re.compile(r"[\W_]+")


def settle(
    bench: ImportWorkspace, rows: ir.Table, shared: SharedCodes
) -> tuple[ir.Table, list[Notice]]:
    """The rows with a customer for each code, or for each name of a code.

    `ask` refuses codes of several names, `tell` gives a notice, `one` takes each for one customer,
    and `apart` gives the customers of the later names a code with their name.

    Raises:
        LedgerError: `codes-of-several-names`.
    """
    if CUSTOMER_NAME not in rows.columns or "customer_id" not in rows.columns:
        return rows, []
    named = rows.filter(rows.customer_id.notnull() & rows[CUSTOMER_NAME].notnull())
    amount = named.amount.sum() if "amount" in rows.columns else ibis.null("decimal(38, 2)")
    several = named.group_by("customer_id").having(_[CUSTOMER_NAME].nunique() > 1)
    codes = several.aggregate(_names=_[CUSTOMER_NAME].nunique()).select("customer_id")
    by_name = (
        named.semi_join(codes, "customer_id")
        .group_by("customer_id", CUSTOMER_NAME)
        .aggregate(_line=_[LINE].min(), _money=amount)
        .order_by("_line")
        .limit(_MOST)
    )
    clashes = _clashes(bench.few(by_name))
    if not clashes:
        return rows, []
    if shared == "apart":
        return bench.keep(_apart(rows, clashes)), [Notice("codes-parted", _told(clashes))]
    if shared == "ask":
        raise LedgerError(CODE, **_told(clashes))
    told = Notice(CODE if shared == "tell" else "codes-of-one-customer", _told(clashes))
    return rows, [told]


def known_otherwise(bench: ImportWorkspace, claims: ir.Table, known: ir.Table) -> list[Notice]:
    """A notice of codes that come with another name than the ledger has for them."""
    if "name" not in claims.columns:
        return []
    told = claims.filter(claims.name.notnull()).select("customer_id", _said="name")
    met = told.inner_join(known.select("customer_id", "name"), "customer_id")
    met = met.filter((met.name != met["_said"]) & (met.name != met.customer_id))
    rows = bench.few(met.distinct().order_by("customer_id").limit(_MOST))
    found = [row for row in rows if not alike(row["name"], row["_said"])]
    if not found:
        return []
    examples = [f"{row['customer_id']}: {row['name']} / {row['_said']}" for row in found[:_SHOWN]]
    count = len({row["customer_id"] for row in found})
    return [Notice("code-known-by-another-name", {"count": count, "examples": examples})]


def _clashes(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The names of each code that cannot all be names of one customer, the earliest first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["customer_id"], []).append(row)
    return {
        code: names
        for code, names in found.items()
        if any(not alike(names[0][CUSTOMER_NAME], one[CUSTOMER_NAME]) for one in names[1:])
    }


def alike(name: str, other: str) -> bool:
    """Whether two names may be those of one customer: one holds the other.

    >>> alike("丙公司", "丙公司（北京）"), alike("ACME Ltd.", "acme"), alike("甲公司", "乙公司")
    (True, True, False)
    """
    first, second = sorted((_plain(name), _plain(other)), key=len)
    return not first or first in second


def _plain(name: str) -> str:
    return _NO_LETTER.sub("", unicodedata.normalize("NFKC", name[:200]).casefold())


def _told(clashes: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    pairs = list(clashes.items())[:_SHOWN]
    sums = [row["_money"] for names in clashes.values() for row in names]
    return {
        "count": len(clashes),
        "examples": [
            f"{code}: " + " / ".join(row[CUSTOMER_NAME] for row in names[:_SHOWN])
            for code, names in pairs
        ],
        "money": money(sum(map(cents_of, sums))),
    }


def _apart(rows: ir.Table, clashes: dict[str, list[dict[str, Any]]]) -> ir.Table:
    own = [
        {"customer_id": code, CUSTOMER_NAME: (name := row[CUSTOMER_NAME]), "_own": f"{code}-{name}"}
        for code, names in clashes.items()
        for row in names[1:]
        if not alike(names[0][CUSTOMER_NAME], row[CUSTOMER_NAME])
    ]
    met = rows.left_join(ibis.memtable(pl.DataFrame(own)), ["customer_id", CUSTOMER_NAME])
    return met.mutate(customer_id=ibis.coalesce(met["_own"], met.customer_id)).select(rows.columns)
