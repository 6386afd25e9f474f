"""Numbers that come again for another customer and another day: hardly the same order corrected.

Files that count their rows from 1 again each month, or two shops that number alike, would
otherwise replace each other's orders.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kefen.deferred import _, ibis
from kefen.errors import LedgerError
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import Notice
from kefen.ledger.same_numbers import is_shop, marked, who

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.ledger.facts import Kind
    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.options import KnownKeys

_SHOWN = 3
_SEVERAL = 2


@dataclass(frozen=True)
class Strangers:
    """How many known numbers are of other orders, and the rows renamed where both are kept."""

    count: int = 0
    renamed: ir.Table | None = None
    notices: tuple[Notice, ...] = ()


def strangers(
    bench: ImportWorkspace,
    rows: ir.Table,
    existing: ir.Table,
    kind: Kind,
    replaced: ir.Table | None,
    known_keys: KnownKeys,
    same: ir.Table | None = None,
    shops: str | None = None,
) -> Strangers:
    """Which of the keys in `replaced` come with another day and another customer.

    Where several numbers come with a day of another month and another amount, they are other
    orders, too, and so they are where most that the ledger has, at least two, come with another day
    and another amount; `same` are those that it has as they come. So is a number of another shop,
    where `shops`, the heading of the channel, names shops, and anything else differs; and one that
    comes with negative money on another day takes its order back and does not correct it.

    `ask` refuses them, `tell` gives a notice, `replace` takes them for corrections. `new` gives the
    incoming rows of another customer or another day a number of their own, made of the number, the
    customer and the day, so that they are found again; rows of the same customer and day correct
    what is known, and are told.

    Raises:
        LedgerError: `known-keys`.
    """
    day, key = kind.date_column, kind.key[0]
    if replaced is None or day is None or known_keys == "replace":
        return Strangers()
    met = _first(rows.semi_join(replaced, key), key, day).inner_join(
        _first(existing.semi_join(replaced, key), key, day).rename(
            _was_customer="_customer", _was_day="_day", _was_money="_money", _was_shop="_shop"
        ),
        key,
    )
    customer, moved = _["_customer"] != _["_was_customer"], _["_day"] != _["_was_day"]
    elsewhere = _["_shop"] != _["_was_shop"] if is_shop(shops) else ibis.literal(False)
    elsewhere = elsewhere.fill_null(False) & (customer | moved | _other_money())
    if known_keys == "new":
        other = customer | moved | elsewhere
        return _kept(bench, rows, bench.note(met.mutate(_other=other)), key, day)
    back = (_["_money"] < 0) & (_["_was_money"] > 0) & moved
    month = _["_day"].strftime("%Y%m") != _["_was_day"].strftime("%Y%m")
    met = met.mutate(
        _stranger=(customer & moved) | elsewhere | back.fill_null(False), _moved=moved | elsewhere
    )
    met = bench.note(met.mutate(_month=month))
    others = bench.note(met.filter(_["_moved"] & (_["_stranger"] | _other_money())))
    count, known = (
        bench.count(others),
        bench.count(met) + (0 if same is None else bench.count(same)),
    )
    if count < _SEVERAL or 2 * count <= known:
        later = bench.count(others.filter(_["_month"])) >= _SEVERAL
        others = bench.note(others.filter(_["_stranger"] | (_["_month"] if later else False)))
        count = bench.count(others)
    if not count:
        return Strangers()
    data = _told(bench, others, kind, count)
    if known_keys == "ask":
        raise LedgerError("known-keys", **data)
    return Strangers(count, None, (Notice("known-keys", data),))


def moved_to_others(
    bench: ImportWorkspace,
    rows: ir.Table,
    existing: ir.Table,
    kind: Kind,
    replaced: ir.Table | None,
) -> list[Notice]:
    """A notice of known numbers that come with another customer: whose the money was and is."""
    day, key = kind.date_column, kind.key[0]
    if replaced is None or day is None or "amount" not in rows.columns:
        return []
    now, was = (_first(each.semi_join(replaced, key), key, day) for each in (rows, existing))
    was = was.select(key, _was_customer="_customer", _was_money="_money")
    met = bench.note(now.inner_join(was, key).filter(_["_customer"] != _["_was_customer"]))
    count = bench.count(met)
    if not count:
        return []
    sums = bench.one(met.aggregate(now=met["_money"].sum(), was=met["_was_money"].sum()))
    [first] = bench.few(met.order_by(key).limit(1))
    data = {
        "count": count,
        "was": money(cents_of(sums["was"])),
        "money": money(cents_of(sums["now"])),
        "number": first[key],
        "known_customer": first["_was_customer"],
        "customer": first["_customer"],
    }
    return [Notice("known-of-other-customers", data)]


def _first(rows: ir.Table, key: str, day: str) -> ir.Table:
    worth = rows["amount"].sum() if "amount" in rows.columns else ibis.null("decimal(38, 2)")
    shop = rows["channel"].min() if "channel" in rows.columns else ibis.null("string")
    return rows.group_by(key).aggregate(
        _customer=_.customer_id.min(),
        _day=_[day].min(),
        _money=worth.cast("decimal(38, 2)"),
        _shop=shop,
    )


def _other_money() -> Any:
    return (_["_money"] != _["_was_money"]).fill_null(False)


def _kept(bench: ImportWorkspace, rows: ir.Table, met: ir.Table, key: str, day: str) -> Strangers:
    others = met.filter(_["_other"])
    count, corrected = bench.count(others), bench.count(met.filter(~_["_other"]))
    notices = []
    if count:
        notices.append(Notice("known-keys-kept", {"count": count}))
    if corrected:
        notices.append(Notice("known-keys-corrected", {"count": corrected}))
    renamed = bench.keep(_renamed(rows, others, key, day)) if count else None
    return Strangers(0, renamed, tuple(notices))


def _renamed(rows: ir.Table, others: ir.Table, key: str, day: str) -> ir.Table:
    met = rows.left_join(others.select(key, _other=others[key]), key)
    own = marked(met[key], who(met.customer_id, met[day]))
    named = met.mutate(**{key: ibis.ifelse(met["_other"].isnull(), met[key], own)})
    return named.select(rows.columns)


def _shown(worth: Any) -> str:
    return "–" if worth is None else f"{worth:,.2f}"


def _told(bench: ImportWorkspace, others: ir.Table, kind: Kind, count: int) -> dict[str, object]:
    shown = bench.few(others.order_by(kind.key[0]).limit(_SHOWN))
    return {
        "count": count,
        "numbers": [row[kind.key[0]] for row in shown],
        "column": kind.key[0],
        "number": shown[0][kind.key[0]],
        "customer": shown[0]["_customer"],
        "day": str(shown[0]["_day"]),
        "money": _shown(shown[0]["_money"]),
        "known_money": _shown(shown[0]["_was_money"]),
        "known_customer": shown[0]["_was_customer"],
        "known_day": str(shown[0]["_was_day"]),
    }
