"""Two saved runs side by side, as data and in words."""

from __future__ import annotations

from typing import Any

from kefen.evaluate import ABSENT, compare
from kefen.run import open_run
from kefen_crm.gateway import language
from kefen_crm.gateway.ledger import opened

GONE = "absent"


def comparison(before: str, after: str) -> dict[str, Any]:
    """How customers moved between two runs.

    Keys: `same_classes`, `stable` (share who kept their class), `psi`, `text`, `matrix` (`from`,
    `to`, `customers`, `value_from`, `value_to`) and `directions`. A class is its key, None when
    unrated, `absent` when not in that run.

    Raises:
        RunError: `unknown-run`, `run-failed`.
    """
    with opened() as ledger:
        found = compare(open_run(ledger, before), open_run(ledger, after))
    return {
        "same_classes": found.same_classes,
        "stable": found.stable,
        "psi": found.psi,
        "text": found.text(language()),
        "matrix": [
            cell | {side: _side(cell[side]) for side in ("from", "to")} for cell in found.matrix
        ],
        "directions": found.money_moved,
    }


def _side(key: str | None) -> str | None:
    return GONE if key == ABSENT else key
