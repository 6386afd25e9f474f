"""What a run takes over from before it: the run before, and the classes people set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from kefen.run.record import Run
    from kefen.schemes import Scheme
    from kefen.schemes.overrides import Override


def before(scheme: Scheme, as_of: date, previous: Run | None) -> Run | None:
    """The run whose classes a run of this date starts from.

    Raises:
        RunError: `previous-other-scheme`; `previous-later` when it is of a later date.
    """
    if previous is None:
        return None
    if previous.scheme.name != scheme.name:
        raise RunError(
            "previous-other-scheme", run=previous.id, scheme=scheme.name, other=previous.scheme.name
        )
    if previous.as_of > as_of:
        raise RunError("previous-later", run=previous.id, as_of=as_of, later=previous.as_of)
    return previous


def ignored(run: Run, overrides: Iterable[Override]) -> list[dict[str, Any]]:
    """The overrides that did not count, and why."""
    wanted = [one.customer_id for one in run.overrides]
    everyone: set[str] = set()
    if wanted:
        ids = run.classes.lazy().filter(pl.col("customer_id").is_in(wanted)).select("customer_id")
        everyone = set(ids.collect()["customer_id"])
    found = []
    for one in overrides:
        if not one.holds(run.as_of):
            why = "expired"
        elif one not in run.overrides:
            why = "replaced"
        elif one.customer_id not in everyone:
            why = "not-in-population"
        else:
            continue
        found.append(one.to_dict() | {"why": why})
    return found
