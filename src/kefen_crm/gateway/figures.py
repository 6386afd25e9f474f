"""One customer's figures now, before the next run writes those of all."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from kefen.indicators import Request
from kefen.indicators.compute import measure
from kefen_crm.gateway.customers import FIGURES, WINDOW
from kefen_crm.gateway.one_customer import reader_of

if TYPE_CHECKING:
    from datetime import date

_NAMES: Final = (*FIGURES, "recency")
_REQUESTS: Final = [Request(name, WINDOW) for name in _NAMES]


def figures(code: str, run: date | None) -> dict[str, Any]:
    """FIGURES, `recency`, `figures_as_of`, as the next run finds them; empty where nothing is sold.

    `run` is the as-of date of the last run. A later sale of anybody moves the date, as it does
    that of the next run.
    """
    with reader_of(code) as reader:
        span = reader.span()
        days = [span[1] + timedelta(days=1)] if span else []
        as_of = max([*days, *([run] if run else [])], default=None)
        if as_of is None:
            return {}
        [rows] = reader.ask(
            ("figures", as_of),
            lambda part: [measure(part, _REQUESTS, as_of, few=True).indicators(_REQUESTS)],
        )
    found = next(iter(rows.to_dicts()), {})
    return {name: found.get(name) for name in _NAMES} | {"figures_as_of": as_of}
