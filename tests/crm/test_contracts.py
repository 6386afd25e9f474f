"""Contracts: what becomes of them at their end, by people and by the clock, worked out by hand.

Carol has C1, Dave has C2. It is Monday, the 2nd of March 2026; the working week has five days.
"""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D  # noqa: N817

import pytest
from api_client import Program
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from kefen_crm.customers.models import Customer
from kefen_crm.key_accounts import contracts, pages
from kefen_crm.key_accounts.models import Contract
from kefen_crm.platform.clock import Turn
from kefen_crm.platform.events import Stale
from kefen_crm.platform.models import CalendarDay, Event, Notification

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
TODAY = date(2026, 3, 2)
YEAR = {"begins_on": date(2025, 4, 1), "ends_on": date(2026, 3, 31), "notice_days": 21}


@pytest.fixture
def acme(carol, dave, monkeypatch):
    """Carol's customer, beside one of Dave's."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    CalendarDay.objects.all().delete()
    Customer.objects.create(code="C2", name="Beta", owner=dave)
    return Customer.objects.create(code="C1", name="华东机电", owner=carol)


def noted(by, customer, **values):
    return contracts.note(by, customer, {"title": "Frame", **YEAR, **values})


def close(day):
    contracts.close(Turn("key_accounts.close", day, NOW))


@pytest.mark.parametrize(
    ("ends_on", "months", "later"),
    [
        ("2026-03-31", 12, "2027-03-31"),
        ("2026-03-31", 6, "2026-09-30"),  # from April to September
        ("2026-09-30", 6, "2027-03-31"),  # from October to March
        ("2027-02-28", 12, "2028-02-29"),
        ("2026-12-14", 1, "2027-01-14"),
        ("2026-01-30", 1, "2026-02-27"),  # from the 31st: February has none
    ],
)
def test_a_term_of_months_begins_on_the_day_after(ends_on, months, later):
    found = contracts.later_end(date.fromisoformat(ends_on), months)
    assert found == date.fromisoformat(later)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.integers(0, 120), st.integers(1, 120))
def test_a_longer_term_ends_later(day, months, more):
    shorter, longer = (contracts.later_end(day, one) for one in (months, months + more))
    assert shorter < longer
    begins, after = day + timedelta(days=1), shorter + timedelta(days=1)
    assert (after.year * 12 + after.month) - (begins.year * 12 + begins.month) == months


def test_the_clock_renews_what_renews_by_itself_and_ends_what_ran_out(acme, carol):
    own = noted(carol, acme, renewal="automatic", renew_months=6)
    agreed, draft = noted(carol, acme), noted(carol, acme, draft=True)
    refused = contracts.end(carol, noted(carol, acme, renewal="automatic"), "Too dear")
    close(date(2026, 3, 31))  # its last day
    assert [Contract.objects.get(pk=one.pk).version for one in (own, agreed)] == [1, 1]
    for _tick in range(2):
        close(date(2026, 4, 1))
    for one in (own, agreed, draft, refused):
        one.refresh_from_db()
    assert (own.state, own.ends_on, own.version) == ("signed", date(2026, 9, 30), 2)
    assert [one.state for one in (agreed, draft, refused)] == ["ended", "draft", "ended"]
    event = Event.objects.get(verb="contract.renewed")
    assert (event.actor, event.customer, event.after["ends_on"]) == (None, acme, "2026-09-30")
    close(date(2027, 10, 1))  # after a long outage: as of now
    own.refresh_from_db()
    assert own.ends_on == date(2028, 3, 31)


def test_the_day_of_notice_is_near_and_its_owner_is_reminded(acme, carol, dave, rf):
    one = noted(carol, acme, value=D(1200))  # notice by Tuesday, the 10th of March
    noted(carol, acme, ends_on=date(2026, 12, 31))
    [near] = contracts.ending_soon(Contract.objects.all(), NOW)
    assert (near.contract, near.by, near.left) == (one, date(2026, 3, 10), 6)
    for who, money in ((carol, [D(1200)]), (dave, [])):
        request = rf.get("/")
        request.user = who
        assert [each.money for each in pages.attention(request)] == money
    told = []
    for day in (2, 3, 4, 9, 10, 11):  # 6, 5, 4, 1, 0 working days left, passed
        for _tick in range(2):
            contracts.remind(Turn("key_accounts.contracts", date(2026, 3, day), NOW))
        if Notification.objects.count() > len(told):
            told.append(day)
    assert told == [2, 3, 10]  # ten, five, none left
    contracts.renew(carol, one, date(2027, 3, 31), D(1500))
    assert contracts.ending_soon(Contract.objects.all(), NOW) == []


def test_verbs_are_permitted_versioned_and_keep_to_the_state(acme, carol, dave, erin):
    one = noted(carol, acme, draft=True)
    for who, refusal in ((erin, PermissionDenied), (dave, ObjectDoesNotExist)):
        with pytest.raises(refusal):
            contracts.sign(who, one)
    with pytest.raises(ValidationError, match="runs"):
        contracts.renew(carol, one, date(2027, 3, 31))
    one = contracts.sign(carol, one, expected_version=1, key="k")
    assert contracts.sign(carol, one, expected_version=1, key="k").version == 2
    with pytest.raises(Stale):
        contracts.renew(carol, one, date(2027, 3, 31), expected_version=1)
    with pytest.raises(ValidationError) as refused:
        contracts.renew(carol, one, YEAR["ends_on"])
    assert "ends_on" in refused.value.message_dict
    with pytest.raises(ValidationError, match="why"):
        contracts.end(carol, one, " ")
    one = contracts.end(carol, one, "Dearer")
    assert (one.state, one.reason) == ("notice", "Dearer")
    one = contracts.sign(carol, one)  # the notice is taken back
    assert (one.state, one.reason) == ("signed", "")
    one = contracts.end(carol, one, "Both agreed", at_once=True)
    with pytest.raises(ValidationError, match="ended"):
        contracts.change(carol, one, {"title": "Else"})
    wrong = {"ends_on": date(2025, 3, 1)}, {"ends_on": None, "renewal": "automatic"}
    for values in wrong:
        with pytest.raises(ValidationError):
            noted(carol, acme, **values)
    assert contracts.move_owned(carol, dave, [acme.pk], None) == 0


def test_the_pages_note_renew_and_end(acme, carol, sign_in):
    client = sign_in(carol)
    said = {name: str(value) for name, value in YEAR.items()}
    said |= {"title": "Frame", "renewal": "agreed", "renew_months": "12", "owner": carol.pk}
    address = reverse("key_accounts:contract_new", args=["C1"])
    assert client.post(address, said | {"ends_on": "2025-01-01"}).status_code == 422
    assert client.post(address, said).status_code == 302
    one = Contract.objects.get()
    change = reverse("key_accounts:contract_change", args=[one.pk])
    told = said | {"version": "1", "reference": "HT1"}
    assert client.post(change, told).status_code == 302
    page = client.get(reverse("key_accounts:contract", args=[one.pk])).content.decode()
    assert "6 working days left" in page
    assert "2026-03-31" in client.get(reverse("key_accounts:contracts")).content.decode()
    for query in ("?state=soon", "?state=draft", "?whose=mine&q=HT1"):
        listed = client.get(reverse("key_accounts:contracts") + query).content.decode()
        assert ("Frame" in listed) == ("draft" not in query)
    assert "Frame" in client.get(reverse("search"), {"q": one.number}).content.decode()
    for name in ("key_accounts:detail", "customers:more"):
        assert "Frame" in client.get(reverse(name, args=["C1"])).content.decode()
    renew = reverse("key_accounts:contract_renew", args=[one.pk])
    assert b"2027-03-31" in client.get(renew).content
    assert client.post(renew, {"ends_on": "2027-03-31"}).status_code == 302
    end = reverse("key_accounts:contract_end", args=[one.pk])
    assert client.post(end, {"how": "notice", "reason": "Dearer"}).status_code == 302
    sign = reverse("key_accounts:contract_sign", args=[one.pk])
    assert client.post(sign, {"version": "1"}).status_code == 409
    assert client.post(sign).status_code == 302


def test_programs_note_change_renew_and_end(acme, carol, dave):
    program = Program(carol)
    body = {"customer": "C1", "title": "Frame", "begins_on": "2026-01-01", "ends_on": "2026-12-31"}
    made = program.post("/contracts", body | {"notice_days": 30, "value": "1200.5"}, 201)
    assert (made["state"], made["notice_by"], made["value"]) == ("signed", "2026-12-01", "1200.50")
    where = f"/contracts/{made['id']}"
    more = {"data": json.dumps({"renewal": "automatic", "version": 1}),
            "content_type": "application/json"}  # fmt: skip
    assert program.ask("PATCH", where, **more)["version"] == 2
    program.post(f"{where}/renew", {"ends_on": "2027-12-31", "version": 1}, 412)
    assert program.post(f"{where}/renew", {"ends_on": "2027-12-31"})["ends_on"] == "2027-12-31"
    assert program.post(f"{where}/end", {"reason": "Dearer"})["state"] == "notice"
    assert program.post(f"{where}/sign", {})["state"] == "signed"
    assert program.get("/contracts?state=signed")["items"][0]["id"] == made["id"]
    Program(dave).get(where, 404)
