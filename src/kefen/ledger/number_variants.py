"""Numbers of orders that are likely one number, written otherwise by a spreadsheet or a person.

`0001` comes back as `1`, `1001` as `1001.0`, and somebody writes `xs001` for `XS-001` or `#0002`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.deferred import _, ibis
from kefen.errors import LedgerError
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import LINE, Notice

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.ledger.aliases import Aliases
    from kefen.ledger.facts import Kind
    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.options import KnownKeys

CODE = "numbers-written-otherwise"
_KINDS = ("orders", "order_lines", "returns", "invoices", "payments")
_SHOWN = 3


def one_number(
    bench: ImportWorkspace,
    rows: ir.Table,
    existing: ir.Table,
    kind: Kind,
    aliases: Aliases,
    known_keys: KnownKeys,
) -> tuple[ir.Table, list[Notice]]:
    """Rows whose numbers are told apart by case, zeros and signs only, and what is said of them.

    Where the customer and the day are the same, too, `ask` refuses the file, and `replace` takes
    the number that is known, or stands first, for all. `new` leaves all as they are.

    Raises:
        LedgerError: `numbers-written-otherwise`.
    """
    key, day = kind.key[0], kind.date_column
    if kind.name not in _KINDS or day is None or known_keys == "new":
        return rows, []
    numbers = bench.note(_numbers(rows, key))
    fresh = bench.note(numbers.anti_join(existing, numbers["_key"] == existing[key]))
    if not bench.count(fresh):
        return rows, []
    near = existing.semi_join(fresh, _plain(existing[key]) == fresh["_plain"])
    twice = numbers.group_by("_plain").having(_.count() > 1).aggregate(_count=_.count())
    alike = bench.note(twice.select("_plain").union(_numbers(near, key).select("_plain")))
    if not bench.count(alike):
        return rows, []
    several = bench.note(numbers.semi_join(alike, "_plain"))
    mine = bench.note(
        _sight(rows.semi_join(several, rows[key] == several["_key"]), key, day, aliases)
    )
    fresh = bench.note(mine.semi_join(fresh, "_key"))
    theirs = _sight(near, key, day, aliases).mutate(_line=ibis.literal(-1, "int64"))
    every = theirs.union(mine.semi_join(fresh, "_plain").anti_join(theirs, "_key"))
    by_place = {name: every[name].argmin(every["_line"]) for name in ("_key", "_customer", "_day")}
    leads = every.group_by("_plain").having(_["_key"].nunique() > 1).aggregate(**by_place)
    leads = leads.rename(_lead="_key", _whose="_customer", _when="_day")
    met = fresh.inner_join(leads, "_plain")
    same = (met["_customer"] == met["_whose"]) & (met["_day"] == met["_when"])
    pairs = bench.note(met.mutate(_same=same).filter(_["_key"] != _["_lead"]))
    if not bench.count(pairs):
        return rows, []
    asked = bench.note(pairs.filter(_["_same"]))
    if not bench.count(asked):
        return rows, [Notice("numbers-alike", _told(bench, pairs))]
    if known_keys == "replace":
        others = asked.select("_key", "_lead")
        named = rows.left_join(others, rows[key] == others["_key"])
        named = named.mutate(**{key: ibis.coalesce(named["_lead"], named[key])})
        notice = Notice("numbers-taken-for-one", _told(bench, asked))
        return bench.keep(named.select(rows.columns)), [notice]
    data = _told(bench, asked)
    if known_keys == "ask":
        raise LedgerError(CODE, **data)
    return rows, [Notice(CODE, data)]


def _plain(number: Any) -> Any:
    """A number without what a spreadsheet or a person may write otherwise."""
    bare = number.lower().re_replace(r"^[#\s'№]+", "").re_replace(r"\.0+$", "")
    spelled = bare.re_replace(r"[\s\-_/.]+", "")
    return ibis.ifelse(bare.re_search("[a-z]"), spelled, bare).re_replace("^0+", "")


def _numbers(rows: ir.Table, key: str) -> ir.Table:
    """The numbers of rows, each once, with their plain form."""
    numbers = rows.filter(_own(rows[key])).select(_key=rows[key]).distinct()
    return numbers.mutate(_plain=_plain(numbers["_key"]))


def _own(number: Any) -> Any:
    """Where a row has a number of its own, no mark that Kefen made."""
    return number.notnull() & ~number.contains("~")


def _sight(rows: ir.Table, key: str, day: str, aliases: Aliases) -> ir.Table:
    """By number: its plain form, whose it is, of which day, for how much, and its first line."""
    own = rows.filter(_own(rows[key]))
    own = aliases.applied(own)
    line = own[LINE] if LINE in own.columns else ibis.literal(-1, "int64")
    found = own.mutate(_line=line.cast("int64")).group_by(_key=own[key])
    seen = found.aggregate(
        _customer=_.customer_id.min(),
        _day=_[day].min(),
        _money=_.amount.sum().cast("decimal(38, 2)"),
        _line=_["_line"].min(),
    )
    return seen.mutate(_plain=_plain(seen["_key"]))


def _told(bench: ImportWorkspace, pairs: ir.Table) -> dict[str, object]:
    total = bench.one(pairs.aggregate(count=pairs.count(), money=pairs["_money"].sum()))
    shown = bench.stream(pairs.order_by("_line").limit(_SHOWN))
    return {
        "count": int(total["count"]),
        "money": money(cents_of(total["money"])),
        "examples": [f"{row['_lead']} / {row['_key']}" for row in shown],
    }
