"""Whether the classification is any good: what the engine's evaluation tells, as plain data.

Each answer is `{"told": …, "pictures": {name: …}}`: words in both languages, and pictures as
`charts.js` draws them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen import evaluate
from kefen.run import open_run
from kefen_crm.engine.ledger import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kefen.run import Progress

Answer = dict[str, Any]


def readiness(attention: int) -> Answer:
    """Whether classifying these customers makes sense; RunError `nothing-sold`."""
    with opened() as ledger:
        return {"told": evaluate.readiness(ledger, span_of_attention=attention).to_dict()}


def backtest(
    documents: Sequence[dict[str, Any]],
    tell: Callable[[Progress], object],
    **asked: Any,
) -> Answer:
    """Schemes on past dates; `asked` as `kefen.backtest` takes it, with its errors."""
    with opened() as ledger:
        found = evaluate.backtest(ledger, list(documents), progress=tell, **asked)
        return {"told": found.to_dict()}


def scorecard(run: str, horizon: str) -> Answer:
    """A run by the four criteria."""
    with opened() as ledger:
        return {"told": evaluate.scorecard(open_run(ledger, run), horizon=horizon).to_dict()}


def agreement(before: str, after: str) -> Answer:
    """How far two runs agree."""
    with opened() as ledger:
        found = evaluate.agreement(open_run(ledger, before), open_run(ledger, after))
        return {"told": found.to_dict()}


def sensitivity(run: str) -> Answer:
    """How much each weight of a run matters."""
    with opened() as ledger:
        return {"told": evaluate.sensitivity(open_run(ledger, run)).to_dict()}
