"""Why a row has its class, as plain facts; wording them is `kefen.explain`'s part."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Step:
    """One step of the arithmetic: a code and its numbers.

    `data` names indicators by their table column (`column`) and classes by key (`class`).
    """

    code: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """The arithmetic behind one class.

    Attributes:
        steps: from the values to the class.
        class_: the class key; None when unrated.
        score: what the class was cut by; None when unrated.
        cut: the bound the score reached; None below the last bound.
        next_class: the next better class; None at the top or when unrated.
        to_next: what is missing to it: each step is one way, enough by itself, unless its code
            says otherwise.
    """

    steps: list[Step]
    class_: str | None = None
    score: float | None = None
    cut: Any = None
    next_class: str | None = None
    to_next: list[Step] = field(default_factory=list)


def has(assigned: Mapping[str, Any] | None, *columns: str) -> bool:
    """Whether a row was assigned with these columns, so that nothing is worked out again."""
    return assigned is not None and all(name in assigned for name in columns)
