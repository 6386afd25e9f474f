"""Fills what a file leaves out: a row's own id, and the customer behind a name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kefen.deferred import _, ibis
from kefen.ledger.aliases import NONE
from kefen.ledger.facts import COUNTED, RETURNED
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.ledger.aliases import Aliases
    from kefen.ledger.facts import Kind
    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.rejections import Rejections

_MARKED = re.compile(rf"{RETURNED}\d{{8}}$")
DERIVED = ("orders", "returns", "payments", "contacts", "interactions", "feedback")
"""Kinds whose own id may be left out."""


def number_as_given(number: str | None) -> str | None:
    """A row's own number as people know it; None for one that was derived.

    >>> number_as_given("TH10-01~R20261020"), number_as_given("~0a86874f974920458a0d")
    ('TH10-01', None)
    """
    if not number or number.startswith("~"):
        return None
    return _MARKED.sub("", number)


def bare(number: Any) -> Any:
    """Where a row has no number of its own: nothing, or only the mark of a return."""
    return number.isnull() | number.startswith(RETURNED)


def derive_ids(rows: ir.Table, kind: Kind) -> ir.Table:
    """Give rows without an own id one: a digest of their content and, from the second equal row
    of the file on, its number. The same rows have the same ids in every file, on every engine,
    also when their status has changed. A return without a number keeps its mark.
    """
    key = kind.key[0]
    text = ibis.literal("")
    for name in sorted(rows.columns):
        if name not in (key, LINE, "status", COUNTED):
            told = ibis.literal(f"{name}=") + rows[name].cast("string") + "\x1f"
            text = text + told.fill_null("")
    digest = text.hexdigest("md5").substr(0, 20)
    marked = rows.mutate(_digest=digest, _bare=bare(rows[key]))
    nth = ibis.row_number().over(ibis.window(group_by=["_bare", "_digest"], order_by=LINE))
    marked = marked.mutate(_nth=nth)
    own = ibis.literal("~") + marked["_digest"]
    numbered = ibis.ifelse(
        marked["_nth"] == 0, own, own + "-" + (marked["_nth"] + 1).cast("string")
    )
    derived = numbered + marked[key].fill_null("")
    return marked.mutate(**{key: ibis.ifelse(marked["_bare"], derived, marked[key])}).drop(
        "_digest", "_bare", "_nth"
    )


def found_again(
    bench: ImportWorkspace, rows: ir.Table, kind: Kind, aliases: Aliases, existing: ir.Table
) -> ir.Table:
    """Rows of `derive_ids`, each under the id that the ledger has for it under another code.

    So rows without a number that came by the old code of a merged customer, and come by the new
    one now or the other way round, are the rows of before.
    """
    key, codes = kind.key[0], ibis.memtable(aliases.other_codes().to_arrow())
    derived = rows.filter(rows[key].startswith("~"))
    asked = derived.anti_join(existing, key)
    theirs = asked.join(codes, asked.customer_id == codes["_code"])
    marks = theirs[key].re_extract(rf"({RETURNED}\d{{8}})$", 1)
    theirs = theirs.mutate(customer_id=_["_other"], **{key: marks.nullif("")})
    others = derive_ids(theirs.select(rows.columns), kind).select(_known=key, _line=LINE)
    others = others.semi_join(existing, others["_known"] == existing[key])
    known = bench.note(others.group_by("_line").aggregate(_known=_["_known"].min()))
    if not bench.count(known):
        return rows
    met = rows.left_join(known, rows[LINE] == known["_line"])
    return met.mutate(**{key: ibis.coalesce(met["_known"], met[key])}).select(rows.columns)


def prefixed(rows: ir.Table, kind: Kind, prefix: str) -> ir.Table:
    """Rows whose own number, and the documents they name, start with `prefix` and a hyphen."""
    names = [name for name in ("order_id", "invoice_id", kind.key[0]) if name in rows.columns]
    if kind.name in ("customers", "contacts"):
        return rows
    own = ibis.literal(f"{prefix}-")
    return rows.mutate(**{n: ibis.ifelse(bare(rows[n]), rows[n], own + rows[n]) for n in names})


def resolve_names(
    bench: ImportWorkspace,
    rows: ir.Table,
    kind: Kind,
    customers: ir.Table,
    rejected: Rejections,
    aliases: Aliases = NONE,
) -> tuple[ir.Table, int]:
    """Find the customer of rows that give a name only; gives the rows and how many it rejected.

    A name means the one customer called so, in the ledger or elsewhere in the file. Unknown
    names become customers whose id is the name. A name of several customers is refused, unless
    all but one of them are merely named by it (their id is the name). Customers that were merged
    are one.
    """
    said = "name" if kind.name == "customers" else CUSTOMER_NAME
    known = customers.filter(_.name.notnull()).select(name=_.name, customer_id=_.customer_id)
    told = rows.filter(_[said].notnull() & _.customer_id.notnull())
    known = known.union(told.select(name=_[said], customer_id=_.customer_id))
    known = aliases.applied(known).distinct()
    wanted = rows.filter(_.customer_id.isnull() & _[said].notnull())
    known = known.semi_join(wanted.select(name=_[said]).distinct(), "name")
    proper = _.customer_id != _.name
    names = bench.note(
        known.group_by("name").aggregate(
            _all=_.customer_id.nunique(),
            _proper=_.customer_id.nunique(where=proper),
            _id=ibis.coalesce(_.customer_id.min(where=proper), _.customer_id.min()),
            _last=ibis.coalesce(_.customer_id.max(where=proper), _.customer_id.max()),
        )
    )
    asked = ibis.ifelse(_.customer_id.isnull(), _[said], ibis.null("string"))
    found = rows.mutate(_asked=asked).left_join(names.rename(_asked="name"), "_asked")
    doubtful = (_["_proper"] > 1) & _.customer_id.isnull()
    count = 0
    if bench.count(names.filter(_["_proper"] > 1)):
        refused = bench.stream(found.filter(doubtful))
        count = rejected.refuse(refused, said, "ambiguous-customer", _candidates)
        found = found.filter(~doubtful.fill_null(False))
    settled = ibis.coalesce(_.customer_id, _["_id"], _[said])
    return found.mutate(customer_id=settled).select(rows.columns), count


def _candidates(row: dict[str, Any]) -> dict[str, Any]:
    return {"customers": [row["_id"], row["_last"]], "count": row["_all"]}
