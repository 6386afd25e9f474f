"""Lapsed customers (沉睡): they have bought, but not within the window a scheme looks at.

They have no class, as the unrated have none; but much is known of them: when they bought last and
what they were worth.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final

from kefen.deferred import ibis
from kefen.indicators import Request
from kefen.period import Window
from kefen.schemes.rows import number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import ibis.expr.types as ir

    from kefen.schemes.model import Scheme

LAPSED: Final = "~lapsed"
"""What stands for a class where the lapsed are counted; no class can be called so."""
STATE: Final = "class_state"
"""The column that says `rated`, `lapsed` or `unrated`."""
LAST: Final = "last_purchase"
"""The column of the day of the last purchase before the as-of date."""
WORTH: Final = "past_worth"
"""The column of the sales of all time before the as-of date."""

_EVER: Final = Window(None)
_SALES: Final = {"orders", "order_lines", "sales"}


def requests(scheme: Scheme) -> list[Request]:
    """What must be measured to tell the lapsed; nothing where a scheme looks at all of history."""
    if not any(_windowed(request) for request, _least in scheme.demands()):
        return []
    return [Request("last_order_on", _EVER, LAST), Request("sales", _EVER, WORTH)]


def marked(scheme: Scheme, table: ir.Table, as_of: date) -> ir.Table:
    """An assigned table with `class_state`.

    Lapsed is who has no class because of something that rests on sales within a window, and whose
    last purchase was before that window began.
    """
    idle = _idle(scheme, table, as_of) if LAST in table.columns else ibis.literal(False)
    state = ibis.cases(
        (table["class"].notnull(), "rated"), (idle.fill_null(False), "lapsed"), else_="unrated"
    )
    return table.mutate(**{STATE: state})


def key(table: ir.Table) -> ir.Value:
    """The class of each row of a marked table, `LAPSED` for the lapsed, null for the unrated."""
    return ibis.ifelse(table[STATE] == "lapsed", LAPSED, table["class"])


def called(count: Mapping[str, Any]) -> str:
    """What a count of a run is of, in short."""
    return str(count["class"] or f"({count.get('state', 'unrated')})")


def began(scheme: Scheme, last: date, as_of: date) -> date | None:
    """The first day of the shortest window that a last purchase was before."""
    return max((start for start in starts(scheme, as_of) if last < start), default=None)


def starts(scheme: Scheme, as_of: date) -> list[date]:
    """The first day of each window of sales that a class may rest on."""
    found = [_start(request, as_of) for request, _least in scheme.demands()]
    return [start for start in found if start is not None]


def _idle(scheme: Scheme, table: ir.Table, as_of: date) -> Any:
    tests = []
    for request, least in scheme.demands():
        start = _start(request, as_of)
        if start is None or request.column not in table.columns:
            continue
        column = table[request.column]
        value = number(column) if column.type().is_numeric() else column
        lacks = value.isnull() if least is None else (value < least).fill_null(True)
        tests.append(lacks & (table[LAST] < ibis.literal(start)))
    return reduce(or_, tests) if tests else ibis.literal(False)


def _start(request: Request, as_of: date) -> date | None:
    return request.window.start(as_of) if _windowed(request) else None


def _windowed(request: Request) -> bool:
    """Whether it rests on the sales of a window that has a beginning."""
    indicator = request.definition()
    sold = bool(_SALES & set(indicator.needs))
    return sold and indicator.windowed and request.window.length is not None
