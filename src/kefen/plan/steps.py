"""Steps: what some hours and some money bring for a group, and where that is known from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from kefen.errors import KefenError

if TYPE_CHECKING:
    from collections.abc import Iterable

Source = Literal["stated", "measured"]
SLACK: Final = 1e-9


class PlanError(KefenError):
    """Steps or what there is cannot be planned with."""


@dataclass(frozen=True)
class Step:
    """What is brought by so many hours and so much money, for a group as a whole.

    Attributes:
        group: such as a class; its steps are in the order in which they are taken.
        value: what the step brings.
        low, high: the interval of `value`; the same as it where none is known.
        source: `stated` by a person, or `measured` as uplift.
        promised: it is taken whatever it brings.
    """

    group: str
    hours: float
    value: float
    money: float = 0.0
    low: float | None = None
    high: float | None = None
    source: Source = "stated"
    promised: bool = False

    @property
    def interval(self) -> tuple[float, float]:
        """What it brings at least and at most."""
        return (
            self.value if self.low is None else self.low,
            self.value if self.high is None else self.high,
        )


def checked(steps: Iterable[Step], *, mixed: bool) -> list[Step]:
    """The steps, once they can be planned with.

    Raises:
        PlanError: `plan-no-steps`; `plan-step` for one that is not of finite numbers of 0 or more,
            or takes nothing; `plan-promise-late` for one that is promised after one that is not;
            `plan-not-concave` for one that brings more for what it takes than the one before it;
            `plan-mixed` for stated and measured values together, unless `mixed`.
    """
    found = list(steps)
    if not found:
        raise PlanError("plan-no-steps")
    last: dict[str, Step] = {}
    place: dict[str, int] = {}
    for one in found:
        number = place[one.group] = place.get(one.group, 0) + 1
        where = {"group": one.group, "step": number}
        numbers = (one.hours, one.value, one.money, *one.interval)
        if not all(0 <= number < float("inf") for number in numbers[:3]) or (
            not one.hours and not one.money
        ):
            raise PlanError("plan-step", **where)
        low, high = one.interval
        if not low <= one.value <= high:
            raise PlanError("plan-interval", **where)
        before = last.get(one.group)
        if before is not None:
            if one.promised and not before.promised:
                raise PlanError("plan-promise-late", **where)
            if not one.promised and not before.promised and _better(one, before):
                raise PlanError("plan-not-concave", **where)
        last[one.group] = one
    sources = {one.source for one in found}
    if len(sources) > 1 and not mixed:
        raise PlanError("plan-mixed", groups=_groups(found))
    return found


def _better(one: Step, before: Step) -> bool:
    """Whether a step brings more for an hour, or for money, than the one before it."""
    slack = 1 + SLACK
    return (
        one.value * before.hours > before.value * one.hours * slack + SLACK
        or one.value * before.money > before.value * one.money * slack + SLACK
    )


def _groups(steps: list[Step]) -> list[str]:
    return sorted({one.group for one in steps if one.source == "measured"})
