"""Who was not yet a customer at the date of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import polars as pl

from kefen.ledger.facts import KINDS

if TYPE_CHECKING:
    from kefen.run.record import Run

_KEY = "customer_id"


def not_yet(run: Run) -> pl.DataFrame:
    """`customer_id` of those whose first dated fact is of the run's date or later.

    A run of an earlier date lists everybody the ledger knows by now. There stays who has no dated
    fact at all, whom a person or an undated attribute gave a class, and everybody of a run that
    was carried out by its own date: they were known then.
    """
    rows = run.classes.lazy()
    if run.scheme.attributes():
        rows = rows.filter(run.key.is_null())
    elif "held_by" in run.classes.columns:
        rows = rows.filter(pl.col("held_by").ne_missing("override"))
    asked = rows.select(_KEY)
    nobody = asked.clear().collect()
    known_then = run.started_at is not None and run.started_at.date() <= run.as_of
    if run.ledger is None or known_then:
        return nobody
    dated = [
        run.ledger.table(kind.name, whole=True).select(_KEY, day=kind.date_column)
        for kind in KINDS.values()
        if kind.date_column is not None and run.ledger.count(kind.name, whole=True)
    ]
    if not dated:
        return nobody
    facts = ibis.union(*dated) if len(dated) > 1 else dated[0]
    engine = run.ledger.engine
    since = facts.filter(facts.day >= run.as_of)
    if not engine.rows(since.aggregate(n=since.count()))[0]["n"]:
        return nobody  # as files tell by their greatest dates, without a look at customers
    first = facts.group_by(_KEY).aggregate(day=facts.day.min())
    later = first.filter(first.day >= run.as_of).select(_KEY)
    return asked.collect().join(pl.DataFrame(engine.fetch(later)), on=_KEY, how="semi")
