"""Measures kept between calls, so that several runs and previews read the facts once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from kefen import collector
from kefen.indicators.refresh import refreshed
from kefen.indicators.request import Request

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from kefen.engines import Engine
    from kefen.indicators.base import VersionedLedger
    from kefen.indicators.compute import Measured, Tick

    Key = tuple[str, int, date]

_KEPT = 2
_MEASURED: WeakKeyDictionary[Engine, dict[Key, Measured]] = WeakKeyDictionary()


@collector.paused()
def measured(
    ledger: VersionedLedger,
    requests: Sequence[Any],
    as_of: date,
    tick: Tick = lambda _done, _total: None,
) -> Measured:
    """What `measure` gives, from an earlier call when that read all these requests need.

    The measures of the last two (ledger, version, date) of an engine are kept; older ones are
    dropped, and with them every table of indicators over them.
    """
    kept = _MEASURED.setdefault(ledger.engine, {})
    key = (str(ledger.path), ledger.version, as_of)
    if key in kept and kept[key].holds(requests):
        kept[key] = kept.pop(key)
        return kept[key]
    if key in kept:
        kept.pop(key).drop()
    once = dict.fromkeys((r.indicator, r.window, getattr(r, "of", None)) for r in requests)
    named = [Request(*one[:2], f"asked_{number}", one[2]) for number, one in enumerate(once)]
    kept[key] = refreshed(ledger, named, as_of, tick)
    for old in list(kept)[:-_KEPT]:
        kept.pop(old).drop()
    return kept[key]
