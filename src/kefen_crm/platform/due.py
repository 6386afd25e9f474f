"""What a job of the clock is given: one turn of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime


class Due(Protocol):
    """One turn of a job."""

    @property
    def day(self) -> date:
        """The day in the company's zone to do; the last one for a job that changes something."""

    @property
    def now(self) -> datetime:
        """The moment, in UTC."""

    @property
    def missed(self) -> bool:
        """Whether the day is past the job's grace: `targets` notes, and gives none."""

    def targets(self, rule: str, occurrences: Mapping[str, str], *, population: int) -> list[str]:
        """The targets that a rule is to act on now, of its `occurrences` by target.

        None are given twice for one occurrence, none when it is too late, and none while a rule
        that would touch much of the `population` waits for a decision. Call it in the transaction
        that acts.
        """
