"""The class each customer has now: taken over from a finished run, in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from kefen_crm.customers.actions import synchronise
from kefen_crm.grading.models import Scheme
from kefen_crm.grading.signals import classes_changed
from kefen_crm.platform.bulk import into_temporary

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

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

    A run as of an earlier day than the one in force does not take over, unless it is the `newest`
    the facts allow (an import was taken back). It is what customers were before, when that is
    later than what is known of that. The same run again, or one of the same scheme, facts and
    day, leaves what was before. Must be called in a transaction.
    """
    scheme = run.scheme
    in_force = scheme.customer_classes.select_related("run", "previous_run").first()
    if in_force and in_force.run_id == run.pk:
        return
    into_temporary("incoming_class", _INCOMING, classes)
    about = {"scheme": scheme.pk, "run": run.pk}
    with connection.cursor() as cursor:
        if in_force and _older(run, in_force.run) and not newest:
            known = scheme.customer_classes.filter(previous_run__isnull=False).first()
            if known is None or known.previous_run is None or _older(known.previous_run, run):
                cursor.execute(_BEFORE, about)
            return
        again = in_force is not None and _same(run, in_force.run)
        cursor.execute(_AGAIN if again else _UPSERT, about)
        cursor.execute(_GONE, about)
    apply_overrides([scheme.pk])


def follow_customers(ledger: Ledger, as_of: date) -> None:
    """Bring customers up to the ledger; those that it has no more have no class of today."""
    synchronise(ledger, as_of)
    with connection.cursor() as cursor:
        cursor.execute(_ARCHIVED)


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


def _same(run: Run, other: Run) -> bool:
    return (run.version_id, run.ledger_version, run.as_of) == (
        other.version_id,
        other.ledger_version,
        other.as_of,
    )


_AGAIN = """
    UPDATE grading_customerclass AS current
    SET run_id = %(run)s, class_key = incoming.class_key, score = incoming.score,
        detail = incoming.detail, computed_key = incoming.computed_key,
        held_by = incoming.held_by, pending = incoming.pending
    FROM customers_customer AS customer JOIN incoming_class AS incoming USING (code)
    WHERE customer.id = current.customer_id AND current.scheme_id = %(scheme)s
"""
_BEFORE = """
    UPDATE grading_customerclass AS current
    SET previous_run_id = CASE WHEN incoming.code IS NULL THEN NULL ELSE %(run)s END,
        previous_key = incoming.class_key
    FROM customers_customer AS customer
        LEFT JOIN incoming_class AS incoming ON incoming.code = customer.code
    WHERE customer.id = current.customer_id AND current.scheme_id = %(scheme)s
"""
_UPSERT = """
    INSERT INTO grading_customerclass AS current
        (customer_id, scheme_id, run_id, class_key, score, detail, computed_key, held_by, pending)
    SELECT customer.id, %(scheme)s, %(run)s, incoming.class_key, incoming.score, incoming.detail,
        incoming.computed_key, incoming.held_by, incoming.pending
    FROM incoming_class AS incoming JOIN customers_customer AS customer USING (code)
    ON CONFLICT (customer_id, scheme_id) DO UPDATE SET
        previous_run_id = current.run_id,
        previous_key = current.class_key,
        run_id = EXCLUDED.run_id,
        class_key = EXCLUDED.class_key,
        score = EXCLUDED.score,
        detail = EXCLUDED.detail,
        computed_key = EXCLUDED.computed_key,
        held_by = EXCLUDED.held_by,
        pending = EXCLUDED.pending
"""
_ARCHIVED = """
    DELETE FROM grading_customerclass AS class USING customers_customer AS customer
    WHERE customer.id = class.customer_id
        AND customer.standing = 'archived' AND NOT customer.in_facts
"""
_GONE = "DELETE FROM grading_customerclass WHERE scheme_id = %(scheme)s AND run_id <> %(run)s"
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
