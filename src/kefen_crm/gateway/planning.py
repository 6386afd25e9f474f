"""Where the next hour and the next yuan bring most: the engine's plan, as plain data."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from kefen.plan import Assumption, Held, Person, PlanError, Step, Territories, balance, plan

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Assumption",
    "Held",
    "Person",
    "PlanError",
    "Step",
    "Territories",
    "balance",
    "planned",
]


def planned(steps: Iterable[Step], hours: float | None, money: float | None) -> dict[str, Any]:
    """The plan of steps with what there is; None is no limit.

    Raises:
        PlanError: as `kefen.plan.plan`.
    """
    found = plan(
        steps, hours=inf if hours is None else hours, money=inf if money is None else money
    )
    return found.to_dict()
