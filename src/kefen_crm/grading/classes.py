"""The class each customer has now: taken over from a finished run, in bulk."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.db import connection

from kefen_crm.customers.actions import synchronise
from kefen_crm.gateway import KefenError
from kefen_crm.gateway import grading as engine
from kefen_crm.gateway.ledger import opened
from kefen_crm.grading import queries
from kefen_crm.grading.models import Scheme
from kefen_crm.grading.signals import classes_changed
from kefen_crm.platform.bulk import into_temporary

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date, datetime

    import polars as pl

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


def apply_run(run: Run, classes: pl.DataFrame, *, newest: bool = False) -> None:
    """Make `run` what its scheme says now; what each customer was before stays beside it.

    What was before is the last run as of an earlier day: a run of the same day, by another
    standard or on more facts, leaves it. A run as of an earlier day than the one in force does not
    take over, unless it is the `newest` the facts allow (an import was taken back). It is what
    customers were before, when that is later than what is known of that. Must be called in a
    transaction.
    """
    scheme = run.scheme
    in_force = queries.in_force(scheme)
    if in_force and in_force.pk == run.pk:
        return
    into_temporary("incoming_class", _INCOMING, classes)
    about = {"scheme": scheme.pk, "run": run.pk}
    with connection.cursor() as cursor:
        if in_force and _older(run, in_force) and not newest:
            known = queries.before(scheme)
            if known is None or _older(known, run) or not _older(known, in_force):
                cursor.execute(_BEFORE, about)
            return
        onward = in_force is None or _older(in_force, run)
        cursor.execute(_INSERT + (_ONWARD if onward else _IN_PLACE), about)
        cursor.execute(_GONE, about)
    if not onward:
        _settle_before(run)
    apply_overrides([scheme.pk])


def _settle_before(run: Run) -> None:
    """Have what customers were before come from the last run as of an earlier day than `run`."""
    scheme = run.scheme
    known = queries.before(scheme)
    stays = known is not None and _older(known, run)
    earlier = known if stays else queries.finished(scheme).filter(as_of__lt=run.as_of).first()
    about = {"scheme": scheme.pk, "run": earlier.pk if earlier else None}
    with connection.cursor() as cursor:
        if not stays:
            cursor.execute(_NOTHING_BEFORE, about)
        if earlier is None:
            return
        with opened() as ledger, suppress(KefenError):
            classes = engine.classes_of(engine.open_run(ledger, earlier.engine_id))
            into_temporary("incoming_class", _INCOMING, classes)
            cursor.execute(_FILL_BEFORE, about)


def follow_customers(ledger: Ledger, as_of: date) -> None:
    """Bring customers up to the ledger; those that it has no more have no class of today."""
    synchronise(ledger, as_of)
    with connection.cursor() as cursor:
        cursor.execute(_ARCHIVED)


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
    apply_overrides([run.scheme.pk])


def apply_overrides(schemes: Iterable[int]) -> None:
    """Have people's decisions that stand now hold, and those that ended let go.

    A decision for a class that the scheme has no more does not count.
    """
    with connection.cursor() as cursor:
        for scheme in Scheme.objects.filter(pk__in=schemes).select_related("current"):
            about: dict[str, Any] = {
                "scheme": scheme.pk,
                "keys": [one.key for one in scheme.classes],
            }
            cursor.execute(_RELEASE, about)
            cursor.execute(_HOLD, about)
            classes_changed.send(Scheme, scheme=scheme.pk)


def _older(run: Run, other: Run) -> bool:
    return bool(run.as_of and other.as_of and run.as_of < other.as_of)


_BEFORE = """
    UPDATE grading_customerclass AS current
    SET previous_run_id = CASE WHEN incoming.code IS NULL THEN NULL ELSE %(run)s END,
        previous_key = incoming.class_key
    FROM customers_customer AS customer
        LEFT JOIN incoming_class AS incoming ON incoming.code = customer.code
    WHERE customer.id = current.customer_id AND current.scheme_id = %(scheme)s
"""
_NOTHING_BEFORE = """
    UPDATE grading_customerclass SET previous_run_id = NULL, previous_key = NULL
    WHERE scheme_id = %(scheme)s AND (previous_run_id IS NOT NULL OR previous_key IS NOT NULL)
"""
_FILL_BEFORE = """
    UPDATE grading_customerclass AS current
    SET previous_run_id = %(run)s, previous_key = incoming.class_key
    FROM customers_customer AS customer JOIN incoming_class AS incoming USING (code)
    WHERE customer.id = current.customer_id AND current.scheme_id = %(scheme)s
        AND current.previous_run_id IS NULL
"""
_INSERT = """
    INSERT INTO grading_customerclass AS current
        (customer_id, scheme_id, run_id, class_key, score, detail, computed_key, held_by, pending)
    SELECT customer.id, %(scheme)s, %(run)s, incoming.class_key, incoming.score, incoming.detail,
        incoming.computed_key, incoming.held_by, incoming.pending
    FROM incoming_class AS incoming JOIN customers_customer AS customer USING (code)
    ON CONFLICT (customer_id, scheme_id) DO UPDATE SET"""
_IN_PLACE = """
        run_id = EXCLUDED.run_id,
        class_key = EXCLUDED.class_key,
        score = EXCLUDED.score,
        detail = EXCLUDED.detail,
        computed_key = EXCLUDED.computed_key,
        held_by = EXCLUDED.held_by,
        pending = EXCLUDED.pending,
        live = NULL,
        live_facts = NULL,
        run_key = NULL
"""
_ONWARD = (
    """
        previous_run_id = CASE WHEN current.run_key = '~new' THEN NULL ELSE current.run_id END,
        previous_key = CASE WHEN current.live IS NULL THEN current.class_key
            ELSE NULLIF(current.run_key, '~new') END,"""
    + _IN_PLACE
)
_ARCHIVED = """
    DELETE FROM grading_customerclass AS class USING customers_customer AS customer
    WHERE customer.id = class.customer_id
        AND customer.standing = 'archived' AND NOT customer.in_facts
"""
_GONE = "DELETE FROM grading_customerclass WHERE scheme_id = %(scheme)s AND run_id <> %(run)s"
_IN_FORCE = """
    SELECT 1 FROM grading_customerclass WHERE scheme_id = %(scheme)s AND run_id = %(run)s
    ORDER BY class_key LIMIT 1
"""
_LIVE = """
    INSERT INTO grading_customerclass AS current
        (customer_id, scheme_id, run_id, class_key, score, detail, computed_key, held_by, pending,
            live, live_facts, run_key)
    SELECT customer.id, %(scheme)s, %(run)s, incoming.class_key, incoming.score, incoming.detail,
        incoming.computed_key, incoming.held_by, incoming.pending, statement_timestamp(),
        %(arrived)s, '~new'
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
    WHERE current.run_id = %(run)s
"""
_LEFT = """
    DELETE FROM grading_customerclass AS current USING customers_customer AS customer
    WHERE customer.id = current.customer_id AND current.scheme_id = %(scheme)s
        AND current.run_id = %(run)s AND customer.code = ANY(%(codes)s)
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
