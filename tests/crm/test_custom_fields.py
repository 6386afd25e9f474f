"""Fields that the company defines: written by people, brought by imports, asked by schemes."""

import json
from urllib.parse import urlencode

import polars as pl
import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

import kefen
from jobs import work_off
from kefen_crm.custom_fields import actions
from kefen_crm.custom_fields.completeness import completeness, file_fields, missing, percents
from kefen_crm.custom_fields.demo import demo
from kefen_crm.custom_fields.models import CustomField, FieldValue
from kefen_crm.customers.actions import synchronise
from kefen_crm.customers.models import Customer

LEVEL = {"zh": "贵宾", "en": "VIP"}, {"zh": "普通", "en": "plain"}


@pytest.fixture
def acme(graded):
    """Carol's customer C3."""
    return Customer.objects.get(code="C3")


def attributes(settings, code="C3"):
    work_off("platform")
    with kefen.open(settings.KEFEN_DATA) as ledger:
        table = ledger.table("customers")
        found = table.filter(table.customer_id == code).attributes.to_polars()[0]
    return json.loads(found or "{}")


def bring(settings, **columns):
    """An import of the customer C3, and the site brought up to it."""
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.load(pl.DataFrame({"customer_id": ["C3"], **columns}), kind="customers")
        synchronise(ledger, Customer.objects.get(code="C3").figures_as_of)


def test_a_value_is_written_found_and_asked_for_by_schemes(acme, bob, carol, settings, sign_in):
    field = actions.define(bob, {"name_zh": "级别", "name_en": "Level", "kind": "choice",
                                 "choices": LEVEL, "required": ["abc:C"]})  # fmt: skip
    actions.define(bob, {"name_en": "Need", "kind": "money"})
    assert "level" in [one.name.removeprefix("custom-") for one in completeness(acme).required]
    before = completeness(acme).share
    actions.write(carol, acme, {"level": "vip", "need": "1,200.5"})
    held = {one.field.key: one.value for one in FieldValue.objects.all()}
    assert held == {"level": "贵宾", "need": "1200.50"}
    assert attributes(settings) == {"级别": "贵宾", "Need": "1200.50"}
    # 12 fields of the file, 2 more are there.
    assert completeness(acme).share == pytest.approx(before + 2 / 12)
    told = {one.pk: completeness(one).percent for one in Customer.objects.all()}
    known = file_fields()
    counted = Customer.objects.annotate(missing=missing(known)).values_list("pk", "missing")
    assert {pk: percents(known)[count] for pk, count in counted} == told
    client = sign_in(bob)
    query = urlencode([("field", "level:贵宾"), ("columns", 1), ("custom", "need"),
                       ("completeness", "share")])  # fmt: skip
    page = client.get(f"{reverse('customers:list')}?{query}").content.decode()
    assert "Acme" in page
    assert "上海明达" not in page.split('id="results"')[1]
    assert "1,200.50" in page
    text = client.get(f"{reverse('customers:list')}?lacking=custom-level").content.decode()
    assert "Acme" not in text.split('id="results"')[1]  # C5 lacks it, C3 does not
    assert "=1+1" in text
    assert "VIP" in client.get(reverse("customers:detail", args=["C3"])).content.decode()
    actions.write(carol, acme, {"level": None})
    assert attributes(settings) == {"级别": "", "Need": "1200.50"}
    assert field.held.get().value == ""


def test_what_imports_bring_lands_and_never_overwrites(acme, bob, carol, settings):
    bring(settings, 合同到期=["2026/12/31"], Region=["East"])
    field = actions.define(bob, {"name_zh": "合同到期", "name_en": "Contract ends", "kind": "date"})
    assert field.held.get().value == "2026-12-31"
    work_off("custom_fields")
    assert attributes(settings)["合同到期"] == "2026-12-31"  # as the field says it
    actions.write(carol, acme, {"contract_ends": "2027-01-31"})
    work_off("platform")
    bring(settings, 合同到期=["2027-06-30"])
    held = field.held.get()
    assert (held.value, held.incoming) == ("2027-01-31", "2027-06-30")
    actions.choose(carol, acme, field, "mine")
    assert attributes(settings)["合同到期"] == "2027-01-31"


def test_what_does_not_fit_is_said_by_field(acme, bob, carol, erin):
    with pytest.raises(PermissionDenied):
        actions.define(carol, {"name_en": "X", "kind": "text"})
    for given in (
        {"name_en": " ", "kind": "text"},
        {"name_en": "Level", "kind": "choice", "choices": []},
        {"name_en": "Phone", "kind": "text"},
        {"name_en": "Level", "kind": "colour"},
    ):
        with pytest.raises(ValidationError):
            actions.define(bob, given)
    number = actions.define(bob, {"name_en": "People", "kind": "number"})
    actions.define(bob, {"name_en": "Agreed", "kind": "yes_no"})
    with pytest.raises(ValidationError) as refused:
        actions.write(carol, acme, {"people": "many", "agreed": "maybe", "shoe": 1})
    assert set(refused.value.message_dict) == {"people", "agreed", "shoe"}
    with pytest.raises(PermissionDenied):
        actions.write(erin, acme, {"people": "3"})
    actions.write(carol, acme, {"people": "12", "agreed": True})
    with pytest.raises(ValidationError):
        actions.change(bob, number, {"kind": "date"})


def test_pages_and_programs_write_the_same(acme, bob, carol, sign_in):
    program = Program(bob)
    offered = [{"zh": "价格", "en": "price"}, {"zh": "质量", "en": "quality"}]
    wanted = {"name_en": "Interests", "kind": "several", "choices": offered}
    made = program.post("/custom-fields", wanted, 201)
    assert made["key"] == "interests"
    body = json.dumps({"customer": "C3", "values": {"interests": ["price"]}})
    sent = {"data": body, "content_type": "application/json"}
    told = program.ask("PATCH", "/custom-fields/values", **sent)
    assert told["values"] == {"interests": ["价格"]}
    client = sign_in(carol)
    address = reverse("custom_fields:write", args=["C3"])
    assert client.get(address).status_code == 200
    sent = {"version": told["version"], "custom_interests": ["价格", "质量"]}
    assert client.post(address, sent).status_code == 302
    assert FieldValue.objects.get().value == "价格; 质量"
    assert client.post(address, sent | {"custom_interests": ["价格"]}).status_code == 422  # stale
    boss = sign_in(bob)
    edit = {"name_en": "Interests", "kind": "several", "choices": "价格 | cost"}
    assert boss.post(reverse("custom_fields:edit", args=["interests"]), edit).status_code == 302
    assert CustomField.objects.get().choices == [{"value": "价格", "zh": "价格", "en": "cost"}]
    assert boss.get(reverse("custom_fields:settings")).status_code == 200
    assert boss.post(
        reverse("custom_fields:required", args=["phone"]), {"required": ["*"]}
    ).status_code == 302  # fmt: skip
    demo()
    assert CustomField.objects.count() == 1


def test_a_new_customer_is_typed_in_with_them_and_its_number_finds_another(graded, bob, sign_in):
    tax = actions.define(bob, {"name_zh": "税号", "kind": "text", "required": ["*"]})
    area = actions.define(bob, {"name_en": "Area", "kind": "number", "required": ["abc:A"]})
    client = sign_in(bob)
    answer = client.get("/customers/new/")
    form = answer.content.decode()
    assert "税号 *" in form
    assert "Required of ABC analysis: " in form
    assert "maxlength" not in str(
        answer.context["custom"]
    )  # by which a browser cuts without a word
    assert f"custom_{tax.key}" in form.partition('hx-params="')[2].partition('"')[0]
    empty = client.post("/customers/new/", {"name": "新客"})
    assert empty.status_code == 422
    assert "This is required of every new customer." in empty.content.decode()
    # A customer from before is asked for it, and saved without.
    before = reverse("custom_fields:write", args=["C1"])
    assert "Asked for; it may stay empty for now." in client.get(before).content.decode()
    assert client.post(before, {f"custom_{area.key}": "80", "version": 1}).status_code == 302
    page = client.get(reverse("custom_fields:settings")).content.decode()
    assert "Customers from before" in page
    told = {"name": "新客", f"custom_{tax.key}": "91310000MA1K3X5T7A", f"custom_{area.key}": "wide"}
    refused = client.post("/customers/new/", told)
    assert refused.status_code == 422
    long = client.post("/customers/new/", {"name": "新客", f"custom_{tax.key}": "9" * 2_001})
    assert "At most 2000 characters are kept." in long.content.decode()
    assert not Customer.objects.filter(name="新客").exists()
    made = client.post("/customers/new/", told | {f"custom_{area.key}": "120"})
    customer = Customer.objects.get(name="新客")
    assert made["Location"].endswith(f"/{customer.code}/")
    assert {one.field.key: one.value for one in customer.custom_values.all()} == {
        tax.key: "91310000MA1K3X5T7A",
        area.key: "120",
    }
    work_off("platform")
    customer.refresh_from_db()
    near = client.get(f"/duplicates/typing/?custom_{tax.key}=91310000MA1K3X5T7A")
    assert customer.code in near.content.decode()
