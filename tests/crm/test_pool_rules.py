"""The pool rules: whom they take, whom they warn of, whom they leave alone, and taking it back."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

import kefen
from kefen_crm.activities.actions import log
from kefen_crm.customers.models import Customer
from kefen_crm.holdings import actions
from kefen_crm.holdings.actions.recycling import JOB_OF_CLOCK
from kefen_crm.holdings.limits import held
from kefen_crm.holdings.models import Falling, Holding, Leave, Pool, PoolEntry, Spared, Transfer
from kefen_crm.holdings.pool_rules import POOL_RULES, PoolRule, outlook
from kefen_crm.holdings.queries import today
from kefen_crm.opportunities.actions import open_opportunity
from kefen_crm.opportunities.models import Opportunity, Stage
from kefen_crm.platform import clock, rules
from kefen_crm.platform.models import CalendarDay, Notification, RuleDocument, WorkPattern
from kefen_crm.tickets import actions as tickets

WEEK = [[540, 720], [780, 1080]]
HELD = datetime(2026, 9, 1, 2, tzinfo=UTC)  # a Tuesday, at ten in Shanghai


@pytest.fixture
def company(db, settings, tmp_path):
    """A pool, an empty ledger, working days of Monday to Friday, the National Day off."""
    settings.KEFEN_DATA = tmp_path
    for weekday in range(5):
        WorkPattern.objects.update_or_create(weekday=weekday, defaults={"intervals": WEEK})
    CalendarDay.objects.all().delete()
    for day in range(1, 8):
        CalendarDay.objects.create(date=date(2026, 10, day), kind="off", source="person")
    return Pool.objects.create(name="Company", rest_days=2, former_waits=5)


@pytest.fixture
def ticks(company, monkeypatch):
    """Have the clock be at a moment: nothing but the pool rules' job is due."""
    monkeypatch.setattr(clock, "declared", lambda _kind: [JOB_OF_CLOCK])

    def tick(day, hour=2):
        clock.tick(datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - timedelta(hours=8))

    return tick


def rule(**values):
    RuleDocument.objects.update_or_create(
        kind=POOL_RULES,
        state=RuleDocument.State.PUBLISHED,
        defaults={"version": 1, "document": {"rules": [{"name": "Idle", **values}]}},
    )


def hold(owner, code, *, since=HELD, **more):
    """A customer whom `owner` holds since a day, and whom the company knows since then."""
    customer = Customer.objects.create(code=code, name=f"Customer {code}", owner=owner, **more)
    Customer.objects.filter(pk=customer.pk).update(created=since)
    Holding.objects.filter(customer=customer).update(since=since)
    return customer


def nights(ticks, first, last):
    """Let the clock tick at two in the morning of each day."""
    for n in range((last - first).days + 1):
        ticks(first + timedelta(days=n))


def owner_of(customer):
    return Customer.objects.get(pk=customer.pk).owner


def test_nobody_is_taken_without_an_event_unless_the_rule_says_so(ticks, carol):
    idle = hold(carol, "A", since=datetime(2026, 1, 5, tzinfo=UTC))
    rule(without_contact=20, without_order=20)
    nights(ticks, date(2026, 9, 1), date(2026, 9, 15))
    assert owner_of(idle) == carol
    rule(without_order=20, also_never=True)
    nights(ticks, date(2026, 9, 16), date(2026, 9, 30))
    assert owner_of(idle) is None


def test_warned_at_seven_and_three_then_taken(ticks, company, carol):
    """Ten working days after 2 September end on the 16th: taken in the night to the 17th."""
    hold(carol, "OLD", since=datetime(2026, 1, 5, tzinfo=UTC))  # in use for long
    idle = hold(carol, "A", last_order_on=date(2026, 9, 2))
    rule(without_order=10)
    ticks(date(2026, 9, 7))  # two of ten are over
    assert not Notification.objects.exists()
    ticks(date(2026, 9, 8))
    assert Falling.objects.get().falls_on == date(2026, 9, 17)
    assert Notification.objects.filter(user=carol, kind="pool.warned").count() == 1
    nights(ticks, date(2026, 9, 9), date(2026, 9, 16))
    assert Notification.objects.filter(user=carol, kind="pool.warned").count() == 2
    assert owner_of(idle) == carol
    ticks(date(2026, 9, 17))
    entry = PoolEntry.objects.get(customer=idle)
    assert (owner_of(idle), entry.why, entry.former) == (None, "recycled", carol)
    day = today()
    assert (entry.free_from - day, entry.former_from - day) == (timedelta(2), timedelta(5))
    assert Notification.objects.filter(user=carol, kind="pool.taken").count() == 1


def test_at_most_a_twentieth_a_night(ticks, carol):
    held = [hold(carol, f"A{n}", last_order_on=date(2026, 9, 2)) for n in range(40)]
    hold(carol, "OLD", since=datetime(2026, 1, 5, tzinfo=UTC))
    rule(without_order=10)
    nights(ticks, date(2026, 9, 8), date(2026, 9, 17))
    assert PoolEntry.objects.count() == 2  # of 41
    ticks(date(2026, 9, 18))
    assert PoolEntry.objects.count() == 3  # of 39 one more
    assert Transfer.objects.count() == 2
    assert len(held) == 40


def test_nine_days_without_the_clock_across_the_national_day(ticks, carol):
    """The clock stands still from 26 September to 8 October.

    Nobody was warned at three days, so nobody falls before three working days after that.
    """
    hold(carol, "OLD", since=datetime(2026, 1, 5, tzinfo=UTC))
    idle = hold(carol, "A", last_order_on=date(2026, 9, 18))
    rule(without_order=8)  # over on the 30th: to fall in the night to 1 October
    nights(ticks, date(2026, 9, 20), date(2026, 9, 25))  # warned at seven only
    nights(ticks, date(2026, 10, 9), date(2026, 10, 13))
    assert owner_of(idle) == carol
    ticks(date(2026, 10, 14))  # 9, 12 and 13 October were worked since the last warning
    assert owner_of(idle) is None


def test_each_condition_counts_from_its_own_event_and_says_so(
    company, carol, dave, settings, monkeypatch
):
    """Ten working days lie after 2 September before the 17th, eight after the 4th."""
    hold(dave, "OLD", since=datetime(2026, 1, 5, tzinfo=UTC))
    called = hold(carol, "A")
    monkeypatch.setattr("django.utils.timezone.now", lambda: datetime(2026, 9, 2, 2, tzinfo=UTC))
    log(carol, called, {"kind": "call", "answered": True})
    hold(carol, "B", attributes={"ends": "2026/9/4 00:00"})
    hold(carol, "C", attributes={"ends": "2026-12-31T00:00"}, last_order_on=date(2026, 9, 2))
    hold(carol, "D", attributes={"ends": "soon"}, last_order_on=date(2026, 9, 2))
    wanted = PoolRule(
        name="All", without_contact=10, without_order=12, after_contract=9, contract_field="ends"
    )

    def found(*rules):
        return outlook(rules, date(2026, 9, 17), held())

    told = found(wanted)
    assert [(one.code, one.left, one.text) for one in told.candidates] == [
        ("A", 0, "10 working days without contact since 2026-09-02"),
        ("B", 1, "8 working days after the contract's end, counted from 2026-09-04"),
        ("D", 2, "10 working days without order since 2026-09-02"),
    ]
    assert (told.counts, told.excused) == ([("All", 5, 1)], {})
    nothing = found(PoolRule(name="Nothing"))
    assert (nothing.candidates, nothing.counts) == ([], [("Nothing", 5, 0)])
    # The 9th is in both leaves and counts once: four days in all.
    for first, last in ((7, 9), (9, 10)):
        Leave.objects.create(user=carol, first=date(2026, 9, first), last=date(2026, 9, last))
    assert [(one.code, one.left) for one in found(wanted).candidates] == [
        ("A", 4), ("B", 5), ("D", 6),
    ]  # fmt: skip
    late = {"invoice_id": "i1", "customer_id": "D", "issued_on": "2026-08-01",
            "due_on": "2026-09-01", "amount": "100"}  # fmt: skip
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.load(pl.DataFrame([late]), kind="invoices")
    told = found(wanted)
    assert [one.code for one in told.candidates] == ["A", "B"]
    assert told.excused == {"overdue": 1}


def test_leave_is_exempt_and_not_counted(ticks, carol):
    hold(carol, "OLD", since=datetime(2026, 1, 5, tzinfo=UTC))
    idle = hold(carol, "A", last_order_on=date(2026, 9, 2))
    rule(without_order=10)
    Leave.objects.create(user=carol, first=date(2026, 9, 14), last=date(2026, 9, 18))
    nights(ticks, date(2026, 9, 8), date(2026, 9, 23))
    assert owner_of(idle) == carol
    ticks(date(2026, 9, 24))  # five working days later than without the leave
    assert owner_of(idle) is None


def test_nobody_falls_while_a_ticket_is_open_or_an_opportunity_alive(ticks, carol, bob):
    hold(carol, "OLD", since=datetime(2026, 1, 5, tzinfo=UTC))
    asks, buys, slept, idle = (
        hold(carol, code, last_order_on=date(2026, 9, 2)) for code in ("A", "B", "C", "D")
    )
    stage = Stage.objects.create(key="x", position=90, rot_days=10)
    tickets.open_ticket(bob, asks, {"title": "Leak", "text": "It leaks"})
    open_opportunity(carol, buys, {"title": "Oil", "stage": stage})
    rots = open_opportunity(carol, slept, {"title": "Oil", "stage": stage})
    Opportunity.objects.filter(pk=rots.pk).update(moved_at=datetime(2026, 9, 1, tzinfo=UTC))
    rule(without_order=10)
    nights(ticks, date(2026, 9, 8), date(2026, 9, 23))
    owners = [owner_of(one) for one in (asks, buys, slept, idle)]
    assert owners == [carol, carol, None, None]
    excused = outlook(rules.in_force(POOL_RULES), date(2026, 9, 24), held()).excused
    assert excused == {"ticket": 1, "opportunity": 1}


def test_spared_stopped_and_the_first_days(ticks, carol, bob):
    idle = hold(carol, "A", last_order_on=date(2026, 9, 2))
    rule(without_order=10)
    nights(ticks, date(2026, 9, 8), date(2026, 9, 20))
    assert owner_of(idle) == carol  # in use since the first of September
    assert not Falling.objects.exists()
    Spared.objects.create(customer=None, until=date(2026, 10, 15), by=bob)
    nights(ticks, date(2026, 9, 30), date(2026, 10, 15))
    assert owner_of(idle) == carol
    ticks(date(2026, 10, 16))
    assert owner_of(idle) is None


def test_undone_within_a_week_but_not_what_was_touched(ticks, company, carol, dave, bob):
    hold(carol, "OLD", since=datetime(2026, 1, 5, tzinfo=UTC))
    kept = [hold(carol, f"A{n}", last_order_on=date(2026, 9, 2)) for n in range(59)]
    rule(without_order=10)
    nights(ticks, date(2026, 9, 8), date(2026, 9, 17))
    transfer = Transfer.objects.get()
    assert transfer.ended.count() == 3
    PoolEntry.objects.update(free_from=None)
    actions.claim(dave, kept[0])
    assert actions.undo(bob, transfer) == 2
    assert owner_of(kept[0]) == dave
    assert owner_of(kept[1]) == owner_of(kept[2]) == carol
    assert Holding.objects.filter(until=None).count() == 60
