"""Whether the classification is any good: what the engine's evaluation tells, as plain data.

Each answer is `{"told": …, "pictures": {name: …}}`: words in both languages, and pictures as
`charts.js` draws them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen import evaluate, pictures
from kefen.run import open_run
from kefen_crm.engine.ledger import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kefen.evaluate import Backtest
    from kefen.run import Progress

Answer = dict[str, Any]


def readiness(attention: int) -> Answer:
    """Whether classifying these customers makes sense; RunError `nothing-sold`."""
    with opened() as ledger:
        found = evaluate.readiness(ledger, span_of_attention=attention)
        return {"told": found.to_dict(), "pictures": {"lorenz": pictures.lorenz(found)}}


def backtest(
    documents: Sequence[dict[str, Any]],
    tell: Callable[[Progress], object],
    **asked: Any,
) -> Answer:
    """Schemes on past dates; `asked` as `kefen.backtest` takes it, with its errors."""
    with opened() as ledger:
        found = evaluate.backtest(ledger, list(documents), progress=tell, **asked)
    return {"told": found.to_dict(), "pictures": _of_backtest(found)}


def scorecard(run: str, horizon: str) -> Answer:
    """A run by the four criteria."""
    with opened() as ledger:
        found = evaluate.scorecard(open_run(ledger, run), horizon=horizon)
    drawn = _of_backtest(found.backtest) if found.backtest else {}
    return {"told": found.to_dict(), "pictures": drawn}


def agreement(before: str, after: str) -> Answer:
    """How far two runs agree."""
    with opened() as ledger:
        found = evaluate.agreement(open_run(ledger, before), open_run(ledger, after))
        return {"told": found.to_dict(), "pictures": {"overlap": pictures.overlap(found)}}


def sensitivity(run: str) -> Answer:
    """How much each weight of a run matters."""
    with opened() as ledger:
        found = evaluate.sensitivity(open_run(ledger, run))
        return {"told": found.to_dict(), "pictures": {"sensitivity": pictures.sensitivity(found)}}


def _of_backtest(found: Backtest) -> dict[str, Any]:
    """All schemes together, then what the classes of each did, then its predictions."""
    drawn = {"gains": pictures.gains(found)}
    if len(found.dates) > 1:
        drawn["ginis"] = pictures.ginis(found)
    for track in found.tracks:
        if track.failed:
            continue
        name = track.scheme.name
        drawn[f"outcomes-{name}"] = pictures.outcomes(found, name)
        for number, calibration in enumerate(track.calibrations):
            drawn[f"calibration-{number}-{name}"] = pictures.calibration(calibration)
    return drawn
