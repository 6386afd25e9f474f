"""Steps, customers and people read from the rows of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kefen.plan.steps import PlanError, Step
from kefen.plan.territories import Held, Person

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NEEDED: Final = ("group", "hours", "value")
KNOWN: Final = (*NEEDED, "money", "low", "high", "source", "promised")
YES: Final = frozenset({"1", "true", "yes", "是"})
SOURCES: Final = {"": "stated", "stated": "stated", "measured": "measured"}


@dataclass(frozen=True)
class Assumption:
    """What a person states of a class: how many hours a customer gets, and what that brings.

    Attributes:
        first: what the first hour for one customer brings.
        fading: how much less each further step of the same hours brings, from 0 to 1.
        steps: how many steps of `hours` there are for a customer.
    """

    group: str
    customers: int
    hours: float
    first: float
    fading: float = 0.5
    steps: int = 5

    def as_steps(self) -> list[Step]:
        """The steps of the whole class."""
        return [
            Step(
                self.group,
                self.hours * self.customers,
                self.first * self.hours * self.customers * (1 - self.fading) ** number,
            )
            for number in range(self.steps)
        ]


def read_steps(rows: Iterable[Mapping[str, Any]]) -> list[Step]:
    """Steps of rows by column: `group`, `hours`, `value`, and perhaps the others of a `Step`.

    Raises:
        PlanError: `plan-column` for one that is missing or unknown; `plan-cell` for a value that
            is none.
    """
    found = []
    for number, row in enumerate(rows, start=1):
        for name in NEEDED:
            if str(row.get(name) or "").strip() == "" and row.get(name) != 0:
                raise PlanError("plan-column", name=name, row=number)
        for name in row:
            if name not in KNOWN:
                raise PlanError("plan-unknown-column", name=str(name), known=list(KNOWN))
        source = str(row.get("source") or "").strip().lower()
        if source not in SOURCES:
            raise PlanError("plan-cell", column="source", value=source[:40], row=number)
        found.append(
            Step(
                str(row["group"]).strip(),
                _number(row, "hours", number) or 0.0,
                _number(row, "value", number) or 0.0,
                _number(row, "money", number) or 0.0,
                _number(row, "low", number),
                _number(row, "high", number),
                "measured" if SOURCES[source] == "measured" else "stated",
                str(row.get("promised") or "").strip().lower() in YES,
            )
        )
    return found


def read_held(rows: Iterable[Mapping[str, Any]]) -> list[Held]:
    """Customers of rows by column: `customer`, `owner`, `hours`, and perhaps `cost`.

    Raises:
        PlanError: as `read_steps`.
    """
    found = []
    for number, row in enumerate(rows, start=1):
        _complete(row, number, ("customer", "owner", "hours"), ("cost",))
        cost = _number(row, "cost", number)
        found.append(
            Held(
                str(row["customer"]).strip(),
                str(row["owner"]).strip(),
                _number(row, "hours", number) or 0.0,
                1.0 if cost is None else cost,
            )
        )
    return found


def read_people(rows: Iterable[Mapping[str, Any]]) -> list[Person]:
    """People of rows by column: `name`, `hours`, and perhaps `area`.

    Raises:
        PlanError: as `read_steps`.
    """
    found = []
    for number, row in enumerate(rows, start=1):
        _complete(row, number, ("name", "hours"), ("area",))
        area = str(row.get("area") or "").strip()
        hours = _number(row, "hours", number) or 0.0
        found.append(Person(str(row["name"]).strip(), hours, area))
    return found


def _complete(
    row: Mapping[str, Any], number: int, needed: tuple[str, ...], further: tuple[str, ...]
) -> None:
    """Refuse a row that lacks a column, or has one that nobody knows."""
    for name in needed:
        if str(row.get(name) or "").strip() == "" and row.get(name) != 0:
            raise PlanError("plan-row-column", name=name, row=number, needed=list(needed))
    for name in row:
        if name not in (*needed, *further):
            known = [*needed, *further]
            raise PlanError("plan-row-unknown", name=str(name), known=known)


def _number(row: Mapping[str, Any], column: str, number: int) -> float | None:
    told = row.get(column)
    if told is None or str(told).strip() == "":
        return None
    try:
        return float(str(told).replace(",", ""))
    except ValueError:
        raise PlanError("plan-cell", column=column, value=str(told)[:40], row=number) from None
