"""Why a customer has its classes, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kefen.errors import RunError
from kefen.run import open_run
from kefen_crm.gateway import language

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen.ledger import Ledger


@dataclass(frozen=True)
class Reason:
    """The arithmetic behind one class, and what is missing to the next better one."""

    steps: list[str]
    next_title: str
    way: list[str]


def explained(ledger: Ledger, code: str, runs: Iterable[str]) -> dict[str, Reason]:
    """The reason of a customer's class in each run that knows the customer, by run id."""
    found, lang = {}, language()
    for run_id in runs:
        try:
            explanation = open_run(ledger, run_id).explain(code)
        except RunError:
            continue
        better = explanation.next_title or {}
        steps = [*explanation.sentences(lang), explanation.counted(lang)]
        found[run_id] = Reason(steps, better.get(lang, ""), explanation.way(lang))
    return found
