"""The description of the API is true: requests made up from it are answered as it says."""

import json

import pytest
from api_client import Program
from data_directory import Snapshot
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from pydantic import BaseModel

from kefen_crm.site.api.service import api
from kefen_crm.site.wsgi import application


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


@pytest.fixture
def described_api():
    """What the description says, as requests are made up from it."""
    import schemathesis

    schema = schemathesis.openapi.from_dict(
        json.loads(json.dumps(api.get_openapi_schema(), default=str))
    )
    schema.app = application
    return schema


@pytest.fixture
def snapshot(graded, settings, tmp_path):
    return Snapshot(settings.KEFEN_DATA, tmp_path / "copy")


def test_answers_as_described(request, described_api, headers, snapshot):
    from made_up_requests import answers_as_described

    request.node._nodeid = request.node.nodeid  # where Schemathesis looks for it
    answers_as_described(request=request)


def test_every_schema_has_a_name_of_its_own():
    """Two of one name would be described as one of them."""
    described = set(api.get_openapi_schema()["components"]["schemas"])
    known = {}
    for model in subclasses(BaseModel):
        if model.__module__.startswith("kefen_crm.") and model.__name__ in described:
            known.setdefault(model.__name__, set()).add(model.__module__)
    assert not {name: where for name, where in known.items() if len(where) > 1}


def subclasses(model):
    for one in model.__subclasses__():
        yield one
        yield from subclasses(one)
