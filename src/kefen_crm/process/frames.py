"""Room for the calls of a request.

Python keeps the frames of a thread in pieces of 16 KiB, asks the system for one more where a call
does not fit, and gives it back when that call is over. Where a loop happens to stand at the end of
a piece, each turn of it does both: of a list, thousands of times a page. A frame that takes a large
piece for itself leaves the rest of it to all calls below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")
_SLOTS: Final = 70_000
"""Of eight bytes, more than half a MiB: Python takes a whole one, and what is not used of it is
never touched."""


def with_room(call: Callable[P, T]) -> Callable[P, T]:
    """`call`, with some 450 KiB for the frames below it in one piece.

    >>> with_room(max)(2, 3)
    3
    """

    def roomy(*args: Any, **named: Any) -> T:
        return call(*args, **named)

    roomy.__code__ = roomy.__code__.replace(co_stacksize=_SLOTS)
    return roomy
