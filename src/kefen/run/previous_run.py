"""What a run takes over from before it: the run before, and the classes people set."""

from __future__ import annotations

from glob import escape
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.deferred import ibis
from kefen.errors import RunError
from kefen.run.record import CLASSES
from kefen.schemes.adjustments import BEFORE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.run.record import Run
    from kefen.schemes import Scheme
    from kefen.schemes.overrides import Override


ABSENT = "not-in-population"


def before(
    scheme: Scheme, as_of: date, previous: Run | None, read: Callable[[str], Run]
) -> Run | None:
    """The run whose classes a run of this date starts from.

    One of the same date is passed over for the run before it, so that a date counts once however
    often it is run.

    Raises:
        RunError: `previous-other-scheme`; `previous-later` when it is of a later date;
            `run-failed` when it has no classes.
    """
    if previous is None:
        return None
    if previous.scheme.name != scheme.name:
        raise RunError(
            "previous-other-scheme", run=previous.id, scheme=scheme.name, other=previous.scheme.name
        )
    if previous.as_of > as_of:
        raise RunError("previous-later", run=previous.id, as_of=as_of, later=previous.as_of)
    while previous is not None and previous.as_of == as_of:
        previous = _known(previous.previous, read)
    if previous is not None:
        _ = previous.classes
    return previous


def _known(run_id: str | None, read: Callable[[str], Run]) -> Run | None:
    """A run by its id; None without any, or when it is no more."""
    try:
        return read(run_id) if run_id else None
    except RunError:
        return None


def standing(run: Run, engine: Engine) -> ir.Table:
    """Who stood in which class at the end of a run, and with how many runs pending."""
    names = run.classes.columns
    stood = next(name for name in ("standing", "computed", "class") if name in names)
    runs = ["pending"] if stood == "standing" else []
    schema = {"customer_id": "string", stood: "string", **dict.fromkeys(runs, "int32")}
    table = engine.read_parquet([escape(str(run.folder / CLASSES))], ibis.schema(schema))
    found = table.select(
        customer_id=table.customer_id,
        was=table[stood],
        runs=table.pending if runs else ibis.null("int32"),
    )
    return found.cast(BEFORE)


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
            why = ABSENT
        else:
            continue
        found.append(one.to_dict() | {"why": why})
    return found
