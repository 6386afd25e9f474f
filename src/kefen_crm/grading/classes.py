"""The class each customer has now: taken over from a finished run, in bulk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from kefen_crm.shared.bulk import into_temporary

if TYPE_CHECKING:
    import polars as pl

    from kefen_crm.grading.models import Run

_INCOMING = {
    "code": "text",
    "class_key": "text",
    "score": "double precision",
    "detail": "jsonb",
}


def take_over(run: Run, classes: pl.DataFrame) -> None:
    """Make `run` what its scheme says now; what each customer was before stays beside it.

    A run older than the one in force does not take over. The same run again changes nothing.
    Must be called in a transaction.
    """
    scheme = run.scheme
    in_force = scheme.customer_classes.select_related("run").first()
    if in_force and (in_force.run_id == run.pk or _older(run, in_force.run)):
        return
    into_temporary("incoming_class", _INCOMING, classes)
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, {"scheme": scheme.pk, "run": run.pk})
        cursor.execute(_GONE, {"scheme": scheme.pk, "run": run.pk})


def _older(run: Run, other: Run) -> bool:
    return bool(run.as_of and other.as_of and run.as_of < other.as_of)


_UPSERT = """
    INSERT INTO grading_customerclass AS current
        (customer_id, scheme_id, run_id, class_key, score, detail)
    SELECT customer.id, %(scheme)s, %(run)s, incoming.class_key, incoming.score, incoming.detail
    FROM incoming_class AS incoming JOIN customers_customer AS customer USING (code)
    ON CONFLICT (customer_id, scheme_id) DO UPDATE SET
        previous_run_id = current.run_id,
        previous_key = current.class_key,
        run_id = EXCLUDED.run_id,
        class_key = EXCLUDED.class_key,
        score = EXCLUDED.score,
        detail = EXCLUDED.detail
"""
_GONE = "DELETE FROM grading_customerclass WHERE scheme_id = %(scheme)s AND run_id <> %(run)s"
