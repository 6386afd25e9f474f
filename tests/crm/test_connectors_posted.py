"""What other systems post to connectors: signed, taken once, told on the connector's page."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from test_connectors import connector, sold

from kefen_crm.connectors import actions, fetching, receiving
from kefen_crm.connectors.models import Connector, Fetch
from kefen_crm.facts.models import FactWrite
from kefen_crm.platform.models import Event
from kefen_crm.webhooks.signing import headers

ANSWERS = Path(__file__).parent / "connector_answers"
ORDER = {"order_id": "SO-9", "customer_id": "C3", "ordered_on": "2026-11-02", "amount": 250.5}


def said(kind="orders", data=ORDER):
    return json.dumps({"type": kind, "data": data}).encode()


def put(to, body, told, status=200):
    told = {name: value for name, value in told.items() if name.lower() != "content-type"}
    answer = Client(raise_request_exception=False).post(
        reverse("connectors:receive", args=[getattr(to, "pk", to)]),
        body,
        content_type="application/json",
        headers=told,
    )
    assert answer.status_code == status, answer.content.decode()
    return answer.json()


def post(to, body, status=200, *, key="m-1", secrets=(), ago=0):
    """Post a message as a sender of Standard Webhooks signs it."""
    seconds = int(timezone.now().timestamp()) - ago
    return put(to, body, headers(secrets or [to.secret], key, seconds, body), status)


def test_facts_are_posted_signed_and_taken_once(graded, alice):
    erp = connector(alice, "webhook")
    answer = post(erp, said())
    assert (answer["outcome"], answer["rows"]["orders"]["added"]) == ("landed", 1)
    program = Program(alice)
    orders = {one["order_id"]: one for one in program.get("/facts/orders?customer=C3")["items"]}
    assert Decimal(orders["SO-9"]["amount"]) == Decimal("250.50")
    # The same message again, as it was or signed anew, tells what came of it and does nothing.
    assert post(erp, said(), ago=60)["fetch"] == answer["fetch"]
    assert post(erp, said(data={**ORDER, "amount": 1}))["fetch"] == answer["fetch"]
    assert FactWrite.objects.count() == 1
    # Of several facts each row is taken or rejected by itself.
    rows = [
        {"payment_id": "P-1", "customer_id": "C3", "paid_on": "2026-11-05", "amount": "99.90"},
        {"payment_id": "P-2", "customer_id": "C3", "paid_on": "no day", "amount": "99.90"},
    ]
    counted = post(erp, said("payments", rows), key="m-2")["rows"]["payments"]
    assert (counted["added"], counted["rejected"]) == (1, 1)
    # What is no message is told, and so it is when it comes again.
    for body in (b"{", b"[]", said("parcels"), said(data=[]), said(data=["SO-1"])):
        for _time in range(2):
            told = post(erp, body, 422, key=hashlib.sha256(body).hexdigest())
            assert told["code"] == "not-taken"
    assert post(erp, said(data={**ORDER, "amount": {"a": 1}}), 422, key="m-3")["detail"]
    assert FactWrite.objects.count() == 2


def test_what_is_not_signed_so_is_refused_in_one_sentence(graded, alice, sign_in, monkeypatch):
    erp, other = connector(alice, "webhook"), connector(alice, "webhook")
    body, now = said(), int(timezone.now().timestamp())
    right = headers([erp.secret], "m-1", now, body)
    answers = [
        put(erp, body, {}, 401),
        put(erp, said(data={**ORDER, "amount": 9}), right, 401),  # the body was changed
        put(erp, body, right | {"webhook-id": "m-2"}, 401),
        put(erp, body, right | {"webhook-timestamp": str(now + 1)}, 401),
        put(erp, body, right | {"webhook-timestamp": "soon"}, 401),
        put(erp, body, right | {"webhook-signature": "v1,ä v2"}, 401),
        put(erp, body, headers([erp.secret], "m" * 201, now, body), 401),
        put(other, body, right, 401),
        put(10**6, body, right, 401),
        post(erp, body, 401, ago=400),
        post(erp, body, 401, ago=-400),
    ]
    assert len({json.dumps(one) for one in answers}) == 1
    assert not FactWrite.objects.exists()
    # One note of many, which the page tells; what then is right is taken nevertheless.
    assert [one.told["why"]["data"] for one in erp.fetches.all()] == [{"times": 9}]
    page = sign_in(alice).get(reverse("connectors:detail", args=[erp.pk])).content.decode()
    assert "9 messages were refused" in page
    put(erp, body, headers(["whsec_AAAA", erp.secret], "m-1", now, body))
    # A message that is too long is not read; a GET is none.
    monkeypatch.setattr(receiving, "MOST_BYTES", 20)
    assert post(erp, body, 413, key="m-9")["code"] == "too-large"
    assert Client().get(reverse("connectors:receive", args=[erp.pk])).status_code == 405


def test_a_secret_is_shown_once_and_the_one_before_holds_for_a_day(graded, alice, bob, sign_in):
    browser = sign_in(alice)
    page = browser.post(reverse("connectors:add", args=["webhook"]), {"title": "ERP"})
    erp = Connector.objects.get()
    first, place = erp.secret, reverse("connectors:detail", args=[erp.pk])
    assert first.startswith("whsec_")
    assert (first in page.content.decode(), page["Cache-Control"]) == (True, "no-store")
    page = browser.get(place).content.decode()
    assert (first in page, f"http://testserver/connectors/{erp.pk}/in/" in page) == (False, True)
    assert "Ask now" not in page
    page = browser.post(reverse("connectors:renew", args=[erp.pk])).content.decode()
    erp.refresh_from_db()
    assert (erp.secret in page, erp.secret != first) == (True, True)
    post(erp, said(), secrets=[first])
    post(erp, said(), key="m-2")
    assert ">taken<" in browser.get(place).content.decode()
    Connector.objects.update(former_until=timezone.now())
    post(erp, said(), 401, key="m-3", secrets=[first])
    # Turned off it takes nothing, and the sender tries again; nor is it ever asked.
    with pytest.raises(ValidationError, match="not asked"):
        actions.run_now(alice, erp)
    actions.change(alice, erp, {"active": False})
    assert post(erp, said(), 503, key="m-4")["code"] == "turned-off"
    actions.change(alice, erp, {"active": True})
    assert fetching.run(erp.pk) is None
    post(erp, said(), key="m-4")
    with pytest.raises(ValidationError, match="Kefen makes this secret"):
        actions.change(alice, erp, {"secret": "x"})
    with pytest.raises(PermissionDenied):
        actions.renew(bob, erp)
    assert first not in str(list(Event.objects.values("before", "after")))
    # By the API, too.
    program = Program(alice)
    made = program.post("/connectors", {"title": "POS", "source": "webhook"}, 201)
    assert made["secret"].startswith("whsec_")
    path = f"/connectors/{made['id']}"
    told = program.get(path)
    assert (told["address"], "secret" in told) == (
        f"http://testserver/connectors/{made['id']}/in/",
        False,
    )
    renewed = program.post(f"{path}/secret", {})["secret"]
    pos = Connector.objects.get(pk=made["id"])
    post(pos, said(), secrets=[made["secret"]])
    post(pos, said(), key="m-2", secrets=[renewed])
    outcomes = [one["outcome"] for one in program.get(f"{path}/fetches")["items"]]
    assert outcomes == ["nothing", "nothing"]
    drop = program.post("/connectors", {"title": "Drop", "source": "folder"}, 201)
    assert (drop["secret"], drop["address"]) == ("", "")
    program.post(f"/connectors/{drop['id']}/secret", {}, 422)


def test_what_waits_or_could_not_be_done_comes_to_something(graded, alice, sign_in, monkeypatch):
    erp = connector(alice, "webhook")
    monkeypatch.setattr(receiving, "attend", lambda write, _wait: write)  # another writer has it
    told = post(erp, said(), 202)
    assert (told["outcome"], told["rows"]) == ("checked", {"orders": {"queued": True}})
    assert post(erp, said(), 202)["fetch"] == told["fetch"]
    monkeypatch.undo()
    fetching.run_due()  # whatever waits is queued again …
    write = FactWrite.objects.get()
    receiving.attend(write, 1)
    fetching.run_due()  # … and told once it has landed
    fetch = Fetch.objects.get()
    assert (fetch.outcome, fetch.rows["orders"]["added"]) == ("landed", 1)
    # Whoever set it up may import no more: the sender is to try again.
    alice.role = "reader"
    alice.save()
    assert post(erp, said(), 503, key="m-2")["code"] == "not-taken"
    alice.role = "admin"
    alice.save()
    assert post(erp, said(), key="m-2")["outcome"] == "nothing"


def shopify(to, order, status=200, secret="shpss_1"):
    body = json.dumps(order).encode()
    digest = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    told = {"X-Shopify-Topic": "orders/updated", "X-Shopify-Hmac-Sha256": digest}
    return put(to, body, told, status)


def test_a_shopify_shop_posts_its_orders(graded, settings, alice, sign_in):
    browser = sign_in(alice)
    new = {"title": "Shop", "prefix": "S-", "secret": "shpss_1"}
    page = browser.post(reverse("connectors:add", args=["shopifyorders"]), new, follow=True)
    assert "shpss_1" not in page.content.decode()
    shop = Connector.objects.get()
    now = timezone.now()
    order = json.loads((ANSWERS / "shopify_orders.json").read_bytes())["orders"][0]
    customer = f"S-{order['customer']['id']}"
    order |= {"updated_at": (now - timedelta(hours=1)).isoformat()}
    assert shopify(shop, order)["outcome"] == "landed"
    worth = sold(settings, customer)
    assert worth > 0
    # It changes; the message of before, late or repeated, brings nothing back.
    late = order | {"note": "late", "updated_at": (now - timedelta(minutes=30)).isoformat()}
    newer = order | {"cancelled_at": now.isoformat(), "updated_at": now.isoformat()}
    assert shopify(shop, newer)["outcome"] == "landed"
    assert shopify(shop, late)["left_out"] == ["1 message that is older than what is known"]
    assert shopify(shop, order)["outcome"] == "landed"  # what came of it then
    assert sold(settings, customer) <= 0
    # Another body, another secret, an order of long ago; something else than an order.
    old = order | {"updated_at": (now - timedelta(days=3)).isoformat()}
    shopify(shop, old, 401)
    shopify(shop, newer | {"note": "x"}, 401, secret="shpss_2")
    assert shopify(shop, {"id": 1})["left_out"] == ["1 message about something else than an order"]
    shopify(shop, newer | {"line_items": ["x"], "id": 77}, 422)
    # Its secret is changed by a form, and the one before still signs.
    browser.post(
        reverse("connectors:change", args=[shop.pk]),
        {**new, "secret": "shpss_2", "version": shop.version},
    )
    shopify(shop, newer | {"note": "a"}, secret="shpss_1")
    shopify(shop, newer | {"note": "b"}, secret="shpss_2")
