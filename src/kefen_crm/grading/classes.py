"""The class each customer has now: taken over from a finished run, in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from kefen_crm.customers.actions import synchronise
from kefen_crm.gateway.ledger import had_sales
from kefen_crm.grading import queries
from kefen_crm.grading.changed_classes import classes_by, program, to_look_at
from kefen_crm.grading.models import CustomerClass, Override, RunInForce, Scheme
from kefen_crm.grading.signals import classes_changed
from kefen_crm.platform.bulk import into_temporary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date, datetime

    import polars as pl

    from kefen_crm.gateway.grading import Classes
    from kefen_crm.gateway.ledger import Ledger
    from kefen_crm.grading.models import Run

_INCOMING = {
    "code": "text",
    "class_key": "text",
    "computed_key": "text",
    "held_by": "text",
    "pending": "smallint",
    "score": "double precision",
    "detail": "jsonb",
}


def apply_run(run: Run, classes: Classes, *, newest: bool = False) -> None:
    """Make `run` what its scheme says now; what each customer was before stays beside it.

    What was before is the last run as of an earlier day: a run of the same day, by another
    standard or on more facts, leaves it. A run as of an earlier day than the one in force does not
    take over, unless it is the `newest` the facts allow (an import was taken back). It is what
    customers were before, when that is later than what is known of that. Must be called in a
    transaction.
    """
    scheme = run.scheme
    # First of all: whoever classes few customers meanwhile waits here, and looks again.
    stands = _locked(scheme)
    in_force = stands.run if stands else None
    if in_force and in_force.pk == run.pk:
        return
    if stands and in_force and _older(run, in_force) and not newest:
        known = stands.before
        if known is None or _older(known, run) or not _older(known, in_force):
            RunInForce.objects.filter(scheme=scheme).update(before=run)
            _tell_before(scheme, classes)
        return
    onward = in_force is None or _older(in_force, run)
    told = {"run": run, "program": program()} | ({"before": in_force} if onward else {})
    RunInForce.objects.update_or_create(scheme=scheme, defaults=told)
    some = to_look_at(stands, classes, onward=onward)
    _write(scheme, classes, some, onward=onward)
    if not onward:
        _settle_before(run, stands.before if stands else None)
    apply_overrides([scheme.pk])


def _locked(scheme: Scheme) -> RunInForce | None:
    """What is in force, which nobody else changes until the end of the transaction."""
    stands = RunInForce.objects.select_for_update(of=("self",)).filter(scheme=scheme)
    return stands.select_related("run__version__scheme", "before__version__scheme").first()


def _write(scheme: Scheme, classes: Classes, some: list[str] | None, *, onward: bool) -> None:
    """Write the classes of some customers, or of everybody; whom they tell nothing of has none."""
    if some == []:
        return
    gone: list[str] | None = None
    if some is None:
        into_temporary("incoming_class", _INCOMING, classes.parts())
    else:
        rows = classes.of(some)
        gone = list({*some}.difference(rows["code"]))
        into_temporary("incoming_class", _INCOMING, rows)
    if some is None and not scheme.customer_classes.exists():
        _execute(_FIRST, scheme)
        # Else the planner would take the scheme to have hardly any, and read all for each customer.
        _execute("ANALYZE grading_customerclass", scheme)
        return
    _execute(_ONWARD if onward else _IN_PLACE, scheme)
    if gone is None or gone:  # to look for them takes the database a scan of all
        _execute(_GONE + ("" if gone is None else _OF_THESE), scheme, gone)


def _execute(command: str, scheme: Scheme, codes: list[str] | None = None) -> None:
    with connection.cursor() as cursor:
        about = {"scheme": scheme.pk, "codes": codes, "new": CustomerClass.NEW}
        cursor.execute(command, about)


def _settle_before(run: Run, known: Run | None) -> None:
    """Have what customers were before come from the last run as of an earlier day than `run`.

    `known` is the run it comes from so far; where it goes on to, only the new are looked up.
    """
    scheme = run.scheme
    if known is not None and _older(known, run):
        new = scheme.customer_classes.filter(graded_before=False)
        if new.exists() and (classes := classes_by(known)) is not None:
            rows = classes.of(new.values_list("customer__code", flat=True))
            into_temporary("incoming_class", _INCOMING, rows)
            _execute(_FILL_BEFORE, scheme)
        return
    earlier = queries.finished(scheme).filter(as_of__lt=run.as_of).first()
    classes = classes_by(earlier) if earlier else None
    # Without one, nobody asks the rows.
    RunInForce.objects.filter(scheme=scheme).update(before=earlier if classes else None)
    if classes is not None:
        _tell_before(scheme, classes)


def _tell_before(scheme: Scheme, classes: Classes) -> None:
    """Have everybody's row tell of these classes as those before."""
    into_temporary("incoming_class", _INCOMING, classes.parts())
    _execute(_BEFORE, scheme)


def follow_customers(ledger: Ledger, as_of: date) -> None:
    """Bring customers up to the ledger; those that it has no more have no class of today."""
    synchronise(ledger, as_of)
    with connection.cursor() as cursor:
        cursor.execute(_ARCHIVED)


@transaction.atomic
def clear_classes(ledger: Ledger) -> None:
    """Take runs in force whose sales the ledger has no more out of force, with all their classes.

    The runs stay on record.
    """
    if ledger.span() is not None:
        return
    found = RunInForce.objects.select_for_update(of=("self",)).select_related("scheme", "run")
    for stands in found.order_by("scheme"):
        scheme = stands.scheme
        if not had_sales(ledger, stands.run.ledger_version or 0):
            continue
        stands.delete()  # first of all, see `apply_run`
        _execute(_CLEAR, scheme)
        classes_changed.send(Scheme, scheme=scheme.pk, live=False)


def apply_live(
    run: Run, codes: Collection[str], classes: pl.DataFrame, arrived: datetime | None = None
) -> None:
    """Make these the classes of some customers until the next run; who has none takes no part.

    `arrived` is when the facts came in that they follow.

    Nothing happens where another run has taken over meanwhile. Must be called in a transaction.
    """
    into_temporary("incoming_class", _INCOMING, classes)
    about: dict[str, Any] = {
        "scheme": run.scheme.pk,
        "new": CustomerClass.NEW,
        "run": run.pk,
        "codes": list(codes),
        "arrived": arrived,
    }
    with connection.cursor() as cursor:
        cursor.execute(_IN_FORCE, about)
        if not cursor.fetchone():
            return
        cursor.execute(_LIVE, about)
        cursor.execute(_LEFT, about)
    apply_overrides([run.scheme.pk], live=True)


def apply_overrides(schemes: Iterable[int], *, live: bool = False) -> None:
    """Have people's decisions that stand now hold, and those that ended let go.

    A decision for a class that the scheme has no more does not count.
    """
    # Without any, the planner would read all classes to find that out.
    standing = Override.objects.filter(ended=None).order_by("scheme")
    decided = set(standing.values_list("scheme", flat=True).distinct())
    with connection.cursor() as cursor:
        for scheme in Scheme.objects.filter(pk__in=schemes).select_related("current"):
            about: dict[str, Any] = {
                "scheme": scheme.pk,
                "keys": [one.key for one in scheme.classes],
            }
            cursor.execute(_RELEASE, about)
            if scheme.pk in decided:
                cursor.execute(_HOLD, about)
            classes_changed.send(Scheme, scheme=scheme.pk, live=live)


def hold_classes() -> None:
    """Have nobody else write classes until the end of the transaction, as who deletes customers."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE grading_customerclass IN SHARE ROW EXCLUSIVE MODE")


def vacuum() -> None:
    """Have classes be counted within their index, once many were written."""
    if not connection.in_atomic_block:  # where there is no vacuum
        with connection.cursor() as cursor:
            cursor.execute("VACUUM grading_customerclass")


def _older(run: Run, other: Run) -> bool:
    return bool(run.as_of and other.as_of and run.as_of < other.as_of)


_BEFORE = """
    UPDATE grading_customerclass AS current
    SET graded_before = incoming.code IS NOT NULL, previous_key = incoming.class_key
    FROM customers_customer AS customer
        LEFT JOIN incoming_class AS incoming ON incoming.code = customer.code
    WHERE customer.id = current.customer_id AND current.scheme_id = %(scheme)s
        AND (current.graded_before, current.previous_key)
            IS DISTINCT FROM (incoming.code IS NOT NULL, incoming.class_key)
"""
_FILL_BEFORE = """
    UPDATE grading_customerclass AS current
    SET graded_before = true, previous_key = incoming.class_key
    FROM customers_customer AS customer JOIN incoming_class AS incoming USING (code)
    WHERE customer.id = current.customer_id AND current.scheme_id = %(scheme)s
        AND NOT current.graded_before
"""
_FIRST = """
    INSERT INTO grading_customerclass
        (customer_id, scheme_id, class_key, score, detail, computed_key, held_by, pending,
            graded_before, previous_key)
    SELECT customer.id, %(scheme)s, incoming.class_key, incoming.score, incoming.detail,
        incoming.computed_key, incoming.held_by, incoming.pending, true, incoming.class_key
    FROM incoming_class AS incoming JOIN customers_customer AS customer USING (code)
"""
"""As the run of a later day leaves those whose class stays, so that it need not write them."""
_INSERT = """
    INSERT INTO grading_customerclass AS current
        (customer_id, scheme_id, class_key, score, detail, computed_key, held_by, pending)
    SELECT customer.id, %(scheme)s, incoming.class_key, incoming.score, incoming.detail,
        incoming.computed_key, incoming.held_by, incoming.pending
    FROM incoming_class AS incoming JOIN customers_customer AS customer USING (code)
"""
_UPSERT = f"""{_INSERT}
    ON CONFLICT (customer_id, scheme_id) DO UPDATE SET
        class_key = EXCLUDED.class_key,
        score = EXCLUDED.score,
        detail = EXCLUDED.detail,
        computed_key = EXCLUDED.computed_key,
        held_by = EXCLUDED.held_by,
        pending = EXCLUDED.pending,
        live = NULL,
        live_facts = NULL,
        run_key = NULL"""
_ANOTHER = """
    WHERE current.live IS NOT NULL
        OR (current.class_key, current.score, current.detail, current.computed_key,
                current.held_by, current.pending)
            IS DISTINCT FROM (EXCLUDED.class_key, EXCLUDED.score, EXCLUDED.detail,
                EXCLUDED.computed_key, EXCLUDED.held_by, EXCLUDED.pending)
"""
_IN_PLACE = _UPSERT + _ANOTHER
_ONWARD = (
    _UPSERT
    + """,
        graded_before = current.run_key IS DISTINCT FROM %(new)s,
        previous_key = CASE WHEN current.live IS NULL THEN current.class_key
            ELSE NULLIF(current.run_key, %(new)s) END"""
    + _ANOTHER
    + """
        OR NOT current.graded_before OR current.previous_key IS DISTINCT FROM current.class_key
"""
)
"""What customers were in the run before is what they are until now."""
_ARCHIVED = """
    DELETE FROM grading_customerclass AS class USING customers_customer AS customer
    WHERE customer.id = class.customer_id
        AND customer.standing = 'archived' AND NOT customer.in_facts
"""
_GONE = """
    DELETE FROM grading_customerclass AS current USING customers_customer AS customer
    WHERE customer.id = current.customer_id AND current.scheme_id = %(scheme)s
        AND NOT EXISTS (SELECT FROM incoming_class WHERE incoming_class.code = customer.code)
"""
_CLEAR = "DELETE FROM grading_customerclass WHERE scheme_id = %(scheme)s"
_OF_THESE = "AND customer.code = ANY(%(codes)s)"
_IN_FORCE = """
    SELECT 1 FROM grading_runinforce WHERE scheme_id = %(scheme)s AND run_id = %(run)s FOR SHARE
"""
_LIVE = """
    INSERT INTO grading_customerclass AS current
        (customer_id, scheme_id, class_key, score, detail, computed_key, held_by, pending,
            live, live_facts, run_key)
    SELECT customer.id, %(scheme)s, incoming.class_key, incoming.score, incoming.detail,
        incoming.computed_key, incoming.held_by, incoming.pending, statement_timestamp(),
        %(arrived)s, %(new)s
    FROM incoming_class AS incoming JOIN customers_customer AS customer USING (code)
    ON CONFLICT (customer_id, scheme_id) DO UPDATE SET
        class_key = EXCLUDED.class_key,
        score = EXCLUDED.score,
        detail = EXCLUDED.detail,
        computed_key = EXCLUDED.computed_key,
        held_by = EXCLUDED.held_by,
        pending = EXCLUDED.pending,
        override_id = CASE WHEN EXCLUDED.held_by = 'override' THEN current.override_id END,
        live = statement_timestamp(),
        live_facts = EXCLUDED.live_facts,
        run_key = CASE WHEN current.live IS NULL THEN current.class_key ELSE current.run_key END
"""
_LEFT = """
    DELETE FROM grading_customerclass AS current USING customers_customer AS customer
    WHERE customer.id = current.customer_id AND current.scheme_id = %(scheme)s
        AND customer.code = ANY(%(codes)s)
        AND NOT EXISTS (SELECT FROM incoming_class WHERE incoming_class.code = customer.code)
"""
_RELEASE = """
    UPDATE grading_customerclass AS current
    SET class_key = computed_key, held_by = '', override_id = NULL
    WHERE scheme_id = %(scheme)s AND held_by = 'override' AND NOT EXISTS (
        SELECT FROM grading_override AS override
        WHERE override.customer_id = current.customer_id
            AND override.scheme_id = current.scheme_id
            AND override.ended IS NULL AND override.class_key = ANY(%(keys)s))
"""
_HOLD = """
    UPDATE grading_customerclass AS current
    SET class_key = override.class_key, held_by = 'override', override_id = override.id
    FROM grading_override AS override
    WHERE override.scheme_id = %(scheme)s AND override.ended IS NULL
        AND override.class_key = ANY(%(keys)s)
        AND current.customer_id = override.customer_id AND current.scheme_id = %(scheme)s
        AND (current.override_id, current.class_key, current.held_by)
            IS DISTINCT FROM (override.id, override.class_key, 'override')
"""
