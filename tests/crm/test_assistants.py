"""Assistants over MCP: the protocol's own client speaks with the site over loopback."""

import asyncio
import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from mcp.client import Client as Assistant
from mcp.client.streamable_http import streamable_http_client

from kefen_crm.activities.models import Task
from kefen_crm.customers.models import Customer
from kefen_crm.holdings.actions import release
from kefen_crm.holdings.models import Pool
from kefen_crm.platform.models import Event
from kefen_crm.site.api.service import api
from kefen_crm.team.actions import create_token

DOC = (Path(__file__).parents[2] / "docs" / "assistants.md").read_text(encoding="utf-8")
TOMORROW = (timezone.localdate() + timedelta(days=1)).isoformat()


class Session:
    """What somebody's assistant does, with a token of theirs that has these scopes."""

    def __init__(self, url, user, scopes=(), mode="auto"):
        self.url, self.mode = f"{url}/mcp", mode
        key = create_token(user, "assistant", None, scopes)[1]
        self.headers = {"Authorization": f"Bearer {key}"}

    def run(self, doing):
        """What `doing` gives of a connected client."""

        async def connected():
            async with httpx2.AsyncClient(headers=self.headers) as http:
                transport = streamable_http_client(self.url, http_client=http)
                async with Assistant(transport, mode=self.mode) as client:
                    return await doing(client)

        return asyncio.run(connected())

    def call(self, name, **arguments):
        """Whether a tool failed, and what it said."""
        answer = self.run(lambda client: client.call_tool(name, arguments))
        [content] = answer.content
        return bool(answer.is_error), content.text

    def read(self, name, **arguments):
        failed, text = self.call(name, **arguments)
        assert not failed, text
        return json.loads(text)


@pytest.fixture
def pooled(graded, carol):
    """C3, which Carol gave up, with a telephone number."""
    Pool.objects.create(name="Company", rest_days=0, former_waits=0)
    Customer.objects.filter(code="C3").update(phone="13800000003")
    release(carol, Customer.objects.get(code="C3"), reason="Moved abroad")


@pytest.fixture
def assistant(live_server, graded):
    """Makes the session of somebody."""
    return lambda user, *scopes, **more: Session(live_server.url, user, scopes, **more)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_clients_old_and_new_find_the_tools(assistant, erin, mode):
    listed = assistant(erin, mode=mode).run(lambda client: client.list_tools()).tools
    tools = {one.name: one for one in listed}
    assert set(tools) == set(re.findall(r"^\| `(\w+)`", DOC, re.MULTILINE))
    assert tools["list_customers"].annotations.read_only_hint
    assert not tools["log_activity"].annotations.read_only_hint
    assert "confirm" in tools["log_activity"].input_schema["properties"]
    for one in listed:
        text = json.dumps(one.input_schema)
        named = set(re.findall(r'"#/\$defs/(\w+)"', text))
        assert named <= set(one.input_schema.get("$defs", {})), one.name
        assert "#/components" not in text


def test_nothing_goes_around_the_gate_of_what_is_sent():
    """Tools that change something are named here: one more wants a thought."""
    writing = {
        operation["operationId"]
        for methods in api.get_openapi_schema()["paths"].values()
        for method, operation in methods.items()
        if operation.get("x-kefen-tool") is True and method != "get"
    }
    assert writing == {
        *("plan_task", "snooze_task", "skip_task", "finish_task", "log_activity"),
        *("add_contact", "change_contact", "create_customer", "edit_customer", "tag_customer"),
        *("open_ticket", "add_message", "solve_ticket", "add_promise", "note_fact", "note_lead"),
        *("open_opportunity", "move_opportunity", "plan_offer", "claim_customer", "set_override"),
        "send_message",
    }


def test_reads_what_its_person_may_read(assistant, carol, bob):
    mine, all_of_them = assistant(carol), assistant(bob)
    assert {one["code"] for one in mine.read("list_customers")["items"]} == {"C1", "C3"}
    first = all_of_them.read("list_customers", limit=2)
    second = all_of_them.read("list_customers", limit=2, cursor=first["cursor"])
    codes = [one["code"] for page in (first, second) for one in page["items"]]
    assert len(set(codes)) == 4
    assert all_of_them.read("get_customer", code="C2")["name"] == "重庆机电厂"
    told = all_of_them.read("explain_class", code="C2", scheme="abc")
    assert told["class"] == "B"
    failed, text = mine.call("get_customer", code="C2")
    assert failed
    assert json.loads(text)["code"] == "not-found"


def test_changes_after_a_yes_and_is_named_in_the_history(assistant, carol, sign_in):
    session = assistant(carol)
    wanted = {"customer": "C1", "title": "Send the quote", "due_on": TOMORROW}
    failed, text = session.call("plan_task", **wanted)
    assert failed
    assert "Nothing was changed" in text
    assert "Send the quote" in text
    assert session.call("plan_task", **wanted, confirm="yes")[0]
    assert not Task.objects.filter(title="Send the quote").exists()

    once = {"idempotency_key": "of-the-assistant", "confirm": True}
    planned = session.read("plan_task", **wanted, **once)
    assert session.read("plan_task", **wanted, **once)["id"] == planned["id"]
    assert planned["owner"] == "carol"
    event = Event.objects.get(customer__code="C1", verb="task.planned")
    assert (event.actor, event.via) == (carol, "assistant")
    page = sign_in(carol).get(reverse("customers:detail", args=["C1"])).content.decode()
    assert "Carol 张 via assistant" in page
    carol.language = "zh-hans"
    carol.save()
    assert (
        "通过助手" in sign_in(carol).get(reverse("customers:detail", args=["C1"])).content.decode()
    )


def test_refuses_what_the_person_or_the_token_may_not(assistant, carol, erin):
    wanted = {"customer": "C1", "title": "Call", "due_on": TOMORROW, "confirm": True}
    for session in (assistant(erin), assistant(carol, "edit_customers")):
        failed, text = session.call("plan_task", **wanted)
        assert failed
        assert json.loads(text)["code"] == "not-permitted"
    session = assistant(carol)
    failed, text = session.call("plan_task", **wanted | {"customer": "C2"})
    assert failed
    assert "C2" in text
    told = [
        session.call("plan_task", customer="C1", wish="none"),
        session.call("plan_task", customer="C1"),
        session.call("finish_task", task_id="1/done", reason="Called", confirm=True),
        session.call("erase_everything"),
    ]
    assert [text.split(".")[0] for _failed, text in told] == [
        "plan_task has no wish",
        "plan_task needs due_on",
        "finish_task takes no such task_id",
        "There is no tool erase_everything",
    ]
    assert all(failed for failed, _text in told)
    assert not Task.objects.filter(origin="person").exists()


def test_hides_of_customers_in_the_pool_what_the_site_hides(assistant, pooled, dave):
    shown = assistant(dave).read("list_pooled")["items"]
    assert {one["code"]: one["phone"] for one in shown}["C3"] is None
    assert "13800000003" not in json.dumps(shown)
    assert assistant(dave).call("get_customer", code="C3")[0]


def test_asks_for_a_token(live_server, db, carol, sign_in):
    asked = {"data": "{}", "content_type": "application/json"}
    for client in (Client(), sign_in(carol)):  # nor does the site's own session open it
        answer = client.post("/mcp", **asked)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert Client().get("/mcp").status_code == 405
    key = create_token(carol, "assistant")[1]
    large = {"data": b" " * (2 << 20), "content_type": "application/json"}
    answer = Client().post("/mcp", headers={"Authorization": f"Bearer {key}"}, **large)
    assert answer.status_code == 413


def test_the_protocol_is_read_when_somebody_uses_it():
    code = (
        "import os, sys, django; os.environ['DATABASE_URL'] = 'postgresql:///none'\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'kefen_crm.site.settings'; django.setup()\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "print([name for name in ('mcp', 'mcp_types', 'starlette') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
