"""People's rights on the site: who may, what is told, what is left of a customer."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from datetime import date
from urllib.parse import urlencode

import polars as pl
import pytest
from api_client import Program
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from jobs import work_off
from kefen_crm.customer_pages.models import SavedView
from kefen_crm.customers.actions import edit, synchronise
from kefen_crm.customers.models import Customer
from kefen_crm.gateway.ledger import opened
from kefen_crm.grading import actions as grading
from kefen_crm.grading.models import CustomerClass, Override, Scheme
from kefen_crm.imports import actions as imports
from kefen_crm.imports.models import Import
from kefen_crm.leads.actions import note
from kefen_crm.platform.models import Event, Notification
from kefen_crm.platform.notifications import notify
from kefen_crm.privacy import actions
from kefen_crm.privacy.database import QUEUED, SiteDatabase, known_models

NAME, PHONE = "上海明达贸易有限公司", "021-5555 0101"


def page(name, code="C1"):
    return reverse(f"privacy:{name}", args=[code])


@pytest.fixture
def compacted(monkeypatch):
    """Tests are in a transaction, in which no table can be written anew."""
    done = []
    monkeypatch.setattr(SiteDatabase, "compact", lambda _self: done.append(1))
    return done


@pytest.fixture
def told_of(graded, bob, settings):
    """C1 in every corner of the site: an override, an import with a sample, an upload."""
    settings.MEDIA_ROOT = settings.KEFEN_DATA / "uploads"
    customer = Customer.objects.get(code="C1")
    scheme = Scheme.objects.get(name="abc")
    grading.set_override(bob, customer, scheme, "B", f"{NAME} 老板要求")
    folder = settings.KEFEN_DATA / "uploads" / "2025"
    folder.mkdir(parents=True)
    (folder / "mine.csv").write_text(f"code,name\nC1,{NAME}\n", "utf-8")
    report = {"preview": {"sample": [["C1", NAME, PHONE], ["C2", "重庆机电厂", ""]]}}
    Import.objects.create(file="2025/mine.csv", name=f"{NAME}.csv", size=1, report=report, by=bob)
    return customer


def test_every_model_that_is_about_customers_says_what_becomes_of_it():
    about = {
        model
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.many_to_one and field.related_model is Customer
    }
    assert about | {Customer} <= known_models()


def test_writes_that_wait_are_known_by_the_name_of_their_table():
    assert apps.get_model("api.FactWrite")._meta.db_table == QUEUED


@pytest.mark.parametrize(
    ("who", "status"), [("alice", 200), ("bob", 200), ("carol", 403), ("erin", 403)]
)
def test_managers_and_administrators_may(request, sign_in, graded, who, status):
    browser = sign_in(request.getfixturevalue(who))
    for name in ("customer", "found", "disclose"):
        assert browser.get(page(name)).status_code == status
    assert browser.get(reverse("privacy:register")).status_code == status
    assert ("Personal data" in browser.get("/customers/of/C1/").content.decode()) == (status == 200)
    if status == 403:
        wanted = {"typed": "C1", "reason": "asked"}
        assert browser.post(page("customer"), wanted).status_code == 403


def test_what_is_held_is_disclosed(sign_in, bob, told_of):
    answer = sign_in(bob).get(page("disclose"))
    assert "no-store" in answer["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        told = json.loads(archive.read("disclosure.json"))
        chinese = archive.read("disclosure.zh.html").decode()
        assert "Orders" in archive.read("disclosure.en.html").decode()
    titles = {section["title"]["en"] for section in told["sections"]}
    assert {"Customers", "Orders", "Classes in all runs, and why", "classes set by hand"} <= titles
    assert "Uploaded files that name the customer" in titles
    text = json.dumps(told, ensure_ascii=False)
    assert f"{NAME} 老板要求" in text
    assert "重庆机电厂" not in text
    assert "订单" in chinese


def test_the_preview_speaks_in_words_and_of_schemes_that_ask_what_goes(sign_in, bob, told_of):
    current = Scheme.objects.get(name="abc").current
    asks = {"all": [{"attribute": "name", "missing": False}]}
    type(current).objects.filter(pk=current.pk).update(
        document={**current.document, "population": asks}
    )
    found = sign_in(bob).get(page("found")).content.decode()
    assert "ABC analysis asks about name" in found
    assert "Facts, in all versions of the ledger" in found
    assert "Database: customers" in found
    assert "ledger/" not in found
    assert "RFM" not in found


def test_an_erasure_over_the_api_to_its_end(bob, erin, told_of, compacted):
    program = Program(bob)
    wanted = {"customer": "C1", "confirm": "C1", "reason": "by letter"}
    Program(erin).post("/personal-data/erasures", wanted, 403)
    assert program.get("/personal-data/erasures") == []
    told = program.post("/personal-data/erasures", wanted | {"confirm": "C2"}, 422)
    assert [one["pointer"] for one in told["errors"]] == ["/confirm"]
    other = {"customer": "C99", "confirm": "C99", "reason": "x"}
    told = program.post("/personal-data/erasures", other, 422)
    assert [one["pointer"] for one in told["errors"]] == ["/customer"]
    begun = program.post("/personal-data/erasures", wanted, 202)
    assert begun["state"] == "begun"
    refused = program.post(
        "/personal-data/erasures", {"customer": "C2", "confirm": "C2", "reason": "x"}, 422
    )
    assert "being erased" in str(refused)
    work_off("privacy")
    [done] = program.get("/personal-data/erasures")
    assert (done["state"], done["key"]) == ("done", begun["key"])
    assert done["told"]["kept"]["orders"]["rows"] == 2
    program.get("/customers/C1", 404)
    program.get("/personal-data/disclosures/C1", 404)
    assert program.get(f"/customers/{done['key']}")["name"] == done["key"]
    row = {"order_id": "N1", "customer_id": "C1", "ordered_on": "2025-12-24", "amount": "1"}
    again = program.post("/facts/orders", [row], 201)
    assert (again["added"], again["created_customers"]) == (0, 0)
    assert "erased" in " ".join(again["notices"])


def test_somebody_who_is_no_customer_is_found_disclosed_and_erased(
    sign_in, bob, carol, told_of, compacted
):
    lead = note(carol, {"name": "赵敏华", "phone": "139 1111 2222", "inquiry": "赵敏华要三台"})
    address, browser = reverse("privacy:person"), sign_in(bob)
    looked = browser.post(address, {"act": "look", "words": "赵敏华\n13911112222"})
    assert "Database: leads" in looked.content.decode()
    refused = browser.post(address, {"act": "look", "words": NAME})
    assert refused.status_code == 422
    assert "customers.name" in refused.content.decode()
    got = browser.post(address, {"act": "disclose", "words": "赵敏华"})
    with zipfile.ZipFile(io.BytesIO(got.content)) as archive:
        told = json.loads(archive.read("disclosure.json"))
    assert "赵敏华要三台" in json.dumps(told, ensure_ascii=False)
    program = Program(bob)
    wanted = {"words": ["赵敏华", "13911112222"], "confirm": "赵", "reason": "by letter"}
    told = program.post("/personal-data/persons/erasures", wanted, 422)
    assert [one["pointer"] for one in told["errors"]] == ["/confirm"]
    told = program.post("/personal-data/persons/disclosures", {"words": ["赵"]}, 422)
    assert [one["pointer"] for one in told["errors"]] == ["/words"]
    wanted = {"act": "erase", "words": "赵敏华\n13911112222", "typed": "赵敏华", "reason": "asked"}
    assert browser.post(address, wanted).status_code == 302
    work_off("privacy")
    assert [one["state"] for one in program.get("/personal-data/erasures")] == ["done"]
    lead.refresh_from_db()
    assert (lead.phone, lead.inquiry, lead.state) == ("[erased]", "[erased]要三台", "new")
    assert not Event.objects.filter(after__icontains="赵敏华").exists()
    assert Customer.objects.filter(code="C1", name=NAME).exists()


def test_an_erasure_leaves_nothing_in_the_database(sign_in, bob, told_of, compacted):
    others = list(
        CustomerClass.objects.exclude(customer=told_of).values_list("customer__code", "class_key")
    )
    query = urlencode({"q": NAME})
    SavedView.objects.create(owner=bob, name=f"{NAME}看", query=query)
    browser = sign_in(bob)
    assert NAME not in browser.get(page("found")).content.decode()
    wrong = browser.post(page("customer"), {"typed": "C2", "reason": "asked"})
    assert wrong.status_code == 422
    assert browser.post(page("customer"), {"typed": "C1", "reason": "by letter"}).status_code == 302
    assert "Being erased" in browser.get(reverse("privacy:register")).content.decode()
    work_off("privacy")
    [entry] = actions.register()
    assert (entry.state, entry.reason, entry.by) == ("done", "by letter", f"user {bob.pk}")
    assert compacted == [1]
    told_of.refresh_from_db()
    assert (told_of.code, told_of.name, told_of.phone, told_of.search) == (
        entry.key,
        entry.key,
        "",
        entry.key,
    )
    assert told_of.history.count() == 0
    assert SavedView.objects.values_list("name", "query").get() == ("[erased]看", "q=[erased]")
    override = Override.objects.get()
    assert (override.customer, override.reason) == (told_of, "")
    assert {one.reason for one in override.history.all()} == {""}
    record = Import.objects.get()
    assert (record.name, record.file.name, record.status) == ("[erased].csv", "", "failed")
    assert record.report["preview"]["sample"][1] == ["C2", "重庆机电厂", ""]
    left = CustomerClass.objects.exclude(customer=told_of)
    assert Counter(left.values_list("customer__code", "class_key")) == Counter(others)
    assert browser.get(f"/customers/of/{entry.key}/").status_code == 200
    assert browser.get("/customers/of/C1/").status_code == 404
    with opened() as ledger:
        assert ledger.table("orders").to_polars()["amount"].sum() == 10_000
        ledger.load(pl.DataFrame({"customer_id": ["C1"], "name": [NAME]}), "customers")
        assert "C1" not in set(ledger.table("customers").to_polars()["customer_id"])


def test_what_a_person_wrote_goes_too_and_a_run_meanwhile_makes_no_second_customer(
    bob, told_of, compacted
):
    edited = edit(bob, told_of, {"phone": "010-8888 7777", "contact": "王小明"})
    erasure = actions.erase(bob, "C1", "C1", "by letter")
    # A run between the ledger and the database has made the customer anew, under its key.
    anew = Customer.objects.create(code=erasure.key, name=erasure.key)
    scheme = Scheme.objects.get(name="abc")
    CustomerClass.objects.create(customer=anew, scheme=scheme, class_key="A")
    work_off("privacy")
    assert not Customer.objects.filter(pk=anew.pk).exists()
    edited.refresh_from_db()
    assert (edited.code, edited.phone, edited.contact) == (erasure.key, "", "")
    assert not edited.edits.exists()
    told = json.dumps([[one.before, one.after] for one in Event.objects.all()])
    assert "8888" not in told
    with opened() as ledger:
        synchronise(ledger, date(2026, 1, 1))
    edited.refresh_from_db()
    assert (edited.name, edited.phone) == (erasure.key, "")


def test_nobody_is_told_of_the_erased_any_more(bob, carol, told_of, compacted):
    notify([carol], "contact_gap", "Call %(customer)s", {"customer": NAME}, customer=told_of)
    notify([carol], "contact_gap", "Call the others")
    actions.erase(bob, "C1", "C1", "by letter")
    work_off("privacy")
    told = Notification.objects.filter(kind="contact_gap")
    assert [one.message for one in told] == ["Call the others"]
    assert not [one for one in Notification.objects.all() if NAME in one.message]


def test_an_upload_that_names_the_erased_is_not_kept(bob, told_of, compacted, tmp_path):
    actions.erase(bob, "C1", "C1", "by letter")
    work_off("privacy")
    file = SimpleUploadedFile("again.csv", f"customer_id,name\nC1,{NAME}\nC9,新客\n".encode())
    record = imports.upload(bob, file)
    imports.request_check(bob, record.pk, record.mapping)
    work_off("imports")
    imports.request_landing(bob, record.pk)
    work_off("imports")
    record.refresh_from_db()
    assert (record.status, record.file.name, record.report["added"]) == ("committed", "", 1)
    assert NAME not in json.dumps(record.report, ensure_ascii=False)
    assert not list((tmp_path / "data" / "uploads").rglob("again.csv"))
