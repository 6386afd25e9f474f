"""What may hold a class back from what the method computed, as columns and in plain Python.

In this order: computed → hysteresis → caps → override. Each starts from what the one before it
gave; a customer whose computed class is empty stays unrated unless a person says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from kefen.schemes.reason import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from kefen.schemes.overrides import Override

COLUMNS = ("computed", "held_by", "pending")
"""What `hold` adds: the class before any of it, the last that changed it, runs in a row worse."""

_OVERRIDE = "_override"


def hold(table: ir.Table, overrides: Sequence[Override] = ()) -> ir.Table:
    """An assigned table with what holds classes back; as it is when nothing does."""
    if not overrides:
        return table
    held = table.rename(computed="class")
    held = held.mutate(
        pending=ibis.literal(0, "int32"),
        **{"class": held.computed, "held_by": ibis.null("string")},
    )
    return _overridden(held, overrides)


def _overridden(table: ir.Table, overrides: Sequence[Override]) -> ir.Table:
    decided = ibis.memtable(
        pa.table(
            {
                "customer_id": pa.array([one.customer_id for one in overrides], pa.string()),
                _OVERRIDE: pa.array([one.class_ for one in overrides], pa.string()),
            }
        )
    )
    joined = table.left_join(decided, "customer_id")
    by = joined[_OVERRIDE].notnull()
    changed = {
        "class": ibis.coalesce(joined[_OVERRIDE], joined["class"]),
        "held_by": ibis.ifelse(by, "override", joined.held_by),
    }
    return joined.mutate(**changed).select(*table.columns)


@dataclass(frozen=True)
class Held:
    """What came of one row's computed class.

    Attributes:
        class_: the class it has.
        held_by: `hysteresis`, `cap` or `override`, the last that changed it; None when none did.
        steps: the arithmetic, in order.
    """

    class_: str | None
    held_by: str | None = None
    steps: list[Step] = field(default_factory=list)


def held(computed: str | None, override: Override | None = None) -> Held:
    """The same for one row."""
    found = Held(computed)
    if override is not None:
        facts = {"class": override.class_, "reason": override.reason, "who": override.by}
        code = "step-overridden" if override.until is None else "step-overridden-until"
        dates = {"since": override.since.isoformat()}
        if override.until is not None:
            dates["until"] = override.until.isoformat()
        found = Held(override.class_, "override", [*found.steps, Step(code, facts | dates)])
    return found
