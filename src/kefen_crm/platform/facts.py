"""Word that the ledger has new facts, for every app that has to follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.dispatch import Signal

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

facts_changed = Signal()
"""Sent with `by`, who brought the facts, or None, and whether they are `few`, as programs send them
all day long; a receiver gives the jobs that it queued. What looks at the whole company after it
lets few facts gather first."""
facts_written = Signal()
"""Sent when single facts came that people wrote on the site, which they do all day long: `before`
and `after`, the versions of the ledger."""


def announce(by: AbstractBaseUser | None = None, *, few: bool = False) -> list[Any]:
    """Tell every app that there may be new facts; gives the jobs that they queued."""
    answers: list[tuple[Any, Any]] = facts_changed.send(sender=None, by=by, few=few)
    return [job for _receiver, jobs in answers for job in jobs]


def announce_written(before: int, after: int) -> None:
    """Tell every app that facts came which people wrote one by one."""
    facts_written.send(sender=None, before=before, after=after)
