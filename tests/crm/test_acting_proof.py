"""Money & service: counted by hand by class, and whether classes differ as the standard says."""

from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest
from api_client import Program
from django.urls import reverse
from django.utils import timezone

from kefen_crm.customers.models import Customer
from kefen_crm.dunning.models import Step
from kefen_crm.evaluation.acting import proofs
from kefen_crm.gateway.ledger import opened
from kefen_crm.platform import differences
from kefen_crm.platform.registry import declared
from kefen_crm.receivables.models import Promise
from kefen_crm.tickets.models import ServiceClock, Ticket


def test_shares_are_tested_for_a_trend():
    # Cochran-Armitage by hand: 1, 10 and 30 of 100 each; z = 5.93
    assert differences.of_shares([(1, 100), (10, 100), (30, 100)], "less").tone == "good"
    assert differences.of_shares([(1, 100), (10, 100), (30, 100)], "more").tone == "bad"
    assert differences.of_shares([(10, 100), (11, 100)], "less").tone == "even"
    for few in ([(1, 3), (2, 3)], [(9, 50)], [(0, 40), (1, 40)], []):
        assert differences.of_shares(few, "less").tone == "few"


def test_figures_are_tested_by_their_ranks():
    later = [range(20), range(10, 30), range(20, 40)]
    assert differences.of_figures(later, "less").tone == "good"
    assert differences.of_figures(later[::-1], "less").tone == "bad"
    assert differences.of_figures([[5] * 20, [5] * 20], "less").tone == "even"
    assert differences.of_figures([range(20), range(9)], "less").tone == "few"


@pytest.mark.parametrize(
    ("first", "last", "tone"),
    [((5, 100), (9, 100), "good"), ((40, 100), (9, 100), "bad"),
     ((12, 100), (9, 100), "even"), ((0, 5), (3, 9), "few"), ((3, 40), (0, 0), "few")],
)  # fmt: skip
def test_the_best_class_is_served_no_worse(first, last, tone):
    assert differences.no_worse(first, last).tone == tone


def lines(told, heading):
    table = next(one for one in told["tables"] if one["heading"] == heading)
    return {one["class_key"] or one["title"]: one["cells"] for one in table["rows"]}, table


@pytest.fixture
def acted(graded, bob):
    """A, B and C with promises, letters that money followed, clocks and repeated tickets."""
    today, now = timezone.localdate(), timezone.now()
    customers = {one.code: one for one in Customer.objects.all()}
    for code, state in (("C1", "kept"), ("C1", "kept"), ("C2", "broken"), ("C3", "kept"),
                        ("C3", "open")):  # fmt: skip
        Promise.objects.create(
            customer=customers[code], amount=Decimal(10), due_on=today - timedelta(days=3),
            given_on=today - timedelta(days=9), state=state, by=bob,
        )  # fmt: skip
    sent = now - timedelta(days=60)
    for code in ("C1", "C2"):
        step = Step.objects.create(
            customer=customers[code], level="reminder", state="done", channel="mail", rule="All",
            language="zh", proposed_on=today, amount=Decimal(10), days_late=9,
        )  # fmt: skip
        Step.objects.filter(pk=step.pk).update(moved_at=sent)
    due = timezone.localdate(sent)
    with opened() as ledger:
        invoices = {"invoice_id": ["I1", "I2"], "customer_id": ["C1", "C2"]}
        invoices |= {"issued_on": [str(due - timedelta(days=40))] * 2, "amount": ["100", "300"]}
        invoices |= {"due_on": [str(due - timedelta(days=10))] * 2}
        ledger.load(pl.DataFrame(invoices), kind="invoices")
        paid = {"payment_id": ["P1", "P2"], "customer_id": ["C1", "C2"], "amount": ["60", "30"]}
        paid |= {"invoice_id": ["I1", "I2"]}
        paid |= {"paid_on": [str(due + timedelta(days=days)) for days in (4, 45)]}
        ledger.load(pl.DataFrame(paid), kind="payments")
    opened_at = now - timedelta(days=50)
    for code, days in (("C1", 0), ("C1", 8), ("C3", 0)):
        at = opened_at + timedelta(days=days)
        ticket = Ticket.objects.create(
            customer=customers[code], title="Pump", product="Pump", state="solved",
            opened_at=at, solved_at=at + timedelta(days=1),
        )  # fmt: skip
        ServiceClock.objects.create(
            ticket=ticket, target="first", rule="All", allowed=60, started_at=ticket.opened_at,
            warn_at=ticket.opened_at, due_at=ticket.opened_at + timedelta(hours=1),
            stopped_at=ticket.opened_at + timedelta(hours=2 if code == "C3" else 0.5),
        )  # fmt: skip
    return Program(bob)


def test_money_and_service_are_counted_by_class(acted):
    kept, table = lines(acted.get("/proofs/promises"), "Promises kept")
    assert kept["A"] == ["2", "2", "100%"]
    assert (kept["B"][1], kept["C"], kept["Together"]) == (
        "0", ["1", "1", "100%"], ["4", "3", "75%"],
    )  # fmt: skip
    assert table["findings"][0]["tone"] == "few"
    late, table = lines(acted.get("/proofs/overdue"), "Share of what is owed that is late")
    assert (late["A"][-1], late["B"][-1], late["Together"][-1]) == ("100%", "100%", "100%")
    assert len(table["columns"]) in (6, 7)  # the first of a month may be today
    letters, _table = lines(acted.get("/proofs/reminders"), "From a letter to money")
    assert letters["A"] == ["1", "1", "100%", "4.0"]
    assert letters["B"] == ["1", "0", "0%", "–"]
    broken, table = lines(acted.get("/proofs/breaches"), "Broken service levels")
    assert (broken["A"], broken["C"]) == (["2", "0", "0%"], ["1", "1", "100%"])
    again, _table = lines(acted.get("/proofs/repeats"), "Again within 30 days")
    assert (again["A"], again["C"]) == (["2", "1", "50%"], ["1", "0", "0%"])


def test_the_page_has_every_part_and_whoever_does_not_see_all_has_none(
    acted, bob, carol, sign_in, graded
):
    client = sign_in(bob)
    page = client.get(reverse("proof:acting")).content.decode()
    names = [one.name for one in proofs("acting")]
    assert names == ["overdue", "promises", "reminders", "breaches", "repeats", "answers", "leads",
                     "won", "forecasts", "deciders"]  # fmt: skip
    assert len(declared("proofs")) == len(names) + len(proofs("strategy"))
    for name in names:
        where = reverse("proof:acting_part", args=[name])
        assert where in page
        assert client.get(where).status_code == 200
    assert client.get(reverse("proof:acting_part", args=["nothing"])).status_code == 404
    assert sign_in(carol).get(reverse("proof:acting")).status_code == 403
    Program(carol).get("/proofs/promises", 403)
    Program(bob).get("/proofs/nothing", 404)
