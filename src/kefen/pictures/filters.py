"""How an address narrows a list of customers: what pictures write and lists read.

`class=abc:A` is a class, `moved=abc:A>B` a move between two runs, `cell=rfm:r5f4` a cell of the
RFM grid, `score=value:60-70` a span of scores, from its first value to below its second.
`moved=abc:down` are those who fell, `held=abc:cap` those whose class is held, `silent=2` those who
have not bought for twice as long as usual, `bought=2026-01` those who bought in a month,
`edits=choose` those whose fields imports contradict.
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
_TIMES = re.compile(r"\d{1,3}(\.\d)?\Z")
_MONTH = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])\Z")
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


@dataclass(frozen=True)
class Ranked:
    """Who rose or fell from one class to another: `up` or `down`.

    >>> Ranked("abc", "down").value, Ranked.read("abc:sideways")
    ('abc:down', None)
    """

    scheme: str
    way: str
    name: ClassVar[str] = "moved"

    @property
    def value(self) -> str:
        """What stands in the address."""
        return f"{self.scheme}:{self.way}"

    @classmethod
    def read(cls, value: str) -> Self | None:
        """None where `value` is none."""
        scheme, _colon, way = value.partition(":")
        return cls(scheme, way) if scheme and way in ("up", "down") else None


@dataclass(frozen=True)
class HeldBy:
    """Whose class a person, a cap or hysteresis holds: `override`, `cap`, `hysteresis`.

    >>> HeldBy("abc", "cap").value, HeldBy.read("abc:")
    ('abc:cap', None)
    """

    scheme: str
    by: str
    name: ClassVar[str] = "held"

    @property
    def value(self) -> str:
        """What stands in the address."""
        return f"{self.scheme}:{self.by}"

    @classmethod
    def read(cls, value: str) -> Self | None:
        """None where `value` is none."""
        scheme, _colon, by = value.partition(":")
        return cls(scheme, by) if scheme and by else None


@dataclass(frozen=True)
class Silent:
    """Who has bought nothing for more than so many times as long as usual.

    >>> Silent(2.5).value, Silent.read("2"), Silent.read("many")
    ('2.5', Silent(times=2.0), None)
    """

    times: float
    name: ClassVar[str] = "silent"

    @property
    def value(self) -> str:
        """What stands in the address."""
        return f"{self.times:g}"

    @classmethod
    def read(cls, value: str) -> Self | None:
        """None where `value` is none."""
        return cls(float(value)) if _TIMES.match(value) else None


@dataclass(frozen=True)
class Bought:
    """Who bought something in a month.

    >>> Bought("2026-01").value, Bought.read("2026-13")
    ('2026-01', None)
    """

    month: str
    name: ClassVar[str] = "bought"

    @property
    def value(self) -> str:
        """What stands in the address."""
        return self.month

    @classmethod
    def read(cls, value: str) -> Self | None:
        """None where `value` is none."""
        return cls(value) if _MONTH.match(value) else None


@dataclass(frozen=True)
class Edited:
    """Where people wrote fields: `any`, or so that something is to `choose`.

    >>> Edited("choose").value, Edited.read("all")
    ('choose', None)
    """

    how: str
    name: ClassVar[str] = "edits"

    @property
    def value(self) -> str:
        """What stands in the address."""
        return self.how

    @classmethod
    def read(cls, value: str) -> Self | None:
        """None where `value` is none."""
        return cls(value) if value in ("any", "choose") else None


def query(*filters: Filter) -> str:
    """Filters as the query string of a customer list.

    >>> query(OfClass("abc", "A"), Moved("rfm", "new", "~lapsed"))
    'class=abc:A&moved=rfm:new>~lapsed'
    """
    return urlencode([(one.name, one.value) for one in filters], safe=":>,-")
