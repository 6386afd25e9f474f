"""The description of the API is true: requests made up from it are answered as it says."""

import json

import pytest
import schemathesis
from api_client import Program
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from kefen_crm.site.api.service import api
from kefen_crm.site.wsgi import application

described = json.loads(json.dumps(api.get_openapi_schema(), default=str))
schema = schemathesis.openapi.from_dict(described)
schema.app = application


@schemathesis.serializer("application/x-ndjson")
def lines(_context, value):
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@pytest.fixture
def one_connection():
    """Requests stay in the transaction of the test, as those of Django's own test client do."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def headers(graded, alice, one_connection):
    return {"Authorization": Program(alice).headers["Authorization"]}


@schema.parametrize()
@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_answers_as_described(case, headers):
    # What fits the schema may still be refused: a made-up cursor, a document with faults.
    case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])
