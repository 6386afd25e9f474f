"""How the database finds a page of changes: by their index, from where the last one ended."""

import pytest
from django.db import connection

from kefen_crm.integrations import feed

INDEXES = {
    feed.CUSTOMERS: "customer_by_change",
    feed.CLASSES: "class_by_change",
    feed.RUNS: "run_by_change",
}


def within(plan, parent=""):
    """The indexes of a plan, each with the step that takes its rows."""
    found = {plan["Index Name"]: parent} if "Index Name" in plan else {}
    for part in plan.get("Plans", ()):
        found |= within(part, plan["Node Type"])
    return found


@pytest.mark.parametrize("source", INDEXES, ids=lambda one: one.kind)
def test_a_page_is_taken_from_the_index_in_its_order(db, source):
    plans = []

    def explain(execute, sql, params, many, context):
        if "UNION ALL" in sql:
            execute(f"EXPLAIN (FORMAT JSON) {sql}", params, many, context)
            [[[told]]] = context["cursor"].fetchall()
            plans.append(told["Plan"])
        return execute(sql, params, many, context)

    with connection.cursor() as cursor:  # as of a large table
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    with connection.execute_wrapper(explain):
        feed.changes(source, "", 10)
    assert within(plans[0])[INDEXES[source]] == "Limit"
