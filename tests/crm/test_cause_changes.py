"""What was changed about a cause, and whether fewer tickets come of it.

Of 24 tickets, 4 came after, with as many orders as before: were the rates equal, 4 or fewer, or 20
or more, of 24 would have the chance 2 × (1 + 24 + 276 + 2,024 + 10,626) / 2²⁴ = 0.0015.
"""

from datetime import timedelta

import polars as pl
import pytest
from api_client import Program
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

import kefen
from kefen_crm.customers.models import Customer
from kefen_crm.platform.rates import chance_of_equal, verdict
from kefen_crm.tickets.cause_changes import note_change
from kefen_crm.tickets.models import CauseChange, Ticket

CAUSE = "Seals / 密封"
ASKED = "?cause=Seals%20/%20%E5%AF%86%E5%B0%81"
LISTED = f"/cause-changes{ASKED}"


def came(count, at, **more):
    customer = Customer.objects.get(code="C1")
    said = {"kind": "complaint", "title": "Leak", "state": "solved", "cause": CAUSE, **more}
    Ticket.objects.bulk_create(
        Ticket(customer=customer, opened_at=at, solved_at=at, **said) for _one in range(count)
    )


@pytest.fixture
def since(graded, settings):
    """The day of a change, with 20 tickets and 100 orders before it, and 4 and 100 after."""
    now = timezone.now()
    day = now.date() - timedelta(days=60)
    came(20, now - timedelta(days=70))
    came(4, now - timedelta(days=50))
    ledger = kefen.open(settings.KEFEN_DATA)
    numbers = [(f"N{back}-{one}", back) for back in (80, 40) for one in range(100)]
    days = [f"{now.date() - timedelta(days=back)}" for _number, back in numbers]
    orders = {"order_id": [number for number, _back in numbers], "ordered_on": days}
    ledger.load(pl.DataFrame({**orders, "customer_id": "C1", "amount": "10"}), kind="orders")
    ledger.close()
    return day


def test_the_chance_is_that_of_the_exact_test():
    assert chance_of_equal(20, 4, 0.5) == pytest.approx(2 * 12_951 / 2**24)
    assert chance_of_equal(2, 4, 0.25) == pytest.approx(
        sum((15 * 9, 6 * 3, 1)) / 4**6
    )  # 4, 5 or 6 of 6: what is as unlikely below is not there
    stats = pytest.importorskip("scipy.stats")
    for before, after, share in ((3, 0, 0.5), (7, 19, 0.31), (400, 330, 0.47), (0, 12, 0.9)):
        known = stats.binomtest(after, before + after, share).pvalue
        assert chance_of_equal(before, after, share) == pytest.approx(known)
    assert [verdict(20, 4, 0.5), verdict(4, 20, 0.5), verdict(12, 11, 0.5)] == [
        "fewer", "more", "no-change",
    ]  # fmt: skip
    assert [verdict(3, 0, 0.5), verdict(0, 0, 0.5), verdict(9, 9, 0.0)] == ["too-few"] * 3


def test_a_change_is_noted_and_what_came_of_it_is_told(since, carol, dave, client):
    client.force_login(carol)
    page = reverse("tickets:cause") + ASKED
    assert "Nothing was changed" in client.get(page).content.decode()
    assert client.get(f"{reverse('tickets:cause')}?cause=Else").status_code == 404
    tomorrow = timezone.now().date() + timedelta(days=2)
    assert client.post(page, {"text": "New seals", "since": tomorrow}).status_code == 422
    assert client.post(page, {"text": "New seals", "since": since}).status_code == 302
    shown = client.get(page).content.decode()
    assert ">fewer<" in shown
    assert "20.00" in shown
    assert "4.00" in shown
    (effect,) = Program(carol).get(LISTED)
    assert (effect["before"]["tickets"], effect["before"]["orders"]) == (20, 100)
    assert (effect["after"]["tickets"], effect["after"]["per_100_orders"]) == (4, 4.0)
    assert (effect["verdict"], effect["compared_by"], effect["by"]) == ("fewer", "orders", "carol")
    (of_dave,) = Program(dave).get(LISTED)
    assert (of_dave["before"]["tickets"], of_dave["verdict"]) == (0, "too-few")  # not his customers
    # Thirty complaints are open: all before came of this cause, so these likely do, too.
    came(30, timezone.now() - timedelta(days=5), cause="", state="open")
    (effect,) = Program(carol).get(LISTED)
    assert (effect["verdict"], effect["unsolved"]) == ("no-change", 30)


def test_a_later_change_ends_the_time_of_the_one_before_and_may_be_taken_back(since, carol):
    program = Program(carol)
    first = program.post(
        "/cause-changes", {"cause": CAUSE, "text": "Seals", "since": f"{since}"}, 201
    )
    later = note_change(carol, CAUSE, "Training", since + timedelta(days=20))
    new, old = program.get(LISTED)
    assert (new["id"], old["id"]) == (later.pk, first["id"])
    assert old["after"]["end"] == new["before"]["end"] == f"{later.since}"
    assert new["before"]["first"] == f"{since}"
    program.client.delete(f"/api/v1/cause-changes/{later.pk}", headers=program.headers)
    assert [one.pk for one in CauseChange.objects.all()] == [first["id"]]
    with pytest.raises(ValidationError, match="No ticket"):
        note_change(carol, "Else", "x", since)
