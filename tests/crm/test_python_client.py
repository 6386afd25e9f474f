"""`kefen.Client`: what it does for programs, on the site and on a server that misbehaves."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from api_client import Program

from kefen import Client, ClientError, KefenError


def token(user):
    return Program(user).headers["Authorization"].removeprefix("Bearer ")


def test_the_site_is_read_and_written(graded, bob, carol, live_server):
    site = Client(live_server.url, token(bob))
    rows = [
        {"order_id": f"K-{n}", "customer_id": "C4", "ordered_on": "2025-12-24", "amount": "9.50"}
        for n in range(3)
    ]
    first = site.send("orders", rows, source="till", key="k1")
    assert (first["added"], site.send("orders", rows, source="till", key="k1")["id"]) == (
        3,
        first["id"],
    )
    codes = [one["code"] for one in site.pages("/customers", limit=2)]
    assert len(codes) == len(set(codes)) >= 5
    assert {one["code"] for one in site.pages("/customers", class_="abc:A")} == {"C1"}
    items, deleted, cursor = site.changes("customers", limit=2)
    assert ({one["code"] for one in items}, deleted) == (set(codes), [])
    assert site.changes("customers", cursor)[:2] == ([], [])
    task = site.post("/tasks", {"customer": "C1", "due_on": "2099-09-22"}, key="t1")
    assert site.post("/tasks", {"customer": "C1", "due_on": "2099-09-22"}, key="t1") == task
    with pytest.raises(ClientError) as refused:
        site.send("orders", [{"order_id": "K-9"}])
    assert (refused.value.status, refused.value.detail != "") == (422, True)
    with pytest.raises(ClientError, match="not-permitted") as refused:
        Client(live_server.url, token(carol)).get("/connectors")
    assert (refused.value.status, isinstance(refused.value, KefenError)) == (403, True)
    with pytest.raises(ClientError) as refused:
        Client(live_server.url, "kfn_no").get("/me")
    assert refused.value.status == 401
    assert "Kunden" not in str(refused.value)
    with pytest.raises(ClientError, match="no address"):
        Client("crm.example.com")


class Site(BaseHTTPRequestHandler):
    """Answers as it is told, request by request."""

    def do(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, self.headers, body))
        status, told, *more = self.server.answers.pop(0)
        text = told.encode() if isinstance(told, str) else json.dumps(told).encode()
        self.send_response(status)
        for name, value in dict(*more).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PATCH = do  # noqa: N815  # as the library has it

    def log_message(self, *_about):
        pass


@pytest.fixture
def server():
    made = HTTPServer(("127.0.0.1", 0), Site)
    made.asked, made.answers = [], []
    made.url = f"http://127.0.0.1:{made.server_port}"
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def test_what_is_busy_is_asked_again_and_the_token_stays_with_its_host(server, monkeypatch):
    pauses = []
    monkeypatch.setattr("kefen.client.time.sleep", pauses.append)
    site = Client(server.url, "kfn_1", language="zh")
    server.answers = [(503, {}, {"Retry-After": "7"}), (429, "slow"), (200, {"ok": True})]
    assert site.get("/me") == {"ok": True}
    assert pauses == [7, 1]
    assert {one[2]["Authorization"] for one in server.asked} == {"Bearer kfn_1"}
    assert server.asked[0][2]["Accept-Language"] == "zh"
    # The next page is one of this site, whatever host its address names.
    after = {"items": [{"n": 1}], "next": "https://elsewhere.example/api/v1/tasks?cursor=x&limit=1"}
    server.answers = [(200, after), (200, {"items": [{"n": 2}], "next": None})]
    assert list(site.pages("/tasks", limit=1, late=True)) == [{"n": 1}, {"n": 2}]
    assert [one[1] for one in server.asked[-2:]] == [
        "/api/v1/tasks?limit=1&late=true", "/api/v1/tasks?cursor=x&limit=1",
    ]  # fmt: skip
    # Facts that wait are looked for until they have landed, or are refused.
    waits = {"id": 5, "status": "queued", "landed": None, "problem": None}
    landed = waits | {"status": "landed", "landed": {"id": "b", "added": 1}}
    server.answers = [(502, "x"), (202, waits), (200, waits), (200, landed)]
    assert site.send("orders", [{"order_id": "1"}]) == {"id": "b", "added": 1}
    keys = {one[2]["Idempotency-Key"] for one in server.asked[-4:-2]}
    assert len(keys) == 1
    problem = {"code": "known-keys", "status": 409, "detail": "Known.", "errors": []}
    refused = waits | {"status": "refused", "problem": problem}
    server.answers = [(202, waits), (200, refused)]
    with pytest.raises(ClientError, match="Known") as told:
        site.send("orders", [{"order_id": "1"}])
    assert (told.value.code, told.value.status) == ("known-keys", 409)
    server.answers = [(202, waits)]
    with pytest.raises(ClientError, match="still-queued"):
        site.send("orders", [{"order_id": "1"}], seconds=0)
    # What may have been done is not done again without a key; a redirect is not followed.
    asked = len(server.asked)
    server.answers = [(503, {"code": "busy", "detail": "Later.", "status": 503})]
    with pytest.raises(ClientError, match="Later"):
        site.post("/tasks", {})
    server.answers = [(302, "", {"Location": "http://elsewhere.example/"})]
    with pytest.raises(ClientError, match="302"):
        site.get("/me")
    assert len(server.asked) == asked + 2
    with pytest.raises(ClientError, match="no-answer"):
        Client("http://127.0.0.1:1").get("/me")
