"""Pictures of saved runs, as the JSON that `charts.js` draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen import pictures
from kefen.evaluate import compare
from kefen.run import open_run
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from kefen.run import Run

Picture = dict[str, Any]


def _months(run: Run) -> Picture:
    assert run.ledger is not None
    return pictures.classes_over_time(run.ledger.at(run.ledger_version), run)


_DRAW = {
    "pyramid": pictures.pyramid,
    "pareto": pictures.pareto,
    "heatmap": pictures.heatmap,
    "distribution": pictures.distribution,
    "months": _months,
}
NAMES = tuple(_DRAW)


def suited(run_id: str) -> list[str]:
    """The names of the pictures that suit the method of a run, the telling one first."""
    with opened() as ledger:
        return pictures.of(open_run(ledger, run_id))


def draw(run_id: str, name: str) -> Picture:
    """One of `NAMES` of a run.

    Raises:
        KefenError: when the run is not there or has no classes.
    """
    with opened() as ledger:
        return _DRAW[name](open_run(ledger, run_id))


def migration(before: str, after: str) -> Picture:
    """Who went from which class to which between two runs, with the sentences that say so."""
    with opened() as ledger:
        comparison = compare(open_run(ledger, before), open_run(ledger, after))
        told = {lang: comparison.text(lang) for lang in ("zh", "en")}
        return pictures.migration(comparison) | {"told": told}
