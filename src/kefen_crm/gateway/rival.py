"""Levels of another system: the table that has them, and what they come to beside one's own."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kefen import evaluate, pictures
from kefen.evaluate import rival_levels
from kefen.run import grade, open_run
from kefen_crm.gateway.ledger import opened
from kefen_crm.gateway.proving import pictures_of_backtest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kefen.run import Progress

MOST = rival_levels.MOST


def look(path: Path, customer: str = "", level: str = "") -> dict[str, Any]:
    """The columns of a table, which of them name customers and levels, and the levels.

    Raises:
        RunError: `levels-unreadable`.
    """
    table = rival_levels.read_table(path)
    with opened() as ledger:
        guessed = rival_levels.suggest(ledger, table)
    customer = customer if customer in table.columns else guessed[0]
    level = level if level in table.columns else guessed[1]
    levels = rival_levels.levels_of(table, level)
    return {
        "columns": table.columns,
        "customer": customer,
        "level": level,
        "levels": levels[: MOST + 1],
        "rows": table.height,
        "sample": table.head(3).rows(),
    }


def document(levels: Sequence[str]) -> dict[str, Any]:
    """The scheme of levels, best first.

    Raises:
        RunError: `levels-number`.
    """
    return rival_levels.scheme_of(levels).dump()


def land(path: Path, customer: str, level: str, by: str) -> dict[str, Any]:
    """Have customers carry the levels of a table.

    Raises:
        RunError: `levels-unreadable`, `levels-nobody`.
        LedgerError: `ledger-busy`.
    """
    table = rival_levels.read_table(path)
    with opened() as ledger:
        matched = rival_levels.match(ledger, table, customer, level)
        batch = rival_levels.land(ledger, matched, by or None)
    return {
        "matched": matched.rows.height,
        "unknown": matched.unknown,
        "near": list(matched.near),
        "twice": matched.twice,
        "batch": batch,
    }


def compare(
    theirs: dict[str, Any],
    ours: str,
    horizon: str,
    given: date | None,
    tell: Callable[[Progress], object],
) -> dict[str, Any]:
    """Agreement with the run of ours, and both on the company's own past.

    Levels are as they are now: where the day that they were `given` and the horizon after it are
    known, they are tried on that day alone; else on the last two, and `flattered` says so.
    """
    with opened() as ledger:
        mine = open_run(ledger, ours)
        run = grade(ledger, theirs, mine.as_of)
        agreed = evaluate.agreement(run, mine)
        listed = [theirs, mine.scheme.dump()]
        span = ledger.span()
        clean = bool(given and span and evaluate.ends(given, horizon) <= span[1])
        asked: dict[str, Any] = {"dates": [given]} if clean else {"periods": 2, "every": "3m"}
        found = evaluate.backtest(ledger, listed, horizon=horizon, progress=tell, **asked)
    told = {
        "agreement": agreed.to_dict(),
        "backtest": found.to_dict(),
        "flattered": not clean,
        "winner": _winner(found),
        "run": run.id,
    }
    drawn = {"overlap": pictures.overlap(agreed), **pictures_of_backtest(found)}
    return {"told": told, "pictures": drawn}


def _winner(found: evaluate.Backtest) -> str:
    """Which ranks the customers surely better by what came after: its interval is apart."""
    theirs, ours = (one.gini for one in found.tracks)
    if theirs is None or ours is None:
        return "unknown"
    low, high, least, most = theirs.low, theirs.high, ours.low, ours.high
    if low is None or high is None or least is None or most is None:
        return "unknown"
    if least > high:
        return "ours"
    return "theirs" if low > most else "level"
