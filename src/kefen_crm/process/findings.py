"""What a look at an installation found: how things stand, in a code with its data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from kefen.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable


class State(StrEnum):
    """How a thing stands, from good to bad."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"

    @property
    def number(self) -> int:
        """0, 1 or 2, for figures."""
        return list(State).index(self)


@dataclass(frozen=True)
class Finding:
    """How one thing stands; `check` names the thing, `code` the sentence about it."""

    check: str
    state: State
    code: str
    data: dict[str, Any] = field(default_factory=dict)

    def words(self, language: str) -> str:
        """What was found and, where it is not well, what to do."""
        return sentence(self.code, self.data, language)


def ok(check: str, code: str, **data: Any) -> Finding:
    """A finding that all is well."""
    return Finding(check, State.OK, code, data)


def warn(check: str, code: str, **data: Any) -> Finding:
    """A finding that somebody should look after."""
    return Finding(check, State.WARN, code, data)


def fail(check: str, code: str, **data: Any) -> Finding:
    """A finding that something does not work."""
    return Finding(check, State.FAIL, code, data)


def worst(found: Iterable[Finding]) -> State:
    """The worst state of all; ok when nothing was looked at."""
    return max((one.state for one in found), key=lambda state: state.number, default=State.OK)
