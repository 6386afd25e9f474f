"""Values that all parts of a page need: read once within a request, each time outside of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from asgiref.local import Local
from django.core.signals import request_finished, request_started

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from django.http import HttpRequest

T = TypeVar("T")


class PerRequest(Generic[T]):
    """What `read` gives, called with no arguments; whoever changes it calls `forget`.

    With `reading` it is kept within requests that only read, and read each time in others.
    """

    def __init__(self, read: Callable[[], T], *, reading: bool = False) -> None:
        self._read, self._request, self._reading = read, Local(), reading
        request_started.connect(self._begin)
        request_finished.connect(self._end)

    @property
    def within(self) -> bool:
        """Whether there is a request within which the value is kept."""
        return bool(getattr(self._request, "begun", False))

    def __call__(self) -> T:
        """The value, of this request where there is one."""
        if not self.within:
            return self._read()
        if not self._request.known:
            self._request.known = (self._read(),)
        found: T = self._request.known[0]
        return found

    def forget(self) -> None:
        """Read anew in this request: it was changed."""
        self._request.known = ()

    def _begin(self, environ: Mapping[str, Any] | None = None, **_more: object) -> None:
        reads = (environ or {}).get("REQUEST_METHOD") in ("GET", "HEAD")
        self._request.begun, self._request.known = reads or not self._reading, ()

    def _end(self, **_more: object) -> None:
        self._request.begun, self._request.known = False, ()


def once(request: HttpRequest, what: Hashable, read: Callable[[], T]) -> T:
    """What `read` gives, asked once for all parts of the page that answers `request`.

    `what` tells it from all else that is read for the page.
    """
    known: dict[Hashable, Any] = request.__dict__.setdefault("read_once", {})
    if what not in known:
        known[what] = read()
    found: T = known[what]
    return found
