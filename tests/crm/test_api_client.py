"""The description of the API is valid, open to all, and makes a client that works."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from api_client import Program
from django.test import Client

CONFIG = """\
content_type_overrides:
  text/csv: application/octet-stream
  application/x-ndjson: application/octet-stream
  application/vnd.openxmlformats-officedocument.wordprocessingml.document: application/octet-stream
"""


def test_the_description_is_valid_and_needs_no_token(db):
    from openapi_spec_validator import validate

    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    validate(answer.json())


@pytest.fixture
def generated(tmp_path, monkeypatch, db):
    """The package that openapi-python-client makes of the description, without a warning."""
    described, config = tmp_path / "openapi.json", tmp_path / "config.yaml"
    described.write_text(json.dumps(Client().get("/api/v1/openapi.json").json()))
    config.write_text(CONFIG)
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning"]
    command += ["--path", described, "--config", config, "--meta", "none"]
    command += ["--output-path", tmp_path / "kefen_api"]
    tools = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    subprocess.run(command, check=True, cwd=tmp_path, env=os.environ | {"PATH": tools})
    monkeypatch.syspath_prepend(tmp_path)
    yield lambda name: importlib.import_module(f"kefen_api.{name}")
    for name in [name for name in sys.modules if name.split(".")[0] == "kefen_api"]:
        del sys.modules[name]


def test_a_generated_client_writes_and_reads(graded, bob, generated, live_server):
    token = Program(bob).headers["Authorization"].removeprefix("Bearer ")
    models, types = generated("models"), generated("types")
    send = generated("api.facts.send_facts").sync_detailed
    client = generated("client").AuthenticatedClient(base_url=live_server.url, token=token)
    with client:
        row = {"order_id": "G1", "customer_id": "C4", "ordered_on": "2025-12-24", "amount": "9.50"}
        item = models.SendFactsBodyItem.from_dict(row)
        landed = send("orders", client=client, body=[item], idempotency_key="g1")
        assert (int(landed.status_code), landed.parsed.added) == (201, 1)
        lines = "\n".join(json.dumps({**row, "order_id": f"G{n}"}) for n in (2, 3)).encode()
        csv = b"order_id,customer_id,ordered_on,amount\nG4,C4,2025-12-24,1\n"
        for form, text in (("ndjson", lines), ("csv", csv)):
            send = generated(f"api.facts.send_{form}").sync_detailed
            file = types.File(payload=text)
            assert send("orders", client=client, body=file).status_code == 201
        facts = generated("api.facts.list_facts").sync("orders", client=client, customer="C4")
        found = {one["order_id"]: one["amount"] for one in facts.items}
        assert found == {"G1": "9.50", "G2": "9.50", "G3": "9.50", "G4": "1.00"}
        classes = generated("api.customers.list_customer_classes").sync("C1", client=client)
        assert {one.scheme: one.class_ for one in classes}["abc"] == "A"
        members = generated("api.runs.list_classes").sync(graded["abc"].pk, client=client)
        assert members.items[0].customer == "C1"
