"""What may hold a class other than the method computed, as columns and in plain Python.

In this order: computed → hysteresis → caps → override. Each starts from what the one before it
gave. A customer whose computed class is empty stays unrated, unless a person says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any

from kefen.deferred import ibis
from kefen.schemes import rows
from kefen.schemes.conditions import column_of, holds, test, why
from kefen.schemes.methods import METHODS
from kefen.schemes.reason import Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir
    import pyarrow as pa

    from kefen.schemes.methods.base import Bounds
    from kefen.schemes.model import Scheme
    from kefen.schemes.overrides import Override
    from kefen.schemes.standard import Number, Standard

COLUMNS = ("computed", "held_by", "pending", "standing")
"""What `hold` adds: the class before any of it; the last that changed it; how many runs in a row
computed a worse class than the one that stands; and, with hysteresis, the class that stands:
what the next run starts from, before caps and overrides."""

BEFORE = {"customer_id": "string", "was": "string", "runs": "int32"}
"""What `hold` wants of the run before: who stood in which class, with how many runs pending."""

_OVERRIDE, _AT, _STANDS, _CAPPED = "_override", "_at", "_stands", "_capped"


def hold(
    scheme: Scheme,
    standard: Standard,
    table: ir.Table,
    before: ir.Table | None = None,
    overrides: Sequence[Override] | ir.Table = (),
) -> ir.Table:
    """An assigned table with what holds classes; as it is when nothing of it is used.

    Args:
        scheme: the decision, with its caps and hysteresis.
        standard: what it came to be.
        table: what `assign` gave.
        before: the classes of the run before, see `BEFORE`.
        overrides: those in force, at most one a customer; or a table as `overriding` makes.

    Raises:
        SchemeError: `missing-column` when a cap asks about a column the table does not have.
    """
    decided = overrides if isinstance(overrides, ibis.Table) else None
    if decided is None and overrides:
        decided = ibis.memtable(overriding(overrides))
    if not scheme.caps and not scheme.hysteresis and decided is None:
        return table
    kept = table.columns
    held = table.rename(computed="class")
    held = held.mutate(**{_AT: _place(scheme, held.computed)})
    held = _stand(scheme, standard, held, before)
    held = held.mutate(**{_CAPPED: _capped(scheme, held)})
    by = ibis.cases(
        (held[_CAPPED] > held[_STANDS], "cap"),
        (held[_STANDS] < held[_AT], "hysteresis"),
        else_=ibis.null("string"),
    )
    standing = {"standing": _key(scheme, held[_STANDS])} if scheme.hysteresis else {}
    held = held.mutate(**{"class": _key(scheme, held[_CAPPED]), "held_by": by, **standing})
    names = dict.fromkeys([*kept, "computed", "held_by", "pending", *standing])
    held = held.select(*names)
    return held if decided is None else _overridden(held, decided)


def reads(scheme: Scheme) -> list[str]:
    """The columns that caps ask about."""
    parts = [part for cap in scheme.caps for part in cap.when.parts()]
    asked = (part for part in parts if part.attribute or part.indicator)
    return list(dict.fromkeys(column_of(scheme, part) for part in asked))


def _place(scheme: Scheme, key: Any) -> Any:
    """The place of a class, 0 the best; null for none and for one the scheme does not have."""
    places = [(key == name, at) for at, name in enumerate(scheme.keys())]
    return ibis.cases(*places, else_=ibis.null("int32")).cast("int32")


def _key(scheme: Scheme, place: Any) -> Any:
    keys = [(place == at, name) for at, name in enumerate(scheme.keys())]
    return ibis.cases(*keys, else_=ibis.null("string"))


def _stand(
    scheme: Scheme, standard: Standard, table: ir.Table, before: ir.Table | None
) -> ir.Table:
    """Add the place of the class that stands after hysteresis, and how many runs are pending."""
    hysteresis = scheme.hysteresis
    if hysteresis is None or before is None:
        return table.mutate(**{_STANDS: table[_AT], "pending": ibis.literal(0, "int32")})
    kept = table.columns
    known = before.rename(_of="customer_id")
    joined = table.left_join(known, table.customer_id == known["_of"])
    joined = joined.mutate(_was=_place(scheme, joined.was))
    worse = (joined[_AT] > joined["_was"]).fill_null(False)
    runs = worse.ifelse(joined.runs.fill_null(0) + 1, 0).cast("int32")
    if hysteresis.runs is not None:
        stays = runs < hysteresis.runs
        joined = joined.mutate(
            **{
                _STANDS: (worse & stays).ifelse(joined["_was"], joined[_AT]),
                "pending": stays.ifelse(runs, 0).cast("int32"),
            }
        )
        return joined.select(*kept, _STANDS, "pending")
    near = _near(scheme, standard, joined)
    stands = worse.ifelse((near > joined["_was"]).ifelse(near, joined["_was"]), joined[_AT])
    joined = joined.mutate(**{_STANDS: stands})
    pending = (joined[_STANDS] < joined[_AT]).fill_null(False).ifelse(runs, 0).cast("int32")
    return joined.mutate(pending=pending).select(*kept, _STANDS, "pending")


def bounds_of(scheme: Scheme, standard: Standard) -> Bounds | None:
    """What the classes are cut by; None where no single number decides."""
    found = METHODS[scheme.method].bounds
    return found(standard) if found else None


def eased(scheme: Scheme, standard: Standard) -> list[Number]:
    """The cuts as they are for whoever stands above them: eased by the margin."""
    bounds = bounds_of(scheme, standard)
    if bounds is None or scheme.hysteresis is None:
        return []
    found: list[Number] = []
    for cut in bounds.cuts:
        exact = cut if isinstance(cut, Decimal) else Decimal(repr(cut))
        slack = scheme.hysteresis.slack(exact)
        cut_ = exact - slack if bounds.better == "higher" else exact + slack
        found.append(float(cut_) if isinstance(cut, float) else cut_)
    return found


def _near(scheme: Scheme, standard: Standard, table: ir.Table) -> Any:
    """The place of the best class whose eased bound a row reaches."""
    bounds, cuts = bounds_of(scheme, standard), eased(scheme, standard)
    places = [ibis.literal(at, "int32") for at in range(len(scheme.classes))]
    if bounds is None or not cuts:
        return places[-1]
    return rows.ladder(rows.number(table[bounds.column]), cuts, places, bounds.better)


def _capped(scheme: Scheme, table: ir.Table) -> Any:
    """The worse of the class that stands and what the caps allow."""
    keys, stands = scheme.keys(), table[_STANDS]
    limits = [
        test(scheme, cap.when, table).ifelse(keys.index(cap.at_most), 0) for cap in scheme.caps
    ]
    if not limits:
        return stands
    limit = reduce(lambda one, other: (one > other).ifelse(one, other), limits)
    return (limit > stands).ifelse(limit, stands).cast("int32")


def overriding(overrides: Sequence[Override]) -> pa.Table:
    """Overrides as `hold` takes them as a table."""
    import pyarrow as pa  # a tenth of a second that explanations do without

    return pa.table(
        {
            "_of": pa.array([one.customer_id for one in overrides], pa.string()),
            _OVERRIDE: pa.array([one.class_ for one in overrides], pa.string()),
        }
    )


def _overridden(table: ir.Table, decided: ir.Table) -> ir.Table:
    joined = table.left_join(decided, table.customer_id == decided["_of"])
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
        uncapped: the class without the cap, where a cap holds it.
        way: what is to be done about the cap.
    """

    class_: str | None
    held_by: str | None = None
    steps: list[Step] = field(default_factory=list)
    uncapped: str | None = None
    way: list[Step] = field(default_factory=list)


def held(
    scheme: Scheme,
    standard: Standard,
    computed: str | None,
    row: Mapping[str, Any],
    override: Override | None = None,
) -> Held:
    """The same for one row.

    Hysteresis rests on the runs before: what they came to is read from the row of a run,
    `standing` and `pending`; a row without them has no run before.
    """
    found = Held(computed)
    if computed is not None:
        found = _capped_of(scheme, row, _stands_of(scheme, standard, computed, row))
    if override is None:
        return found
    facts = {"class": override.class_, "reason": override.reason, "who": override.by}
    dates = {"since": override.since.isoformat()}
    code = "step-overridden" if override.until is None else "step-overridden-until"
    if override.until is not None:
        dates["until"] = override.until.isoformat()
    return Held(override.class_, "override", [*found.steps, Step(code, facts | dates)])


def _stands_of(scheme: Scheme, standard: Standard, computed: str, row: Mapping[str, Any]) -> Held:
    keys, standing, hysteresis = scheme.keys(), row.get("standing"), scheme.hysteresis
    if hysteresis is None or standing not in keys[: keys.index(computed)]:
        return Held(computed)
    facts: dict[str, Any] = {"class": standing, "computed": computed}
    bounds = bounds_of(scheme, standard)
    if hysteresis.runs is not None:
        facts |= {"pending": row.get("pending"), "runs": hysteresis.runs}
        return Held(standing, "hysteresis", [Step("step-held-runs", facts)])
    assert bounds is not None
    cut = eased(scheme, standard)[keys.index(standing)]
    name = "score" if bounds.column == "score" else "value"
    facts |= {"column": bounds.column} if name == "value" else {}
    facts |= {name: rows.number_of(row.get(bounds.column)), "cut": cut}
    code = "step-held-margin" if bounds.better == "higher" else "step-held-margin-lower"
    return Held(standing, "hysteresis", [Step(f"{code}-{name}", facts)])


def _capped_of(scheme: Scheme, row: Mapping[str, Any], found: Held) -> Held:
    keys = scheme.keys()
    place = keys.index(found.class_ or "")
    caps = [cap for cap in scheme.caps if holds(scheme, cap.when, row)]
    cap = max(caps, key=lambda cap: keys.index(cap.at_most), default=None)
    if cap is None or keys.index(cap.at_most) <= place:
        return found
    facts = {"reason": cap.reason.model_dump(), "because": why(scheme, cap.when, row)}
    step = Step("step-capped", facts | {"class": cap.at_most})
    way = [Step("next-uncapped", facts | {"class": found.class_})]
    return Held(cap.at_most, "cap", [*found.steps, step], found.class_, way)
