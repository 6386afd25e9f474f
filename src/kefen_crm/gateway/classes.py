"""Why a customer has its classes, in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kefen.run import RunCache
from kefen_crm.gateway import language

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen.explain import Explanation
    from kefen.ledger import Ledger


_RUNS: Final = RunCache()


@dataclass(frozen=True)
class Reason:
    """The arithmetic behind one class, and what is missing to the next better one."""

    steps: list[str]
    next_title: str
    way: list[str]


def explained(ledger: Ledger, code: str, runs: Iterable[str]) -> dict[str, Reason]:
    """The reason of a customer's class in each run that knows the customer, by run id."""
    found = _RUNS.explanations(ledger, runs, code)
    return {run_id: reason(one) for run_id, one in found.items()}


def reason(explanation: Explanation) -> Reason:
    """An explanation in this request's language."""
    lang = language()
    better = explanation.next_title or {}
    steps = [*explanation.sentences(lang), explanation.counted(lang)]
    return Reason(steps, better.get(lang, ""), explanation.way(lang))
