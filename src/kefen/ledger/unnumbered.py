"""Rows without a number of their own that the ledger has in other words, or for another amount.

A file that has no order numbers comes again with a column more, or with one row corrected. What
such a row is told by is its customer, its day and its money; salesperson and remark are words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.deferred import _, ibis
from kefen.errors import LedgerError
from kefen.ledger.facts import RETURNED
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import LINE, Notice

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.ledger.aliases import Aliases
    from kefen.ledger.facts import Kind
    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.options import KnownKeys

CODE = "rows-of-known-days"
_KINDS = ("orders", "returns", "payments")
OWN = "~"
"""What ids begin with that were derived."""
_WHO = ["_customer", "_day"]
WHAT = [*_WHO, "amount", "_back"]
"""What a row is told by where it has no number."""


def known_rows(
    bench: ImportWorkspace,
    rows: ir.Table,
    existing: ir.Table,
    kind: Kind,
    aliases: Aliases,
    known_keys: KnownKeys,
) -> tuple[ir.Table, list[Notice]]:
    """Rows with derived ids, each under the id of the known row that it is, and what is told.

    Rows of the same customer, day and money are the same, the first as the first. Others of a
    customer and day of which the ledger has rows that the file does not hold may be corrections
    or further ones: `ask` refuses them, `tell` gives a notice, `replace` takes them for
    corrections. So it is with equal rows of another channel, and with those that the ledger has
    under a number. `new` leaves all rows as they are.

    Raises:
        LedgerError: `rows-of-known-days`.
    """
    key, day = kind.key[0], kind.date_column
    if kind.name not in _KINDS or day is None or known_keys == "new":
        return rows, []
    fresh = rows.filter(rows[key].startswith(OWN)).anti_join(existing, key)
    mine = bench.note(sight(fresh, key, day, aliases))
    if not bench.count(mine):
        return rows, []
    others = existing.anti_join(rows, key)
    theirs = bench.note(sight(others, key, day, aliases).semi_join(mine, _WHO))
    equal = bench.note(pairs(mine, theirs, WHAT))
    sure = bench.note(equal.filter(~equal["_doubtful"]))
    mine = bench.note(mine.anti_join(sure, "_line"))
    theirs = bench.note(theirs.anti_join(sure.select(_key="_known"), "_key"))
    derived = theirs.filter(_["_key"].startswith(OWN))
    doubted = bench.note(equal.filter(_["_doubtful"]))
    theirs = bench.note(
        derived.union(theirs.semi_join(doubted.select(_key="_known"), "_key"), distinct=True)
    )
    mine = bench.note(mine.semi_join(theirs, _WHO))
    notices = []
    if count := bench.count(sure):
        total = money(cents_of(bench.one(sure.aggregate(m=_.amount.sum()))["m"]))
        notices.append(Notice("rows-known-again", {"rows": count, "money": total}))
    if bench.count(mine):
        if known_keys == "replace":
            rest = mine.anti_join(doubted, "_line")
            left = theirs.anti_join(doubted.select(_key="_known"), "_key")
            sure = sure.union(doubted).union(pairs(rest, left, _WHO))
        else:
            data = _told(bench, mine, theirs)
            if known_keys == "ask":
                raise LedgerError(CODE, **data)
            notices.append(Notice(CODE, data))
    ids = bench.note(sure.select("_line", "_known"))
    if not bench.count(ids):
        return rows, notices
    met = rows.left_join(ids, rows[LINE] == ids["_line"])
    named = met.mutate(**{key: ibis.coalesce(met["_known"], met[key])})
    return bench.keep(named.select(rows.columns)), notices


def sight(rows: ir.Table, key: str, day: str, aliases: Aliases) -> ir.Table:
    """What a row is told by: its customer, day, money, channel, and whether it is a return."""
    seen = aliases.applied(rows)
    return seen.select(
        _line=seen[LINE] if LINE in seen.columns else ibis.null("int64"),
        _key=seen[key],
        _customer=seen.customer_id,
        _day=seen[day],
        amount=seen.amount,
        _channel=seen.channel if "channel" in seen.columns else ibis.null("string"),
        _back=seen[key].contains(RETURNED),
    )


def pairs(mine: ir.Table, theirs: ir.Table, by: list[str]) -> ir.Table:
    """Each row of the file with the known one of the same `by`, the first with the first."""
    numbered = ibis.row_number().over(
        ibis.window(group_by=by, order_by=["amount", "_channel", "_line"])
    )
    known = ibis.row_number().over(
        ibis.window(group_by=by, order_by=["amount", "_channel", "_key"])
    )
    ours = mine.mutate(_nth=numbered)
    known_ones = theirs.mutate(_nth=known).rename(_known="_key", _their="_channel")
    met = ours.inner_join(known_ones.select("_known", "_their", "_nth", *by), [*by, "_nth"])
    other = (met["_channel"] != met["_their"]).fill_null(False)
    return met.select(
        "_line",
        "_known",
        "amount",
        _doubtful=other | ~met["_known"].startswith(OWN),
    )


def _told(bench: ImportWorkspace, mine: ir.Table, theirs: ir.Table) -> dict[str, Any]:
    first = bench.one(mine.order_by("_line").limit(1))
    there = theirs.filter(
        (theirs["_customer"] == first["_customer"]) & (theirs["_day"] == first["_day"])
    )
    known = bench.one(there.order_by("_key").limit(1))
    sums = [
        bench.one(side.aggregate(n=side.count(), m=side.amount.sum())) for side in (mine, theirs)
    ]
    return {
        "rows": int(sums[0]["n"]),
        "money": money(cents_of(sums[0]["m"])),
        "known": int(sums[1]["n"]),
        "known_money": money(cents_of(sums[1]["m"])),
        "customer": first["_customer"],
        "day": str(first["_day"]),
        "one": money(cents_of(first["amount"])),
        "was": money(cents_of(known["amount"])),
    }
