"""How an address narrows a list of customers: what pictures write and lists read.

`class=abc:A` is a class, `moved=abc:A>B` a move between two runs, `cell=rfm:r5f4` a cell of the
RFM grid, `score=value:60-70` a span of scores, from its first value to below its second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

UNRATED = "none"
"""Stands for those without a class; no class may be called so."""
NEW = "new"
"""Stands for those who were not in the run before."""

_SCORES = re.compile(r"([a-z_]+?)(\d+)")
_NUMBER = r"-?\d{1,15}(?:\.\d{1,15})?"
_SPAN = re.compile(rf"({_NUMBER})?-({_NUMBER})?\Z")


class Filter(Protocol):
    """One narrowing, by its parameter and the text of its value."""

    name: ClassVar[str]

    @property
    def value(self) -> str:
        """What stands in the address."""


@dataclass(frozen=True)
class OfClass:
    """Who is in a class of a scheme; `~lapsed` and `none` stand for those without one.

    >>> OfClass("abc", "A").value, OfClass.read("abc:A")
    ('abc:A', OfClass(scheme='abc', key='A'))
    """

    scheme: str
    key: str
    name: ClassVar[str] = "class"

    @property
    def value(self) -> str:
        """What stands in the address."""
        return f"{self.scheme}:{self.key}"

    @classmethod
    def read(cls, value: str) -> Self | None:
        """None where `value` is none."""
        scheme, _colon, key = value.partition(":")
        return cls(scheme, key) if scheme and key else None


@dataclass(frozen=True)
class Moved:
    """Who went from one class to another; an empty side is any class.

    >>> Moved("abc", "A", "B").value, Moved.read("abc:absent>B")
    ('abc:A>B', Moved(scheme='abc', before='new', after='B'))
    """

    scheme: str
    before: str
    after: str
    name: ClassVar[str] = "moved"

    @property
    def value(self) -> str:
        """What stands in the address."""
        return f"{self.scheme}:{self.before}>{self.after}"

    @classmethod
    def read(cls, value: str) -> Self | None:
        """None where `value` is none. Addresses of before say `absent` for who is new."""
        scheme, _colon, move = value.partition(":")
        before, arrow, after = move.partition(">")
        return cls(scheme, NEW if before == "absent" else before, after) if arrow else None


@dataclass(frozen=True)
class Cell:
    """Who has these scores in the parts of a scheme, such as r and f of RFM.

    >>> Cell("rfm", {"r": 5, "f": 4}).value
    'rfm:r5f4'
    """

    scheme: str
    scores: Mapping[str, int]
    name: ClassVar[str] = "cell"

    @property
    def value(self) -> str:
        """What stands in the address."""
        return f"{self.scheme}:{''.join(f'{part}{score}' for part, score in self.scores.items())}"

    @classmethod
    def read(cls, value: str) -> Self | None:
        """None where `value` is none."""
        scheme, _colon, text = value.partition(":")
        scores = {part: int(score) for part, score in _SCORES.findall(text)}
        return cls(scheme, scores) if scores else None


@dataclass(frozen=True)
class Scored:
    """Whose score is within a span, its end excluded; an open end is empty.

    >>> Scored("value", "60", "").value, Scored.read("value:-5-10")
    ('value:60-', Scored(scheme='value', low='-5', high='10'))
    """

    scheme: str
    low: str
    high: str
    name: ClassVar[str] = "score"

    @property
    def value(self) -> str:
        """What stands in the address."""
        return f"{self.scheme}:{self.low}-{self.high}"

    @classmethod
    def read(cls, value: str) -> Self | None:
        """None where `value` is none."""
        scheme, _colon, span = value.partition(":")
        found = _SPAN.match(span)
        return cls(scheme, found[1] or "", found[2] or "") if found else None


def query(*filters: Filter) -> str:
    """Filters as the query string of a customer list.

    >>> query(OfClass("abc", "A"), Moved("rfm", "new", "~lapsed"))
    'class=abc:A&moved=rfm:new>~lapsed'
    """
    return urlencode([(one.name, one.value) for one in filters], safe=":>,-")
