"""Numbers that come again for another customer and another day: hardly the same order corrected.

Files that count their rows from 1 again each month, or two shops that number alike, would
otherwise replace each other's orders.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
from ibis import _

from kefen.errors import LedgerError
from kefen.ledger.reading.model import Notice

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.ledger.facts import Kind
    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.options import KnownKeys

_SHOWN = 3


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
) -> Strangers:
    """Which of the keys in `replaced` come with another customer and another day.

    `ask` refuses them, `tell` gives a notice, `replace` takes them for corrections. `new` gives
    the incoming rows of another customer or another day a number of their own, made of the
    number, the customer and the day, so that they are found again; rows of the same customer and
    day correct what is known, and are told.

    Raises:
        LedgerError: `known-keys`.
    """
    day, key = kind.date_column, kind.key[0]
    if replaced is None or day is None or known_keys == "replace":
        return Strangers()
    met = _first(rows.semi_join(replaced, key), key, day).inner_join(
        _first(existing.semi_join(replaced, key), key, day).rename(
            _was_customer="_customer", _was_day="_day"
        ),
        key,
    )
    customer, moved = _["_customer"] != _["_was_customer"], _["_day"] != _["_was_day"]
    if known_keys == "new":
        return _kept(bench, rows, bench.note(met.mutate(_other=customer | moved)), key, day)
    others = bench.note(met.filter(customer & moved))
    if not (count := bench.count(others)):
        return Strangers()
    data = _told(others, kind, count)
    if known_keys == "ask":
        raise LedgerError("known-keys", **data)
    return Strangers(count, None, (Notice("known-keys", data),))


def _first(rows: ir.Table, key: str, day: str) -> ir.Table:
    return rows.group_by(key).aggregate(_customer=_.customer_id.min(), _day=_[day].min())


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
    marked = rows.left_join(others.select(key, _other=others[key]), key)
    who = marked.customer_id + "\x1f" + marked[day].cast("string")
    own = marked[key] + "~" + who.hexdigest("md5").substr(0, 8)
    named = marked.mutate(**{key: ibis.ifelse(marked["_other"].isnull(), marked[key], own)})
    return named.select(rows.columns)


def _told(others: ir.Table, kind: Kind, count: int) -> dict[str, object]:
    shown = others.order_by(kind.key[0]).limit(_SHOWN).to_pyarrow().to_pylist()
    return {
        "count": count,
        "numbers": [row[kind.key[0]] for row in shown],
        "column": kind.key[0],
        "number": shown[0][kind.key[0]],
        "customer": shown[0]["_customer"],
        "day": str(shown[0]["_day"]),
        "known_customer": shown[0]["_was_customer"],
        "known_day": str(shown[0]["_was_day"]),
    }
