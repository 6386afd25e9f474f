"""Files of a place that lists them: those that are not as they were fetched before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kefen_crm.connectors.sources.base import MOST_BYTES, Asked, Fetched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

AT_ONCE: Final = 20
"""So many files are fetched at once."""
STILL: Final = 60
"""Seconds that a file has to be as it is where it may still be written."""


def changed_files(
    asked: Asked,
    listed: Iterable[tuple[str, str, int]],
    read: Callable[[str, int], tuple[str, bytes]],
) -> Fetched:
    """The files whose mark differs from the one that they were fetched with.

    Args:
        asked: whose cursor holds the marks by place.
        listed: the place, the mark and the size in bytes of each file that there is.
        read: gives the name and the content of a file by its place and size.
    """
    known, files = dict(asked.cursor), list(listed)
    changed = [one for one in files if known.get(one[0]) != one[1]]
    there = {place for place, _mark, _size in files}
    found = Fetched(more=len(changed) > AT_ONCE)
    found.cursor = {place: mark for place, mark in known.items() if place in there}
    for place, mark, size in changed[:AT_ONCE]:
        found.cursor[place] = mark
        if size > MOST_BYTES:
            found.leave_out("too-large")
            continue
        found.files.append(read(place, size))
    return found
