"""Whether a process was told to stop, which a signal may tell at any moment."""

from __future__ import annotations

from queue import Empty, SimpleQueue


class Stopping:
    """As `threading.Event`, but for a signal's handler as well.

    A handler runs within whatever the main thread is at. Where that waits for an event just then,
    to set it waits for the lock that the waiting holds, for ever.

    >>> stopping = Stopping()
    >>> stopping.wait(0.01), stopping.is_set()
    (False, False)
    >>> stopping.set()
    >>> stopping.wait(0.01), stopping.is_set()
    (True, True)
    """

    def __init__(self) -> None:
        self._told: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        """Tell it to stop."""
        self._told.put(None)

    def is_set(self) -> bool:
        """Whether it was told to stop."""
        return not self._told.empty()

    def wait(self, seconds: float) -> bool:
        """Wait until it is told to stop, so long at most; whether it was."""
        try:
            self._told.get(timeout=seconds)
        except Empty:
            return False
        self._told.put(None)
        return True
