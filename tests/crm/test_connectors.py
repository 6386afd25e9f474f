"""Connectors: each source's documented answers are read from a server on this machine."""

import json
import os
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

import kefen
from jobs import work_off
from kefen_crm.connectors import actions, fetching
from kefen_crm.connectors.models import Connector, Fetch
from kefen_crm.connectors.sources import kingdee, s3
from kefen_crm.connectors.sources.address import exported
from kefen_crm.imports.models import Import
from kefen_crm.platform.models import Event, Notification

ANSWERS = Path(__file__).parent / "connector_answers"
CSV = b"Order,Customer,Date,Amount\nW-1,C3,2026-11-02,120.00\nW-2,C3,2026-11-03,80.00\n"


@pytest.fixture
def place(settings):
    """A server: `place.says(method, path, body, status, **headers)` is what it answers."""
    settings.KEFEN_WEBHOOKS_PRIVATE = True

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.server.asked.append((self.command, self.path, dict(self.headers), sent))
            known = self.server.answers.get((self.command, urlsplit(self.path).path))
            body, status, headers = known or (b"", 404, {})
            if headers.get("ETag") and self.headers.get("If-None-Match") == headers["ETag"]:
                body, status = b"", 304
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PROPFIND = answer  # noqa: N815  # as the library has it

        def log_message(self, *_about):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.answers = [], {}
    server.url = f"http://127.0.0.1:{server.server_port}"

    def says(method, path, body, status=200, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        server.answers[method, path] = (body, status, headers)

    server.says = says
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def connector(by, source, secret="", **settings):
    given = {"title": source.title(), "source": source, "settings": settings, "secret": secret}
    return actions.add(by, given)


def sold(settings, customer):
    """What the ledger holds of a customer: sales less returns."""
    with kefen.open(settings.KEFEN_DATA) as ledger:
        lines = ledger.table("order_lines", whole=True).to_polars().to_dicts()
        returns = ledger.table("returns").to_polars().to_dicts()
    amounts = [
        one["amount"]
        for one in lines
        if one["customer_id"] == customer and one["status"] != "cancelled"
    ]
    back = [one["amount"] for one in returns if one["customer_id"] == customer]
    return sum(amounts, Decimal(0)) - sum(back, Decimal(0))


def test_a_shopify_shop_is_read_page_by_page(graded, settings, place, alice):
    path = "/admin/api/2025-07/orders.json"
    page = (ANSWERS / "shopify_orders.json").read_bytes()
    following = f'<{place.url}{path}?page_info=hijg&limit=250>; rel="next"'
    place.says("GET", path, page, Link=following)
    shop = connector(alice, "shopify", "shpat_1", shop=place.url, prefix="S-")
    first = fetching.run(shop.pk)
    assert first.outcome == "landed"
    # 2 x 199.00 less 18.00, and 25.50 that came back; what was cancelled does not count.
    assert sold(settings, "S-207119551") == Decimal("380.00")
    assert first.told["left_out"] == {"test": 1, "no-customer": 1}
    assert (first.rows["order_lines"]["added"], first.rows["returns"]["added"]) == (3, 1)
    shop.refresh_from_db()
    assert shop.cursor["seen"] == "2026-11-04T12:00:00+08:00"
    place.says("GET", path, b'{"orders": []}')
    assert fetching.run(shop.pk).outcome == "nothing"
    shop.refresh_from_db()
    assert shop.cursor == {"since": "2026-11-04T12:00:00+08:00"}
    place.says("GET", path, page)
    assert fetching.run(shop.pk).outcome == "nothing"  # all is known
    first, second, third = (parse_qs(urlsplit(one[1]).query) for one in place.asked)
    assert first["status"] == ["any"]
    assert second["page_info"] == ["hijg"]
    assert third["updated_at_min"] == ["2026-11-04T12:00:00+08:00"]
    assert {one[2]["X-Shopify-Access-Token"] for one in place.asked} == {"shpat_1"}


def test_the_token_of_a_shop_is_told_to_no_other_host(graded, place, alice):
    path = "/admin/api/2025-07/orders.json"
    place.says("GET", path, b'{"orders": []}', Link='<https://elsewhere.example/x>; rel="next"')
    shop = connector(alice, "shopify", "shpat_1", shop=place.url)
    fetching.run(shop.pk)
    assert fetching.run(shop.pk).told["why"]["code"] == "not-read"
    assert len(place.asked) == 1


def test_a_woocommerce_shop_is_read_with_its_refunds(graded, settings, place, alice):
    place.says(
        "GET",
        "/wp-json/wc/v3/orders",
        (ANSWERS / "woocommerce_orders.json").read_bytes(),
        X_WP_TotalPages="1",
    )
    refund = b'[{"id": 726, "date_created": "2026-11-06T09:00:00", "amount": "5.40", "reason": ""}]'
    place.says("GET", "/wp-json/wc/v3/orders/727/refunds", refund)
    shop = connector(alice, "woocommerce", "cs_1", url=place.url, key="ck_1", prefix="W-")
    fetch = fetching.run(shop.pk)
    assert fetch.outcome == "landed"
    assert fetch.told["left_out"] == {"unpaid": 1}
    assert sold(settings, "W-26") == Decimal("12.00")
    assert sold(settings, "W-guest@example.com") == 0
    shop.refresh_from_db()
    assert shop.cursor == {"since": "2026-11-07T02:00:00"}
    assert place.asked[0][2]["Authorization"] == "Basic Y2tfMTpjc18x"
    fetching.run(shop.pk)
    query = parse_qs(urlsplit(place.asked[2][1]).query)
    assert (query["modified_after"], query["dates_are_gmt"]) == (["2026-11-07T02:00:00"], ["true"])


def test_companies_of_hubspot_are_customers(graded, settings, place, alice):
    found = (ANSWERS / "hubspot_companies.json").read_bytes()
    place.says("POST", "/crm/v3/objects/companies/search", found)
    hub = connector(alice, "hubspot", "pat-1", base=place.url, prefix="H-")
    assert fetching.run(hub.pk).rows["customers"]["added"] == 2
    with kefen.open(settings.KEFEN_DATA) as ledger:
        rows = ledger.table("customers").to_polars().to_dicts()
    known = {one["customer_id"]: one for one in rows}
    assert known["H-512"]["name"] == "HubSpot"
    assert known["H-513"]["name"] == "H-513"
    hub.refresh_from_db()
    assert hub.cursor == {"since": "1793620800000"}  # 2026-11-02T12:00:00Z
    assert b'"value": "0"' in place.asked[0][3]
    assert place.asked[0][2]["Authorization"] == "Bearer pat-1"


def test_what_amazon_publishes_is_signed_as_published():
    """The examples of "Authenticating Requests: Using the Authorization Header"."""
    at = datetime(2013, 5, 24, tzinfo=UTC)
    secret, key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AKIAIOSFODNN7EXAMPLE"
    base = "https://examplebucket.s3.amazonaws.com"

    def signature(url, **more):
        told = s3.signed(url, secret, key, "us-east-1", at, more)["Authorization"]
        return told.rpartition("Signature=")[2]

    assert signature(f"{base}/test.txt", Range="bytes=0-9") == (
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )
    assert signature(f"{base}/?max-keys=2&prefix=J") == (
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    )


def test_files_of_a_bucket_come_as_imports(graded, place, alice):
    listed = (ANSWERS / "s3_bucket.xml").read_bytes()
    place.says("GET", "/shop/", listed)
    place.says("GET", "/shop/out/%E8%AE%A2%E5%8D%95%201.csv", CSV)
    given = {"url": f"{place.url}/shop", "key": "AK", "prefix": "out/"}
    bucket = connector(alice, "s3", "sk", **given)
    fetch = landed(fetching.run(bucket.pk))
    assert (fetch.outcome, fetch.told["left_out"]) == ("landed", {"too-large": 1})
    assert Import.objects.get(name="订单 1.csv").status == "committed"
    asked = place.asked[0]
    assert parse_qs(urlsplit(asked[1]).query) == {"list-type": ["2"], "prefix": ["out/"]}
    sent = {name.lower(): value for name, value in asked[2].items()}
    moment = datetime.strptime(sent["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    signed = s3.signed(place.url + asked[1], "sk", "AK", "us-east-1", moment, {})
    assert sent["authorization"] == signed["Authorization"]
    assert sent["host"] == urlsplit(place.url).netloc
    assert fetching.run(bucket.pk).outcome == "nothing"  # the ETags are as they were
    place.says("GET", "/shop/", b"<Error/>", 403)
    assert fetching.run(bucket.pk).told["why"]["code"] == "sign-in"


def kingdee_says(place, page):
    """Answers each form with its rows; `page` are those of the orders."""
    stub = "/K3Cloud/Kingdee.BOS.WebApi.ServicesStub"
    login = {"LoginResultType": 1, "KDSVCSessionId": "ses-1", "Message": None}
    place.says(
        "POST", f"{stub}.AuthService.LoginByAppSecret.common.kdsvc", json.dumps(login).encode()
    )
    query = f"{stub}.DynamicFormService.ExecuteBillQuery.common.kdsvc"
    place.says("POST", query, json.dumps(page).encode())
    return query


def test_kingdee_is_read_customers_first_and_no_order_is_cut(
    graded, settings, place, alice, monkeypatch
):
    monkeypatch.setattr(kingdee, "PER_PAGE", 3)
    told = json.loads((ANSWERS / "kingdee_rows.json").read_bytes())
    kingdee_says(place, told["customers"])
    given = {"url": f"{place.url}/K3Cloud", "account": "acc", "user": "api", "app": "234_x"}
    erp = connector(alice, "kingdee", "sec", prefix="K-", **given)
    assert fetching.run(erp.pk).rows["customers"]["added"] == 2
    # A page that is full keeps its last order for the next one, which begins with it.
    query = kingdee_says(place, told["orders"])
    assert fetching.run(erp.pk).rows["order_lines"]["added"] == 2
    kingdee_says(place, told["rest"])
    fetching.run(erp.pk)
    assert sold(settings, "K-CUST0001") == Decimal("1500.00")  # 1,000 + 500; one is cancelled
    erp.refresh_from_db()
    since = {"customers": "2026-11-02T10:00:00", "orders": "2026-11-05T08:30:00"}
    assert erp.cursor == {"since": since}
    asked = [
        (headers["kdservice-sessionid"], json.loads(json.loads(body)["parameters"][0]))
        for method, path, headers, body in place.asked
        if path == query
    ]
    assert [one["FormId"] for _session, one in asked] == ["BD_Customer", *["SAL_SaleOrder"] * 2]
    assert [one["StartRow"] for _session, one in asked] == [0, 0, 2]
    assert {session for session, _one in asked} == {"ses-1"}
    signed_in = json.loads(place.asked[0][3])
    assert (signed_in["acctid"], signed_in["appsecret"]) == ("acc", "sec")
    fault = [[{"Result": {"ResponseStatus": {"IsSuccess": False, "ErrorCode": 500}}}]]
    kingdee_says(place, fault)
    assert fetching.run(erp.pk).told["why"]["data"] == {"status": 500}


def test_a_youzan_shop_is_read(graded, settings, place, alice):
    token = b'{"success": true, "code": 200, "data": {"access_token": "t-1", "expires": 1}}'
    place.says("POST", "/auth/token", token)
    path = "/api/youzan.trades.sold.get/4.0.4"
    place.says("POST", path, (ANSWERS / "youzan_orders.json").read_bytes())
    shop = connector(alice, "youzan", "sec", client="cl", shop="160", base=place.url, prefix="Y-")
    fetch = fetching.run(shop.pk)
    assert fetch.told["left_out"] == {"unpaid": 1, "no-customer": 1}
    assert sold(settings, "Y-open-1") == Decimal("158.50")  # 129.00 + 29.50
    query = parse_qs(urlsplit(place.asked[1][1]).query)
    assert query == {"access_token": ["t-1"]}
    assert json.loads(place.asked[0][3])["authorize_type"] == "silent"
    assert json.loads(place.asked[1][3])["page_no"] == 1
    place.says("POST", path, b'{"gw_err_resp": {"err_code": 4203, "err_msg": "token"}}')
    assert fetching.run(shop.pk).told["why"]["data"] == {"status": 4203}


def test_accounts_and_won_opportunities_of_salesforce(graded, settings, place, alice):
    told = json.loads((ANSWERS / "salesforce_records.json").read_bytes())
    token = {"access_token": "00D-1", "instance_url": place.url, "token_type": "Bearer"}
    place.says("POST", "/services/oauth2/token", json.dumps(token).encode())
    place.says("GET", "/services/data/v62.0/query", json.dumps(told["accounts"]).encode())
    place.says("GET", "/services/data/v62.0/query/01g-2000", json.dumps(told["more"]).encode())
    crm = connector(alice, "salesforce", "cs", url=place.url, client="3MV", prefix="SF-")
    assert fetching.run(crm.pk).rows["customers"]["added"] == 1
    assert fetching.run(crm.pk).rows["customers"]["added"] == 1  # by `nextRecordsUrl`
    place.says("GET", "/services/data/v62.0/query", json.dumps(told["opportunities"]).encode())
    assert fetching.run(crm.pk).rows["orders"]["added"] == 1
    with kefen.open(settings.KEFEN_DATA) as ledger:
        orders = ledger.table("orders").to_polars().to_dicts()
    [order] = [one for one in orders if one["order_id"] == "SF-006A"]
    assert (order["customer_id"], order["amount"]) == ("SF-001A", Decimal("12000.50"))
    crm.refresh_from_db()
    since = {"customers": "2026-11-04T12:00:00Z", "orders": "2026-11-06T09:00:00Z"}
    assert crm.cursor == {"since": since}
    fetching.run(crm.pk)
    asked = [one for one in place.asked if one[0] == "GET"]
    assert (
        "SystemModstamp >= 2026-11-04T12:00:00Z" in parse_qs(urlsplit(asked[-1][1]).query)["q"][0]
    )
    assert asked[-1][2]["Authorization"] == "Bearer 00D-1"


def landed(fetch):
    """Does what the worker does with the files of a fetch."""
    for _turn in range(3):
        work_off("imports")
        fetching.run_due()
    fetch.refresh_from_db()
    return fetch


def test_files_of_a_webdav_folder_come_as_imports(graded, place, alice):
    folder = "/dav/%E5%AF%BC%E5%87%BA"
    place.says("PROPFIND", f"{folder}/", (ANSWERS / "webdav_folder.xml").read_bytes(), 207)
    place.says("GET", f"{folder}/orders.csv", CSV)
    cloud = connector(alice, "webdav", "app-1", url=f"{place.url}{folder}", user="carol")
    fetch = landed(fetching.run(cloud.pk))
    assert fetch.outcome == "landed"
    [record] = Import.objects.filter(name="orders.csv")
    assert (record.status, record.by, record.report["added"]) == ("committed", alice, 2)
    assert fetch.rows["orders"]["added"] == 2
    assert place.asked[0][2]["Depth"] == "1"
    assert fetching.run(cloud.pk).outcome == "nothing"  # the ETag is as it was
    assert len(place.asked) == 3
    place.says("PROPFIND", f"{folder}/", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", 207)
    assert fetching.run(cloud.pk).told["why"]["code"] == "not-read"


def test_a_file_behind_an_address_is_fetched_when_it_is_another(graded, place, alice):
    place.says("GET", "/report", CSV, ETag='"1"', Content_Type="text/csv; charset=utf-8")
    place.says("GET", "/export", b"", 302, Location="/report")
    report = connector(alice, "address", "t-1", url=f"{place.url}/export")
    assert landed(fetching.run(report.pk)).outcome == "landed"
    assert Import.objects.filter(name="report.csv", status="committed").count() == 1
    assert fetching.run(report.pk).outcome == "nothing"
    place.says("GET", "/report", CSV, ETag='"2"', Content_Type="text/csv")
    assert fetching.run(report.pk).outcome == "nothing"  # the same bytes
    assert Fetch.objects.filter(connector=report).count() == 2  # of two without news one stays
    assert exported("https://docs.google.com/spreadsheets/d/1aB_c-d/edit#gid=77") == (
        "https://docs.google.com/spreadsheets/d/1aB_c-d/export?format=csv&gid=77"
    )


def test_files_put_into_a_folder_are_taken_once_nobody_writes(graded, alice):
    drop = connector(alice, "folder")
    place = actions.folder_of(drop)
    (place / "orders.csv").write_bytes(CSV)
    (place / "unclear.csv").write_text("a;b\n1;2\n")
    assert fetching.run(drop.pk).outcome == "nothing"  # it may still be written
    past = time.time() - 120
    for one in place.iterdir():
        os.utime(one, (past, past))
    fetch = landed(fetching.run(drop.pk))
    assert list(place.iterdir()) == []
    assert Import.objects.get(name="orders.csv").status == "committed"
    assert fetch.outcome == "waits"  # a person says what the rows of the other are
    # The same file once more is known, and leaves no import of its own.
    (place / "again.csv").write_bytes(CSV)
    os.utime(place / "again.csv", (past, past))
    assert landed(fetching.run(drop.pk)).outcome == "nothing"
    assert not Import.objects.filter(name="again.csv").exists()


def test_what_gives_nothing_rests_and_is_turned_off(graded, place, alice, sign_in):
    place.says("GET", "/x.csv", b"", 403)
    broken = connector(alice, "address", url=f"{place.url}/x.csv")
    rests = []
    for _time in range(fetching.MOST_FAILURES):
        fetching.run(broken.pk)
        broken.refresh_from_db()
        rests.append(round((broken.due - timezone.now()).total_seconds() / 3600))
    assert rests[:6] == [1, 2, 4, 8, 16, 24]
    assert (broken.active, broken.why_off) == (False, "failing")
    assert Notification.objects.filter(kind=fetching.TURNED_OFF, user=alice).exists()
    assert fetching.run(broken.pk) is None
    page = sign_in(alice).get(reverse("connectors:detail", args=[broken.pk])).content.decode()
    assert "The place refuses the sign-in (403)" in page
    assert actions.change(alice, broken, {"active": True}).failures == 0


def test_an_address_of_the_own_network_is_refused(graded, place, alice, settings):
    settings.KEFEN_WEBHOOKS_PRIVATE = False
    own = connector(alice, "address", url=f"{place.url}/x.csv")
    assert fetching.run(own.pk).told["why"]["code"] == "private"
    assert place.asked == []


def test_connectors_are_set_up_on_pages_and_never_tell_their_secret(graded, alice, bob, sign_in):
    browser = sign_in(alice)
    assert "WooCommerce" in browser.get(reverse("connectors:settings")).content.decode()
    new = reverse("connectors:add", args=["shopify"])
    assert "is missing" not in browser.get(new).content.decode()
    refused = browser.post(new, {"title": "Shop", "every": "hour", "shop": ""})
    assert refused.status_code == 422
    told = {"title": "Shop", "every": "day", "shop": "example.myshopify.com", "secret": "shpat_9"}
    browser.post(new, told)
    made = Connector.objects.get()
    assert (made.secret, made.settings) == ("shpat_9", {"shop": "example.myshopify.com"})
    page = browser.get(reverse("connectors:detail", args=[made.pk])).content.decode()
    assert "example.myshopify.com" in page
    form = reverse("connectors:change", args=[made.pk])
    assert "shpat_9" not in page + browser.get(form).content.decode()
    made.cursor = {"since": "2026-01-01"}
    made.save()
    browser.post(form, {**told, "secret": "", "title": "Web shop", "version": made.version})
    made.refresh_from_db()
    assert (made.title, made.secret, made.cursor) == (
        "Web shop",
        "shpat_9",
        {"since": "2026-01-01"},
    )
    browser.post(form, {**told, "secret": "shpat_8", "shop": "other.myshopify.com"})
    made.refresh_from_db()
    assert (made.secret, made.cursor) == ("shpat_8", {})  # another shop begins from the first
    assert "shpat" not in str(list(Event.objects.values("before", "after")))
    with pytest.raises(PermissionDenied):
        actions.add(bob, {"title": "x", "source": "folder"})
    with pytest.raises(ValidationError, match="has no setting"):
        actions.change(alice, made, {"settings": {"shop": "a", "url": "b"}})
    program = Program(alice)
    listed = program.get("/connectors")
    assert listed[0]["settings"] == {"shop": "other.myshopify.com"}
    assert "secret" not in listed[0]
    browser.post(reverse("connectors:remove", args=[made.pk]))
    assert not Connector.objects.exists()
