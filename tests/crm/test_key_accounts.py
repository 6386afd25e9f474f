"""Key accounts and the map of their people, worked out by hand.

Carol has C1, Dave has C2. It is the 10th of March 2026; ninety days before is the 10th of December.
"""

import json
from datetime import UTC, datetime, timedelta

import pytest
from api_client import Program
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from kefen_crm.activities.actions import log
from kefen_crm.contacts.actions import add, leave
from kefen_crm.contacts.models import Contact
from kefen_crm.customers.models import Customer
from kefen_crm.duplicates.actions import merge, undo
from kefen_crm.key_accounts import actions, pages, people
from kefen_crm.key_accounts.models import KeyAccount, Stakeholder
from kefen_crm.platform.events import Stale
from kefen_crm.platform.models import Event

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)  # noon in Shanghai
TODAY = NOW.date()


@pytest.fixture
def acme(carol, dave, monkeypatch):
    """Carol's customer, beside one of Dave's."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    Customer.objects.create(code="C2", name="Beta", owner=dave)
    return Customer.objects.create(code="C1", name="华东机电", search="华东机电", owner=carol)


def known(by, customer, name, role="", **place):
    contact = add(by, customer, {"name": name, "role": role})
    if place:
        actions.place(by, contact, place)
    return contact


def spoke(by, contact, days, **said):
    at = NOW - timedelta(days=days)
    told = {"kind": "call", "answered": True, "at": at, "contact": contact.name} | said
    return log(by, contact.customer, told)


def gaps(customer):
    found = people.gaps_of(people.people_of([customer.pk])[customer.pk], TODAY)
    return {one.key: one.people for one in found}


def patched(program, path, body, status=200):
    more = {"data": json.dumps(body), "content_type": "application/json"}
    return program.ask("PATCH", path, status, **more)


def test_the_gaps_of_a_map_say_what_is_missing_until_it_is_known(acme, carol):
    assert gaps(acme) == {"nobody": ()}
    buyer = known(carol, acme, "Zhou")
    assert gaps(acme) == {"no_decider": (), "no_friend": (), "no_role": ("Zhou",)}
    boss = known(carol, acme, "Chen", "decides")
    actions.place(carol, buyer, {"role": "buys", "stance": 2, "reports_to": boss})
    spoke(carol, buyer, 1)
    spoke(carol, boss, 91)
    wanting = {"decider_silent", "decider_stance", "few_deciders", "one_thread"}
    assert set(gaps(acme)) == wanting
    spoke(carol, boss, 2, answered=False)  # nobody took the call
    assert set(gaps(acme)) == wanting
    spoke(carol, boss, 90)
    actions.place(carol, boss, {"stance": -1})
    assert gaps(acme) == {"opposed": ("Chen",), "few_deciders": ()}
    for name in ("He", "Luo"):
        spoke(carol, known(carol, acme, name, "decides", stance=0), 3)
    actions.place(carol, boss, {"stance": 1})
    assert gaps(acme) == {}
    leave(carol, boss)
    assert gaps(acme) == {"boss_left": ("Zhou",), "few_deciders": ()}


def test_people_stand_below_whom_they_report_to_the_influential_first(acme, carol):
    chen = known(carol, acme, "Chen", influence=3)
    known(carol, acme, "Tang")
    he = known(carol, acme, "He", reports_to=chen, influence=2)
    known(carol, acme, "Luo", reports_to=chen, influence=3)
    known(carol, acme, "Zhou", reports_to=he)
    tree = people.drawn(people.people_of([acme.pk])[acme.pk])
    assert [(one.contact.name, one.opens, len(one.closes)) for one in tree] == [
        ("Chen", True, 0), ("Luo", False, 0), ("He", True, 0), ("Zhou", False, 2),
        ("Tang", False, 0),
    ]  # fmt: skip


def test_nobody_reports_to_himself_over_others(acme, carol, dave):
    chen = known(carol, acme, "Chen")
    he = known(carol, acme, "He", reports_to=chen)
    zhou = known(carol, acme, "Zhou", reports_to=he)
    for boss in (zhou, he, chen):
        with pytest.raises(ValidationError) as refused:
            actions.place(carol, chen, {"reports_to": boss})
        assert "reports_to" in refused.value.message_dict
    other = add(dave, Customer.objects.get(code="C2"), {"name": "Wu"})
    with pytest.raises(ValidationError, match="present contact"):
        actions.place(carol, chen, {"reports_to": other})
    actions.place(carol, zhou, {"reports_to": None})
    assert actions.place(carol, chen, {"reports_to": zhou}).reports_to == zhou


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=30))
def test_whoever_reports_to_whom_no_chain_comes_back_and_everybody_is_drawn_once(wishes):
    bosses = {}
    for who, boss in wishes:
        if not people.leads_back(bosses, who, boss):
            bosses[who] = boss
    for who in bosses:
        above, steps = bosses.get(who), 0
        while above is not None:
            steps, above = steps + 1, bosses.get(above)
            assert steps <= 8
    there = {one: Contact(pk=one, name=str(one)) for one in range(8)}
    placed = [people.Person(one, boss=there.get(bosses.get(pk))) for pk, one in there.items()]
    drawn = people.drawn(placed)
    assert sorted(one.contact.pk for one in drawn) == list(range(8))
    depth, path = 0, []
    for one in drawn:
        assert (one.boss.pk if one.boss else None) == (path[-1] if path else None)
        if one.opens:
            path.append(one.contact.pk)
        depth += one.opens - len(one.closes)
        path = path[:depth]
    assert depth == 0


def test_a_place_is_permitted_versioned_and_done_once_under_a_key(acme, carol, dave, erin):
    chen = known(carol, acme, "Chen")
    said = {"stance": 1, "influence": 3, "note": " Wants delivery in time "}
    for who, refusal in ((erin, PermissionDenied), (dave, ObjectDoesNotExist)):
        with pytest.raises(refusal):
            actions.place(who, chen, said)
    placed = actions.place(carol, chen, said, expected_version=0, key="k")
    assert (placed.version, placed.note) == (1, "Wants delivery in time")
    assert actions.place(carol, chen, said, expected_version=0, key="k") == placed
    with pytest.raises(Stale):
        actions.place(carol, chen, {"stance": 2}, expected_version=0)
    actions.place(carol, chen, {"role": "decides"})
    chen.refresh_from_db()
    assert chen.role == "decides"
    with pytest.raises(ValidationError):
        actions.place(carol, chen, {"stance": 3})
    event = Event.objects.get(verb="stakeholder.placed", key="k")
    assert (event.customer, event.after["stance"], event.after["name"]) == (acme, 1, "Chen")


def test_a_customer_becomes_a_key_account_and_one_of_two_stays_when_merged(acme, bob, carol):
    account = actions.mark(carol, acme, {"goal": "First supplier"}, key="k")
    assert actions.mark(carol, acme, {"goal": "First supplier"}, key="k") == account
    assert actions.mark(carol, acme) == account
    account = actions.change(carol, acme, {"rules": "Three bids"}, expected_version=1)
    assert (account.goal, account.rules, account.version) == ("First supplier", "Three bids", 2)
    twin = Customer.objects.create(code="C3", name="华东机电 2", owner=carol)
    actions.mark(carol, twin, {"goal": "Other"})
    done = merge(bob, acme, [twin])
    assert KeyAccount.objects.get().goal == "First supplier"
    undo(bob, done)
    assert KeyAccount.objects.get(customer=twin).goal == "Other"
    actions.unmark(carol, acme, reason="Too small")
    assert not KeyAccount.objects.filter(customer=acme).exists()
    verbs = Event.objects.filter(verb__startswith="key_account.", customer=acme).order_by("id")
    assert [one.verb.split(".")[1] for one in verbs] == ["marked", "changed", "unmarked"]


def test_the_pages_show_the_tree_and_its_gaps(acme, carol, sign_in, rf):
    client = sign_in(carol)
    mark = reverse("key_accounts:mark", args=["C1"])
    assert client.post(mark, {"goal": "First supplier", "rules": ""}).status_code == 302
    chen = known(carol, acme, "Chen", "decides")
    new = {"name": "Zhou", "role": "buys", "reports_to": chen.pk}
    assert client.post(reverse("key_accounts:person_new", args=["C1"]), new).status_code == 302
    zhou = Contact.objects.get(name="Zhou", role="buys")
    place = reverse("key_accounts:place", args=[chen.pk])
    told = {"role": "decides", "stance": "2", "influence": "3", "reports_to": zhou.pk}
    assert client.post(place, told).status_code == 422
    assert client.post(place, told | {"reports_to": ""}).status_code == 302
    page = client.get(reverse("key_accounts:detail", args=["C1"])).content.decode()
    assert page.index("Chen") < page.index("Zhou")
    assert "for us" in page
    assert "No conversation for 90 days with who decides: Chen." in page
    assert "First supplier" in page
    assert "0 / 3" not in client.get(reverse("key_accounts:list")).content.decode()
    assert "1 / 3" in client.get(reverse("key_accounts:list") + "?whose=mine").content.decode()
    customer = client.get(reverse("customers:more", args=["C1"])).content.decode()
    assert "Map of people" in customer
    for value, there in (("yes", True), ("no", False), ("tender", False), ("x", False)):
        address = reverse("customers:list") + f"?key_account={value}"
        assert ("华东机电" in client.get(address).content.decode()) == there
    request = rf.get("/")
    request.user = carol
    assert [one.title for one in pages.attention(request)] == [
        "1 key account without a decider we talk to"
    ]
    spoke(carol, chen, 1)
    assert list(pages.attention(request)) == []
    found = client.get(reverse("search"), {"q": "华东"}).content.decode()
    assert reverse("key_accounts:detail", args=["C1"]) in found


def test_programs_mark_place_and_read_the_map(acme, carol):
    program = Program(carol)
    program.post("/key-accounts", {"customer": "C1", "goal": "First"}, 201)
    assert program.get("/key-accounts")["items"][0]["customer"] == "C1"
    told = patched(program, "/key-accounts/C1", {"rules": "Three bids", "version": 1})
    assert (told["goal"], told["rules"], told["version"]) == ("First", "Three bids", 2)
    chen, zhou = known(carol, acme, "Chen"), known(carol, acme, "Zhou")
    patched(program, f"/key-accounts/people/{zhou.pk}", {"reports_to": chen.pk, "stance": 1})
    told = patched(program, f"/key-accounts/people/{chen.pk}", {"reports_to": zhou.pk}, 422)
    assert told["errors"][0]["pointer"] == "/reports_to"
    patched(program, f"/key-accounts/people/{chen.pk}", {"role": "decides", "version": 0})
    patched(program, f"/key-accounts/people/{chen.pk}", {"stance": 2, "version": 7}, 412)
    found = program.get("/key-accounts/C1/people")
    assert [(one["name"], one["reports_to"]) for one in found["people"]] == [
        ("Chen", None), ("Zhou", chen.pk),
    ]  # fmt: skip
    assert [one["key"] for one in found["gaps"]][:2] == ["decider_silent", "decider_stance"]
    assert found["mapped_deciders"] == 0
    gone = program.client.delete("/api/v1/key-accounts/C1", headers=program.headers)
    assert gone.status_code == 204
    program.get("/key-accounts/C1", status=404)
    assert Stakeholder.objects.count() == 2
