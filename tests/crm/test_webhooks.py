"""Webhooks: a receiver on this machine is sent events, signed; what does not arrive comes again."""

import base64
import hashlib
import hmac
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from api_client import Program
from django.urls import reverse
from django.utils import timezone

from jobs import work_off
from kefen_crm.customers.actions import edit
from kefen_crm.customers.models import Customer
from kefen_crm.platform.models import Notification
from kefen_crm.webhooks import actions, posting, sending
from kefen_crm.webhooks.demo import demo
from kefen_crm.webhooks.models import Delivery, Endpoint


@pytest.fixture
def receiver(settings):
    """A program that is sent requests; `answers` are its next statuses, at last always 204."""
    settings.KEFEN_WEBHOOKS_PRIVATE = True

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.had.append((dict(self.headers), body))
            self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
            self.end_headers()

        def log_message(self, *_about):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.had, server.answers = [], []
    server.url = f"http://127.0.0.1:{server.server_port}/in?from=kefen"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def signed(secret, headers, body):
    """The signature that a receiver works out by itself."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()


def go_on():
    sending.send_due()
    work_off("webhooks")


def due_now():
    """As if the pauses were over."""
    past = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(state="waiting").update(due=past)
    Endpoint.objects.update(rests_until=None)


def test_what_happens_is_sent_signed_and_once(graded, receiver, alice, carol, sign_in):
    page = sign_in(alice)
    given = {"url": receiver.url, "verbs": ["customer.edited"]}
    shown = page.post(reverse("webhooks:settings"), given).content.decode()
    hook = Endpoint.objects.get()
    assert hook.secret in shown.replace("&#x2B;", "+")
    assert (
        hook.secret not in page.get(reverse("webhooks:endpoint", args=[hook.pk])).content.decode()
    )
    acme = Customer.objects.get(code="C3")
    edit(carol, acme, {"phone": "139 0013 9000"})
    go_on()
    go_on()
    [(headers, body)] = receiver.had
    told = json.loads(body)
    assert (told["type"], told["data"]["customer"]) == ("customer.edited", "C3")
    assert told["data"]["after"]["phone"] == "139 0013 9000"
    assert headers["webhook-id"] == told["data"]["id"]
    assert headers["webhook-signature"] == signed(hook.secret, headers, body)
    assert Delivery.objects.get().state == "delivered"
    # A new secret signs beside the old one for a day.
    renewed = actions.renew(alice, hook)
    page.post(reverse("webhooks:test", args=[hook.pk]))
    work_off("webhooks")
    headers, body = receiver.had[-1]
    both = [signed(one, headers, body) for one in (renewed.secret, hook.secret)]
    assert headers["webhook-signature"].split() == both
    assert json.loads(body)["type"] == "webhook.tested"


def test_what_fails_comes_again_until_the_webhook_is_turned_off(graded, receiver, alice, carol):
    program = Program(alice)
    made = program.post("/webhooks", {"url": receiver.url, "events": ["customer.edited"]}, 201)
    acme = Customer.objects.get(code="C3")
    receiver.answers = [500]
    for number in (1, 2):
        edit(carol, acme, {"note": f"n{number}"})
    go_on()
    first, second = Delivery.objects.order_by("event_id")
    assert (first.state, first.attempts, first.status) == ("waiting", 1, 500)
    assert timedelta(seconds=3) < first.due - first.tried <= timedelta(seconds=6)
    assert second.attempts == 0  # it waits with the endpoint
    due_now()
    go_on()
    sent = [json.loads(body)["data"]["after"]["note"] for _headers, body in receiver.had]
    assert sent == ["n1", "n1", "n2"]
    assert len({headers["webhook-id"] for headers, _body in receiver.had}) == 2
    assert program.get(f"/webhooks/{made['id']}")["failures"] == 0
    # Ten in a row turn it off; it is told, and what waits goes when it is on again.
    receiver.answers = [503] * 10
    edit(carol, acme, {"note": "n3"})
    for _ in range(10):
        due_now()
        go_on()
    told = program.get(f"/webhooks/{made['id']}")
    assert (told["active"], told["why_off"], told["failures"]) == (False, "failing", 10)
    assert Notification.objects.filter(user=alice, kind="webhook.turned_off").count() == 1
    [given_up] = program.get(f"/webhooks/{made['id']}/deliveries?state=failed")["items"]
    program.post(f"/webhooks/deliveries/{given_up['id']}/again", {}, 422)  # it is off
    on = json.dumps({"active": True})
    program.ask("PATCH", f"/webhooks/{made['id']}", 200, data=on, content_type="application/json")
    program.post(f"/webhooks/deliveries/{given_up['id']}/again", {})
    work_off("webhooks")
    assert Delivery.objects.get(pk=given_up["id"]).state == "delivered"
    receiver.answers = [410]
    program.post(f"/webhooks/{made['id']}/test", {})
    work_off("webhooks")
    assert program.get(f"/webhooks/{made['id']}")["why_off"] == "gone"
    edit(carol, acme, {"note": "n4"})
    assert not Delivery.objects.filter(state="waiting", event__verb="customer.edited").exists()


def test_addresses_that_are_refused(graded, settings, alice):
    program = Program(alice)
    for url in ("ftp://erp.example.com/", "https://a:b@erp.example.com/", "https://"):
        program.post("/webhooks", {"url": url}, 422)
    told = {"url": "https://erp.example.com/", "events": ["customer.danced"]}
    program.post("/webhooks", told, 422)
    settings.KEFEN_WEBHOOKS_PRIVATE = False
    for host in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]"):
        assert posting.post(f"http://{host}:9/", b"{}", {}).error == "private"
    settings.KEFEN_WEBHOOKS_PRIVATE = True
    assert posting.post("http://127.0.0.1:9/", b"{}", {}).error == "refused"
    demo()
    sending.send_due()
    assert Endpoint.objects.get().active is False
