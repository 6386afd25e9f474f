"""Receivables on a few invoices worked out by hand, as of 2025-07-01.

C1 (Carol, A)  i1 100 due 2025-06-30: 1 day late · i2 200 due 2025-05-01: 61 days late, 50 of it
               paid 2025-06-01 by its number · i3 300 due 2025-07-01: not late
C2 (Dave, B)   i4 1,000 due 2025-03-01: 122 days late
C3 (Carol, C)  i5 40 without a due date · i6 70 due 2025-01-31, paid 2025-02-10: 10 days late
"""

from datetime import UTC, date, datetime
from decimal import Decimal as D  # noqa: N817
from io import BytesIO

import polars as pl
import pytest
from api_client import Program
from django.core.cache import caches
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

import kefen
from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.models import Customer
from kefen_crm.gateway import LAPSED
from kefen_crm.grading.models import CustomerClass, Scheme
from kefen_crm.platform import stored_figures
from kefen_crm.platform.events import Stale, deliver
from kefen_crm.platform.models import Event, OutboxEntry
from kefen_crm.receivables import actions, applying, queries
from kefen_crm.receivables.checking import check_one, error_of
from kefen_crm.receivables.models import AppliedPayment, OpenInvoice, Payer, Promise
from kefen_crm.receivables.refreshing import refresh

DAY = date(2025, 7, 1)
INVOICES = {
    "invoice_id": ["i1", "i2", "i3", "i4", "i5", "i6"],
    "customer_id": ["C1", "C1", "C1", "C2", "C3", "C3"],
    "issued_on": ["2025-06-01", "2025-04-01", "2025-06-15", "2025-02-01", "2025-06-20",
                  "2025-01-01"],
    "due_on": ["2025-06-30", "2025-05-01", "2025-07-01", "2025-03-01", "", "2025-01-31"],
    "amount": ["100", "200", "300", "1000", "40", "70"],
}  # fmt: skip
PAYMENTS = {
    "payment_id": ["p1", "p2"],
    "customer_id": ["C1", "C3"],
    "paid_on": ["2025-06-01", "2025-02-10"],
    "amount": ["50", "70"],
    "invoice_id": ["i2", "i6"],
}


@pytest.fixture
def owed(graded, settings, monkeypatch):
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.load(pl.DataFrame(INVOICES), kind="invoices")
        ledger.load(pl.DataFrame(PAYMENTS), kind="payments")
    on(monkeypatch, DAY)
    refresh(DAY)


def on(monkeypatch, day):
    """Have it be noon of a day."""
    noon = datetime.combine(day, datetime.min.time(), UTC).replace(hour=4)
    monkeypatch.setattr("django.utils.timezone.now", lambda: noon)


def pay(settings, number, code, day, amount):
    with kefen.open(settings.KEFEN_DATA) as ledger:
        paid = {"payment_id": [number], "customer_id": [code], "paid_on": [day], "amount": [amount]}
        ledger.load(pl.DataFrame(paid), kind="payments")


def test_what_is_owed_by_age_is_that_of_the_day(owed, alice, carol):
    scheme = Scheme.objects.get(name="abc")
    found = queries.ageing(
        queries.invoices_for(alice), "class", scheme, queries.buckets((30, 60, 90), DAY)
    )
    assert [(row.key, row.invoices, [int(one) for one in row.cells]) for row in found.rows] == [
        ("A", 3, [0, 300, 100, 0, 150, 0]),
        ("B", 1, [0, 0, 0, 0, 0, 1000]),
        ("C", 1, [40, 0, 0, 0, 0, 0]),
    ]
    assert (found.total.total, found.total.overdue) == (D(1590), D(1250))
    assert queries.invoices_for(carol).count() == 4
    payers = {one.customer.code: one for one in Payer.objects.select_related("customer")}
    assert (payers["C1"].outstanding, payers["C1"].overdue) == (D(550), D(250))
    assert payers["C3"].days_late == 10
    assert set(payers) == {"C1", "C2", "C3"}


def test_looking_again_writes_only_what_differs(owed, settings):
    before = set(OpenInvoice.objects.values_list("pk", flat=True))
    refresh(DAY)
    assert set(OpenInvoice.objects.values_list("pk", flat=True)) == before
    pay(settings, "p3", "C2", "2025-06-30", "1000")
    refresh(DAY)
    assert before - set(OpenInvoice.objects.values_list("pk", flat=True)) == {
        pk for pk in before if not OpenInvoice.objects.filter(pk=pk).exists()
    }
    assert not OpenInvoice.objects.filter(number="i4").exists()
    assert Payer.objects.get(customer__code="C2").outstanding == 0


def test_a_promise_is_kept_by_what_came_in_until_its_day(owed, carol, settings, monkeypatch):
    acme = Customer.objects.get(code="C1")
    first = actions.promise(carol, acme, D(80), date(2025, 7, 10), note="Ms Wu", key="k1")
    assert actions.promise(carol, acme, D(80), date(2025, 7, 10), note="Ms Wu", key="k1") == first
    second = actions.promise(carol, acme, D(60), date(2025, 7, 20))
    pay(settings, "p4", "C1", "2025-07-05", "100")
    refresh(date(2025, 7, 6))  # 80 of the 100 keep the first, the 20 left do not keep the second
    assert states(first, second) == ["kept", "open"]
    pay(settings, "p5", "C1", "2025-07-21", "60")
    refresh(date(2025, 7, 20))
    assert states(first, second) == ["kept", "open"]
    refresh(date(2025, 7, 21))  # a day too late
    assert states(first, second) == ["kept", "broken"]
    verbs = Event.objects.filter(verb__startswith="promise.").order_by("at", "id")
    assert [one.verb for one in verbs] == [
        "promise.made", "promise.made", "promise.kept", "promise.broken",
    ]  # fmt: skip


def test_what_was_expected_of_past_months_is_compared_with_what_came(owed, carol, alice, client):
    """As a month begins whoever is late is used to pay that late, so on its first day.

    February i6 70, which came · March and April i4 1,000 · May i2 200 besides · June the same but
    for 300 of i4 that are promised until July; 50 came.
    """
    given = {"given_on": date(2025, 5, 20), "due_on": date(2025, 7, 9), "by": carol}
    Promise.objects.create(customer=Customer.objects.get(code="C2"), amount=D(300), **given)
    looked = [check_one(DAY) for _each in range(6)]
    assert looked.pop() is None  # nothing was open as January began
    assert [(str(one), int(one.expected), int(one.came), one.error) for one in looked] == [
        ("2025-06", 900, 50, 17.0), ("2025-05", 1200, 0, None), ("2025-04", 1000, 0, None),
        ("2025-03", 1000, 0, None), ("2025-02", 70, 70, 0.0),
    ]  # fmt: skip
    assert error_of(looked) == pytest.approx((850 + 1200 + 1000 + 1000) / 120)
    client.force_login(alice)
    assert "2025-06" in client.get(reverse("receivables:ageing")).content.decode()
    client.force_login(carol)
    assert "2025-06" not in client.get(reverse("receivables:ageing")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_sums_read_ahead_are_those_of_the_plain_query_and_outlast_a_promise(
    owed, alice, carol, settings
):
    scheme = leading_scheme()

    def looked():
        invoices, found = queries.invoices_for(alice), queries.buckets((30, 60, 90), DAY)
        groups = ("class", "owner", "region")
        return [*(queries.ageing(invoices, by, scheme, found) for by in groups),
                queries.expected(alice, DAY)]  # fmt: skip

    def plain():
        with transaction.atomic():  # nothing is remembered in one
            return looked()

    caches["figures"].clear()
    stored_figures.read_all()
    for promised in (False, True):
        if promised:
            actions.promise(carol, Customer.objects.get(code="C1"), D(200), date(2025, 7, 9))
            caches["figures"].clear()
        with CaptureQueriesContext(connection) as asked:
            found = looked()
        assert not [one for one in asked if "COUNT(" in one["sql"] and "open" in one["sql"]]
        assert found == plain()
    before = found
    pay(settings, "p9", "C2", "2025-06-30", "400")
    refresh(DAY)
    assert looked() == plain() != before


def states(*promises):
    return [Promise.objects.get(pk=one.pk).state for one in promises]


def test_what_is_expected_follows_promises_and_habits(owed, carol, alice):
    acme = Customer.objects.get(code="C1")
    actions.promise(carol, acme, D(200), date(2025, 7, 9))
    actions.dispute(carol, Customer.objects.get(code="C3"), "i5", "never delivered")
    weeks = queries.expected(alice, DAY)
    told = [(one.start, int(one.promised), int(one.usual)) for one in weeks if one.total]
    # The promise covers i2 (150) and half of i1. C1 pays late by 31 days the 50 of i2, 61 days
    # the 150 open, 1 day the 100 open: (1550 + 9150 + 100) / 300 = 36 days; i1 comes on 08-05,
    # i3 on 08-06. C2 pays 122 days late: i4 is expected on 2025-07-01.
    assert told == [
        (date(2025, 7, 1), 0, 1000),
        (date(2025, 7, 8), 200, 0),
        (date(2025, 8, 5), 0, 350),
    ]
    pk = OpenInvoice.objects.get(number="i5").pk
    assert queries.invoices_for(alice).filter(queries.in_dispute()).get().pk == pk


def test_what_is_wrong_is_said_and_what_is_not_ones_own_is_hidden(owed, carol, dave, erin):
    acme = Customer.objects.get(code="C1")
    with pytest.raises(PermissionDenied):
        actions.promise(erin, acme, D(1), date(2025, 7, 2))
    with pytest.raises(ObjectDoesNotExist):
        actions.promise(dave, acme, D(1), date(2025, 7, 2))
    for amount, day, field in (
        (D(0), date(2025, 7, 2), "amount"),
        (D("1.005"), date(2025, 7, 2), "amount"),
        (D(1), date(2025, 6, 30), "due_on"),
        (D(1), date(2027, 1, 1), "due_on"),
    ):
        with pytest.raises(ValidationError) as refused:
            actions.promise(carol, acme, amount, day)
        assert set(refused.value.message_dict) == {field}
    opened = actions.dispute(carol, acme, "i1", "broken goods")
    for number in ("i1", "i4"):
        with pytest.raises(ValidationError):
            actions.dispute(carol, acme, number, "again")
    with pytest.raises(Stale):
        actions.settle(carol, opened, "credit note", expected_version=7)
    actions.settle(carol, opened, "credit note", expected_version=1)
    assert acme.disputes.get().state == "settled"


def test_instalments_are_promises_of_their_own(owed, carol, client):
    acme = Customer.objects.get(code="C1")
    client.force_login(carol)
    sent = {"amount": "100", "instalments": "3", "due_on": "2025-08-31", "every": "month"}
    assert client.post("/receivables/of/C1/instalments/", sent).status_code == 302
    told = [(one.part, one.amount, one.due_on) for one in acme.promises.order_by("part")]
    assert told == [  # 33.33 twice, what does not divide in the last; September has 30 days
        (1, D("33.33"), date(2025, 8, 31)),
        (2, D("33.33"), date(2025, 9, 30)),
        (3, D("33.34"), date(2025, 10, 31)),
    ]
    assert len({one.plan for one in acme.promises.all()}) == 1
    assert client.post("/receivables/of/C1/instalments/", sent | {"amount": "0"}).status_code == 422
    day = date(2025, 7, 9)
    with pytest.raises(ValidationError):
        actions.promise_parts(carol, acme, [(D(1), day), (D(1), day)])
    body = {"customer": "C1", "instalments": [{"amount": "5", "due_on": "2025-07-09"},
                                              {"amount": "6", "due_on": "2025-07-10"}]}  # fmt: skip
    made = Program(carol).post("/receivables/promises/instalments", body, 201)
    assert [(one["part"], one["parts"]) for one in made] == [(1, 2), (2, 2)]


def test_a_payment_is_applied_where_it_was_meant_and_unapplied(owed, bob, carol, settings, client):
    """C1 paid 120 and named nothing: that pays i2, the oldest. It was meant for i1 and i3."""
    pay(settings, "p7", "C1", "2025-06-20", "120")

    def left():
        OutboxEntry.objects.update(due=timezone.now())  # the day of the test is long ago
        deliver("ledger")
        refresh(DAY)
        rows = OpenInvoice.objects.filter(customer__code="C1").values_list("number", "open")
        return {number: int(amount) for number, amount in rows}

    assert left() == {"i1": 100, "i2": 30, "i3": 300}
    with pytest.raises(PermissionDenied):
        applying.apply(carol, "p7", "i1")
    for number, invoice, amount, field in (
        ("p2", "i6", D(1), "number"),  # names its invoice
        ("p7", "i4", D(1), "invoice"),  # of another customer
        ("p7", "i1", D(101), "amount"),
    ):
        with pytest.raises(ValidationError) as refused:
            applying.apply(bob, number, invoice, amount)
        assert set(refused.value.message_dict) == {field}
    applying.apply(bob, "p7", "i1", D(100), key="k")
    applying.apply(bob, "p7", "i1", D(100), key="k")
    assert left() == {"i2": 130, "i3": 300}  # i1 is paid, the 20 left pay the oldest
    client.force_login(bob)
    assert ">20.00<" in client.get("/receivables/payments/").content.decode()
    form = client.get("/receivables/payments/apply/?number=p7").context["form"]
    open_ones, paid_ones = (dict(group) for _title, group in form.fields["invoice"].choices)
    assert (list(open_ones), list(paid_ones)) == (["i2", "i3"], ["i1"])
    assert open_ones["i2"] == "i2 · due 2025-05-01 · 130.00 of 200.00 open"
    sent = {"number": "p7", "invoice": "i3", "amount": "20"}
    assert client.post("/receivables/payments/apply/", sent).status_code == 302
    assert left() == {"i2": 150, "i3": 280}
    pay(settings, "p7", "C1", "2025-06-20", "120")  # an import brings it whole again
    applying.follow_payments()
    assert left() == {"i2": 150, "i3": 280}
    assert applying.follow_payments() == 0
    program = Program(bob)
    assert program.get("/receivables/payments") == []
    first = AppliedPayment.objects.get().applications.get(invoice="i1")
    program.delete(f"/receivables/payments/applications/{first.pk}")
    assert left() == {"i1": 100, "i2": 50, "i3": 280}  # the 100 pay the oldest again
    again = program.post("/receivables/payments/apply", {"number": "p7", "invoice": "i2"}, 201)
    assert [(one["invoice"], one["amount"]) for one in again["applications"]] == [
        ("i3", "20.00"), ("i2", "100.00"),
    ]  # fmt: skip


def test_a_statement_is_a_pdf_too(owed, carol, client):
    client.force_login(carol)
    answer = client.get("/receivables/of/C1/statement.pdf")
    if answer.status_code == 302:
        pytest.skip("no Chinese font on this machine")
    assert answer.content.startswith(b"%PDF-")
    assert answer["Content-Disposition"].endswith("-20250701.pdf")


def test_promises_to_be_looked_after_stand_before_those_that_were_kept(owed, carol, client):
    customer = Customer.objects.get(code="C1")
    for day, state in ((1, "kept"), (2, "broken"), (9, "open"), (5, "broken"), (4, "open")):
        Promise.objects.create(
            customer=customer, amount=D(day), due_on=date(2025, 7, day), given_on=DAY,
            state=state, by=carol,
        )  # fmt: skip
    client.force_login(carol)
    days = {
        query: [
            one.due_on.day for one in client.get(f"/receivables/promises/{query}").context["page"]
        ]
        for query in ("", "?state=broken", "?state=nonsense")
    }
    assert days == {
        "": [4, 9, 5, 2, 1],
        "?state=broken": [5, 2],
        "?state=nonsense": [4, 9, 5, 2, 1],
    }


def test_pages_and_files_show_the_same_money(owed, client, carol, alice):
    CustomerClass.objects.filter(customer__code="C2", scheme__name="abc").update(class_key=LAPSED)
    client.force_login(alice)
    page = client.get(reverse("receivables:ageing")).content.decode()
    assert "bucket=91-" in page
    # 440 were invoiced in the 90 days before, i1, i3 and i5: 1,590 ÷ 440 × 90 = 325, 1,250: 256
    assert "of them 256 beyond terms" in page
    assert client.get("/receivables/?days=x&by=nobody").status_code == 200
    for query, count in (
        (f"bucket=91-&by=class&group={LAPSED}", 1),
        ("by=region&group=-", 5),
        ("q=i2", 1),
    ):
        found = client.get(f"/receivables/invoices/?{query}")
        assert found.context["page"].paginator.count == count, query
    rows_ = pl.read_csv(BytesIO(b"".join(client.get("/receivables/invoices.csv"))))
    assert rows_[:, -1].sum() == 1590
    client.force_login(carol)
    panel = client.get(reverse("customers:detail", args=["C1"])).content.decode()
    assert "i2" in panel
    assert "550.00" in panel  # to the cent, where invoices are told one by one
    asked = client.get("/receivables/of/C1/promise/")
    assert "550.00 open, 250.00 of it late" in asked.content.decode()
    assert asked.context["form"]["amount"].value() == 250
    sent = {"amount": "80", "due_on": "2025-07-10", "note": ""}
    assert client.post("/receivables/of/C1/promise/", sent).status_code == 302
    assert client.post("/receivables/of/C1/promise/", sent | {"amount": "0"}).status_code == 422
    assert client.get("/receivables/promises/").content.decode().count("2025-07-10") == 1


def test_programs_read_and_write_it(owed, carol):
    program = Program(carol)
    told = program.get("/receivables/ageing?by=owner")
    assert [(one["open"], one["overdue"]) for one in told["groups"]] == [("590.00", "250.00")]
    page = program.get("/receivables/invoices?limit=3")
    assert len(page["items"]) == 3
    assert [one["number"] for one in program.get(page["next"])["items"]] == ["i5"]
    made = program.post(
        "/receivables/promises", {"customer": "C1", "amount": "80.00", "due_on": "2025-07-10"}, 201
    )
    gone = program.ask("DELETE", f"/receivables/promises/{made['id']}")
    assert gone["state"] == "withdrawn"
    program.post("/receivables/disputes", {"customer": "C1", "number": "i9", "reason": "x"}, 422)
