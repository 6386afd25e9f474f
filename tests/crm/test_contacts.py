"""The people at a customer: written on the site and by programs, told to the ledger."""

import json
import threading

import polars as pl
import pytest
from api_client import Program
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import connection
from django.urls import reverse

import kefen
from jobs import work_off
from kefen_crm.contacts import actions
from kefen_crm.contacts.demo import demo
from kefen_crm.contacts.models import Contact
from kefen_crm.customers.models import Customer
from kefen_crm.gateway.ledger import opened
from kefen_crm.key_accounts.actions import place_imported
from kefen_crm.platform import facts, feeds
from kefen_crm.platform.events import Stale
from kefen_crm.platform.models import Event

WANG = {
    "name": "王芳",
    "title": "采购经理",
    "role": "buys",
    "birthday": "1990-02-03",
    "reaches": [
        {"kind": "phone", "value": "138 0013 8000"},
        {"kind": "email", "value": "Wang@Example.com", "consent": "yes"},
    ],
}


@pytest.fixture
def acme(graded):
    """Carol's customer C3."""
    return Customer.objects.get(code="C3")


def in_ledger(settings):
    work_off("platform")
    with kefen.open(settings.KEFEN_DATA) as ledger:
        return {row["contact_id"]: row for row in ledger.table("contacts").to_polars().to_dicts()}


def test_a_contact_is_kept_and_told_to_the_ledger(acme, carol, settings):
    contact = actions.add(carol, acme, WANG)
    assert contact.primary  # the first one
    assert [(one.normal, one.consent) for one in contact.reaches.all()] == [
        ("+8613800138000", "unknown"),
        ("wang@example.com", "yes"),
    ]
    row = in_ledger(settings)[contact.number]
    assert (row["customer_id"], row["name"], row["phone"], row["is_primary"]) == (
        "C3", "王芳", "138 0013 8000", True,
    )  # fmt: skip
    actions.change(carol, contact, {"reaches": [{"kind": "phone", "value": "021-12345678"}]})
    row = in_ledger(settings)[contact.number]
    assert (row["phone"], row["email"], row["title"]) == ("021-12345678", None, "采购经理")
    feeds.replay()
    assert in_ledger(settings)[contact.number] == row
    actions.leave(carol, contact)
    assert contact.number not in in_ledger(settings)
    told = Event.objects.filter(verb__startswith="contact.").order_by("id")
    assert [one.verb for one in told] == ["contact.added", "contact.changed", "contact.left"]


@pytest.mark.django_db(transaction=True)
def test_several_are_noted_at_once_and_one_is_the_first(carol):
    """Of a customer without contacts: none is refused because another came at the same moment."""
    new = Customer.objects.create(code="N1", name="New", owner=carol)
    start, faults = threading.Barrier(4), []

    def go(name):
        start.wait()
        try:
            actions.add(carol, new, {"name": name})
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=[name]) for name in ("Li", "Wu", "Xu", "Ye")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert faults == []
    assert sorted(Contact.objects.values_list("primary", flat=True)) == [False] * 3 + [True]


def test_one_is_the_first_contact_and_what_is_wrong_is_said(acme, carol, dave, erin):
    first = actions.add(carol, acme, WANG)
    second = actions.add(carol, acme, {"name": "Li", "primary": True})
    assert list(Contact.objects.filter(primary=True)) == [second]
    with pytest.raises(Stale):
        actions.change(carol, first, {"title": "x"}, expected_version=7)
    for values in (
        {"name": " "},
        {"name": "Li", "role": "boss"},
        {"name": "Li", "birthday": "2999-01-01"},
        {"name": "Li", "reaches": [{"kind": "phone", "value": "call me"}]},
        {"name": "Li", "reaches": [{"kind": "email", "value": "nowhere"}]},
        {"name": "Li", "shoe_size": "43"},
    ):
        with pytest.raises(ValidationError):
            actions.add(carol, acme, values)
    with pytest.raises(PermissionDenied):
        actions.add(erin, acme, WANG)
    with pytest.raises(ObjectDoesNotExist):
        actions.change(dave, first, {"title": "x"})


def test_on_the_customers_page(acme, carol, erin, sign_in):
    client = sign_in(carol)
    form = client.get("/contacts/of/C3/").content.decode()
    assert "kf-two-columns" in form  # a long one
    assert "E-mail" in form
    sent = {"name": "王芳", "birthday_calendar": "lunar", "phone": "139 0013 8000"}
    assert client.post("/contacts/of/C3/", sent).status_code == 302
    page = client.get("/customers/of/C3/").content.decode()
    assert 'href="tel:+8613900138000"' in page
    assert "Contact added" in page
    refused = client.post("/contacts/of/C3/", sent | {"phone": "x"})
    assert refused.status_code == 422
    assert "is no phone number" in refused.content.decode()
    contact = Contact.objects.get()
    sent |= {"version": contact.version, "title": "Buyer"}
    assert client.post(f"/contacts/{contact.pk}/change/", sent).status_code == 302
    assert client.post(f"/contacts/{contact.pk}/change/", sent | {"title": "x"}).status_code == 422
    assert "Buyer" in sign_in(erin).get("/customers/of/C3/").content.decode()
    assert client.post(f"/contacts/{contact.pk}/leave/").status_code == 302
    assert "tel:+8613900138000" not in client.get("/customers/of/C3/").content.decode()


def test_the_dialog_has_all_ways_to_reach_a_contact(acme, carol, sign_in):
    contact = actions.add(
        carol,
        acme,
        WANG
        | {
            "reaches": [
                {"kind": "phone", "value": "138 0013 8000", "consent": "yes"},
                {"kind": "phone", "value": "025-8888 1234", "valid": False, "consent": "no"},
                {"kind": "phone", "value": "021-12345678,801"},  # with its extension
                {"kind": "email", "value": "a@example.com", "consent": "no"},
            ]
        },
    )
    client, where = sign_in(carol), f"/contacts/{contact.pk}/change/"
    shown = "138 0013 8000\n025-8888 1234\n021-12345678,801"
    page = client.get(where).content.decode()
    assert f"{shown}</textarea>" in page
    assert "Several: one a line, or with commas between." in page

    def ways():
        found = contact.reaches.order_by("kind", "pk")
        return [(one.value, one.valid, one.consent) for one in found]

    before = ways()
    sent = {"name": "王芳", "birthday_calendar": "solar", "email": "a@example.com"}
    told = sent | {"phone": shown.replace("\n", "\r\n"), "title": "Buyer"}
    assert client.post(where, told).status_code == 302
    assert ways() == before  # nothing is lost, however it was known
    wrong = {"phone": "13800138000, x；025-8888 1234、y", "email": "a@example.com;nowhere"}
    page = client.post(where, sent | wrong)
    assert page.status_code == 422
    assert [page.context["form"].errors[one] for one in wrong] == [
        ["“x” is no phone number.", "“y” is no phone number."],
        ["“nowhere” is no e-mail address."],
    ]
    many = "\n".join(f"a{number}@example.com" for number in range(21))
    page = client.post(where, sent | {"email": many}).content.decode()
    assert "At most 20 are kept." in page
    page = client.post(where, sent | {"email": "a" * 201}).content.decode()
    assert "is longer than 200 characters" in page
    assert ways() == before

    told = sent | {"phone": "025 88881234，13900139000", "email": "a@example.com、b@example.com"}
    assert client.post(where, told).status_code == 302
    assert ways() == [
        ("a@example.com", True, "no"),
        ("b@example.com", True, "unknown"),
        ("025 88881234", False, "no"),  # the same number, written otherwise
        ("13900139000", True, "unknown"),
    ]
    told = sent | {"name": "Li", "phone": "13800138000, 025-8888 1234"}
    assert client.post("/contacts/of/C3/", told).status_code == 302
    assert Contact.objects.get(name="Li").reaches.filter(kind="phone").count() == 2


def test_by_the_api(acme, carol):
    program = Program(carol)
    once = {"headers": {"Idempotency-Key": "k1"}}
    made = program.post("/contacts", WANG | {"customer": "C3"}, 201, **once)
    assert program.post("/contacts", WANG | {"customer": "C3"}, 201, **once) == made
    assert program.get("/contacts?customer=C3")["items"] == [made]
    where = f"/contacts/{made['id']}"
    changed = program.ask(
        "PATCH", where, data=json.dumps({"note": "mornings", "version": 1}),
        content_type="application/json",
    )  # fmt: skip
    assert (changed["note"], changed["title"], changed["version"]) == ("mornings", "采购经理", 2)
    assert program.delete(where)["left_on"]
    assert program.get("/contacts")["items"] == []
    program.post("/contacts", WANG | {"customer": "nobody"}, 422)


def test_the_demo_has_some(acme, carol):
    for _time in range(2):
        demo()
    names = Contact.objects.filter(customer=acme, by=carol).values_list("name", "primary")
    assert list(names) == [("周敏", True), ("陈立新", False)]


BROUGHT = {
    "contact_id": "LX/1",
    "customer_id": "C3",
    "name": "刘强",
    "title": "采购主管",
    "role": "采购",
    "phone": "139 1000 0009",
    "birthday": "1980-05-01",
}


def imported(**values):
    """Have an import bring the contact, and the site follow."""
    with opened() as ledger:
        row = {name: [value] for name, value in (BROUGHT | values).items()}
        ledger.load(pl.DataFrame(row), kind="contacts", known_keys="replace")
    facts.announce()
    work_off("contacts")
    work_off("platform")


def test_what_a_person_writes_of_an_imported_contact_stands(acme, carol, dave, sign_in, settings):
    imported()
    client, other = sign_in(carol), sign_in(dave)
    address = reverse("contacts:brought", args=["C3"]) + "?number=LX/1"
    page = client.get("/customers/of/C3/").content.decode()
    assert "number=LX/1" in page
    form = client.get(address).content.decode()
    assert "139 1000 0009</textarea>" in form
    assert '<option value="buys" selected>' in form  # 采购, though read in English
    assert other.get(address).status_code == 404
    sent = {"name": "刘强", "title": "采购总监", "birthday_calendar": "solar", "role": "decides"}
    sent |= {"phone": "13910000009", "wechat": "liuqiang", "birthday": "1980-05-01"}
    assert client.post(address, sent).status_code == 302
    contact = Contact.objects.get()
    row = in_ledger(settings)["LX/1"]
    assert (contact.number, row["title"], row["role"]) == ("LX/1", "采购总监", "decides")
    page = client.get("/customers/of/C3/").content.decode()
    assert page.count("刘强") >= 1
    assert "number=LX/1" not in page  # it is there once
    assert "from an import, written by Carol" in page
    assert client.get(address).url == reverse("contacts:change", args=[contact.pk])
    assert Event.objects.get(verb="contact.changed").before["title"] == "采购主管"

    imported()  # the same again
    assert in_ledger(settings)["LX/1"]["title"] == "采购总监"
    assert Contact.objects.get().incoming == {}
    imported(title="副总经理", phone="139 1000 0010", birthday="")
    contact.refresh_from_db()
    assert contact.incoming == {"title": "副总经理", "phone": "139 1000 0010"}
    row = in_ledger(settings)["LX/1"]
    assert (row["title"], str(row["birthday"])) == ("副总经理", "1980-05-01")
    page = client.get("/customers/of/C3/").content.decode()
    assert page.count("Imports now bring another value") == 2
    assert (contact.title, "采购总监" in page) == ("采购总监", True)

    choose = {one: reverse("contacts:choose", args=[contact.pk, one]) for one in contact.incoming}
    assert other.post(choose["title"], {"keep": "import"}).status_code == 404
    client.post(choose["title"], {"keep": "mine"})
    client.post(choose["phone"], {"keep": "import"})
    contact.refresh_from_db()
    assert (contact.incoming, contact.title) == ({}, "采购总监")
    reached = {one.kind: one.normal for one in contact.reaches.all()}
    assert reached == {"phone": "+8613910000010", "wechat": "liuqiang"}
    row = in_ledger(settings)["LX/1"]
    assert (row["title"], row["phone"]) == ("采购总监", "139 1000 0010")
    imported(title="副总经理", phone="139 1000 0010")
    assert Contact.objects.get().incoming == {}

    actions.leave(carol, contact)
    imported()
    assert "LX/1" not in in_ledger(settings)
    assert "刘强" not in client.get("/customers/of/C3/").content.decode().split("timeline")[0]


def test_an_imported_contact_is_placed_on_the_map_at_once(acme, carol, dave, erin, sign_in):
    imported()
    client, page = sign_in(carol), reverse("key_accounts:detail", args=["C3"])
    address = reverse("key_accounts:place_imported", args=["C3"]) + "?number=LX/1"
    assert address in client.get(page).content.decode()
    assert "number=LX/1" not in sign_in(erin).get(page).content.decode()
    assert sign_in(dave).get(address).status_code == 404
    assert '<option value="buys"' in client.get(address).content.decode()
    told = {"role": "decides", "stance": "1", "influence": "3"}
    assert client.post(address, told).url == page
    contact = Contact.objects.get()
    placed = contact.stakeholder
    assert (contact.number, contact.role, contact.name) == ("LX/1", "decides", "刘强")
    assert (placed.stance, placed.influence) == (1, 3)
    assert "number=LX/1" not in client.get(page).content.decode()
    assert client.get(address).url == page
    with pytest.raises(Contact.DoesNotExist):
        place_imported(carol, acme, "LX/1", {"stance": 1})


def test_programs_place_imported_contacts(acme, carol):
    imported()
    program = Program(carol)
    there = program.get("/key-accounts/C3/people")
    assert there["imported"] == [{"number": "LX/1", "name": "刘强", "title": "采购主管"}]
    once = {"headers": {"Idempotency-Key": "k1"}}
    told = {"number": "LX/1", "stance": 2}
    made = program.post("/key-accounts/C3/people/imported", told, 201, **once)
    assert (made["name"], made["stance"]) == ("刘强", 2)
    assert program.post("/key-accounts/C3/people/imported", told, 201, **once) == made
    program.post("/key-accounts/C3/people/imported", told, 404)
    there = program.get("/key-accounts/C3/people")
    assert (len(there["people"]), there["imported"]) == (1, [])


def test_programs_change_imported_contacts(acme, carol):
    imported()
    program = Program(carol)
    told = {"customer": "C3", "number": "LX/1", "title": "采购总监"}
    made = program.post("/contacts/imported", told, 201)
    assert (made["name"], made["imported"], made["number"]) == ("刘强", True, "LX/1")
    assert [one["value"] for one in made["reaches"]] == ["139 1000 0009"]
    program.post("/contacts/imported", told | {"number": "LX/2"}, 404)
    imported(title="副总经理")
    where = f"/contacts/{made['id']}"
    assert program.get(where)["to_choose"] == {"title": "副总经理"}
    chosen = program.post(f"{where}/choices", {"field": "title", "keep": "import"}, 200)
    assert (chosen["title"], chosen["to_choose"]) == ("副总经理", {})
