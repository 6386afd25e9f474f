"""Requests made up from the description of the API; imported by the test, as that takes long.

Of the ten thousand that each come near to what the description forbids, one in four is sent, the
same ones each time; KEFEN_EVERY_REQUEST=1 sends all.
"""

import os
from itertools import count

import schemathesis
from django.db import transaction
from hypothesis import HealthCheck, settings
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import positive_data_acceptance

EACH = 1 if os.environ.get("KEFEN_EVERY_REQUEST") else 4
_asked = count()
described_api = schemathesis.pytest.from_fixture("described_api")


@schemathesis.serializer("application/x-ndjson")
def lines(_context, value):
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@described_api.parametrize()
@settings(
    max_examples=3,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def answers_as_described(case, headers, snapshot):
    """Each request finds all as it was in the beginning."""
    if case.meta.phase.name == TestPhase.COVERAGE and next(_asked) % EACH:
        return
    with transaction.atomic():
        # What fits the schema may still be refused: a made-up cursor, a document with faults.
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])
        transaction.set_rollback(True)
    snapshot.restore()
