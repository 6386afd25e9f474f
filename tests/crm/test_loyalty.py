"""Points: earned once, spent in order, taken back, expired; tiers, coupons, pages and programs.

Hand-computed: customers of class A earn 150 points for 100, the others 100. C1 bought for 5,000 and
3,000, so it has 12,000; C2 1,500, C3 400, C5 100.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

import kefen
from kefen_crm.customers.models import Customer
from kefen_crm.duplicates.actions import merge, undo
from kefen_crm.loyalty import actions, coupons, expiry, landing, leaving, queries, tiers
from kefen_crm.loyalty.models import (
    Award,
    Coupon,
    Departure,
    Lot,
    Member,
    Move,
    Operation,
    TierPeriod,
)
from kefen_crm.loyalty.programme import POINTS, REWARDS, TIERS, PointsRule, TierRule
from kefen_crm.platform import clock, rules
from kefen_crm.platform.events import KeyReused, Stale
from kefen_crm.platform.models import Event
from kefen_crm.rules import actions as rule_actions

NOON = datetime(2026, 1, 2, 4, tzinfo=UTC)
REST = {"name": "Rest", "since": "2025-01-01", "per_hundred": 100, "months": 24, "cents": 2}
BEST = REST | {
    "name": "Best",
    "scope": {"scheme": "abc", "classes": ["A"]},
    "per_hundred": 150,
}
REST_RULE = PointsRule.model_validate(REST)
TIER_RULES = (
    {"name": "Gold", "points": 5_000, "bonus": 20, "months": 12},
    {"name": "Silver", "points": 300, "months": 6},
)


@pytest.fixture
def now(monkeypatch):
    def be(moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    be(NOON)
    return be


@pytest.fixture
def programme(graded, bob, now):
    publish(bob, POINTS, BEST, REST)
    return graded


def publish(by, kind, *found):
    about = rules.kinds()[kind]
    rule_actions.save(by, about, {"rules": list(found)})
    return rule_actions.publish(by, about, "Because")


def customer(code="C1"):
    return Customer.objects.get(code=code)


def member(code="C1"):
    return Member.objects.get(customer__code=code)


def bring(settings, kind, **columns):
    with kefen.open(settings.KEFEN_DATA) as ledger:
        ledger.load(pl.DataFrame(columns), kind=kind)
    return landing.land()


def sound():
    """Every figure is the sum of what it stands for, and none is below 0."""
    for one in Member.objects.all():
        left = one.lots.aggregate(sum=Sum("left"))["sum"] or 0
        changes = one.operations.aggregate(points=Sum("points"), debt=Sum("debt"))
        assert one.points == left == (changes["points"] or 0)
        assert one.debt == (changes["debt"] or 0)
        assert min(one.points, one.debt) == 0
    for lot in Lot.objects.all():
        assert lot.left == lot.moves.aggregate(sum=Sum("delta"))["sum"]
    for one in Operation.objects.all():
        assert one.points == (one.moves.aggregate(sum=Sum("delta"))["sum"] or 0)
    for award in Award.objects.all():
        assert award.points == award.net


def test_orders_give_points_once_and_are_followed(programme, settings):
    assert landing.land() == 5
    assert dict(Member.objects.values_list("customer__code", "points")) == {
        "C1": 12_000, "C2": 1_500, "C3": 400, "C5": 100,
    }  # fmt: skip
    lot = Lot.objects.get(source__startswith="order:O3")
    assert (lot.earned, lot.expires) == (date(2025, 11, 11), date(2027, 11, 11))
    assert landing.land() == 0
    back = {"return_id": ["R1"], "customer_id": ["C1"], "returned_on": ["2025-12-20"]}
    assert bring(settings, "returns", **back, amount=["1000"], order_id=["O2"]) == 1
    assert member().points == 10_500
    changed = {"order_id": ["O3"], "customer_id": ["C2"], "ordered_on": ["2025-11-11"]}
    assert bring(settings, "orders", **changed, amount=["2000"]) == 1
    assert member("C2").points == 2_000
    changed = {"order_id": ["O4"], "customer_id": ["C3"], "ordered_on": ["2025-06-18"]}
    assert bring(settings, "orders", **changed, amount=["400"], status=["已取消"]) == 1
    assert member("C3").points == 0
    moved = {"order_id": ["O3"], "customer_id": ["C5"], "ordered_on": ["2025-11-11"]}
    bring(settings, "orders", **moved, amount=["2000"])
    assert (member("C2").points, member("C5").points) == (0, 2_100)
    new = {"order_id": ["O8"], "customer_id": ["C4"], "ordered_on": ["2024-12-31"]}
    assert bring(settings, "orders", **new, amount=["99"]) == 0  # before the programme
    sound()


def test_an_import_taken_back_takes_its_points_back(programme, settings, bob):
    landing.land()
    with kefen.open(settings.KEFEN_DATA) as ledger:
        order = {"order_id": ["O9"], "customer_id": ["C4"], "ordered_on": ["2025-12-30"]}
        batch = ledger.load(pl.DataFrame(order | {"amount": ["70.50"]}), kind="orders")
        assert landing.land() == 1
        actions.spend(bob, customer("C4"), 50)
        ledger.undo(batch.batch_id if hasattr(batch, "batch_id") else batch.id)
    assert landing.land() == 1
    assert (member("C4").points, member("C4").debt) == (0, 50)
    sound()


def test_till_and_facts_tell_of_one_order(programme, settings, bob):
    landing.land()
    first = actions.earn(bob, customer("C3"), amount=Decimal(200), order="T1", key="1")
    assert actions.earn(bob, customer("C3"), amount=Decimal(200), order="T1", key="1") == first
    with pytest.raises(KeyReused):
        actions.earn(bob, customer("C3"), amount=Decimal(201), order="T1", key="1")
    with pytest.raises(ValidationError, match="already"):
        actions.earn(bob, customer("C3"), amount=Decimal(200), order="T1")
    assert member("C3").points == 600
    order = {"order_id": ["T1"], "customer_id": ["C3"], "ordered_on": ["2026-01-02"]}
    assert bring(settings, "orders", **order, amount=["180"]) == 1
    assert member("C3").points == 580
    actions.reverse(bob, first, points=80, key="back")
    actions.reverse(bob, first, points=80, key="back")
    assert member("C3").points == 500
    back = {"return_id": ["R1"], "customer_id": ["C3"], "returned_on": ["2026-01-02"]}
    assert bring(settings, "returns", **back, amount=["80"], order_id=["T1"]) == 0
    with pytest.raises(ValidationError, match="From 1 to 100"):
        actions.reverse(bob, first, points=101)
    actions.reverse(bob, first)
    with pytest.raises(ValidationError, match="already"):
        actions.reverse(bob, first)
    assert member("C3").points == 400
    order = {"order_id": ["T2"], "customer_id": ["C3"], "ordered_on": ["2026-01-02"]}
    bring(settings, "orders", **order, amount=["50"])
    assert actions.earn(bob, customer("C3"), amount=Decimal(50), order="T2").points == 0
    given = actions.earn(bob, customer("C3"), points=333, order="T3")
    order |= {"order_id": ["T3"], "amount": ["50"]}
    assert bring(settings, "orders", **order) == 0  # the till said how many
    assert (given.points, member("C3").points) == (333, 783)
    sound()


def test_what_expires_first_is_spent_first_and_restored_where_it_came_from(
    programme, settings, bob, now
):
    landing.land()
    old, new = Lot.objects.filter(member=member()).order_by("expires")
    spent = actions.spend(bob, customer(), 8_000, order="T9")
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.left, new.left) == (0, 4_000)
    with pytest.raises(ValidationError, match="4000 points"):
        actions.spend(bob, customer(), 4_001)
    actions.reverse(bob, spent, points=700)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.left, new.left) == (200, 4_500)
    now(datetime(2027, 3, 2, tzinfo=UTC))  # a day after the old lot's last
    assert actions.accounting.available(member(), actions.today()) == 4_500  # before the night
    actions.reverse(bob, spent)
    grace = Lot.objects.get(source__startswith="restore/")
    assert (grace.left, grace.expires) == (7_300, date(2027, 4, 1))
    assert member().points == 200 + 4_500 + 7_300
    sound()


def test_points_that_were_spent_are_owed_and_the_next_ones_pay(programme, bob, erin):
    landing.land()
    c3 = customer("C3")
    earned = actions.earn(bob, c3, amount=Decimal(100), order="T1")
    actions.spend(bob, c3, 450)
    back = actions.reverse(bob, earned)
    assert (back.points, back.debt) == (-50, 50)
    assert (member("C3").points, member("C3").debt) == (0, 50)
    with pytest.raises(ValidationError, match="0 points"):
        actions.spend(bob, c3, 1)
    paid = actions.earn(bob, c3, amount=Decimal(80))
    assert (paid.points, paid.debt, member("C3").debt) == (30, -50, 0)
    with pytest.raises(PermissionDenied):
        actions.spend(erin, c3, 1)
    with pytest.raises(Stale):
        actions.spend(bob, c3, 1, expected_version=1)
    assert actions.adjust(bob, c3, -30, "Wrong till").points == -30
    with pytest.raises(ValidationError):
        actions.adjust(bob, c3, -1, "More")
    sound()


def test_the_night_expires_once_and_catches_up(programme, bob, now):
    landing.land()
    actions.spend(bob, customer(), 1_000)
    now(datetime(2027, 11, 13, 4, tzinfo=UTC))  # an outage of months
    for _again in range(2):
        clock.tick(datetime(2027, 11, 13, 4, tzinfo=UTC))
    gone = Operation.objects.filter(kind="expired").order_by("points")
    assert [(one.member.customer.code, one.points) for one in gone] == [
        ("C1", -6_500), ("C2", -1_500), ("C3", -400), ("C5", -100),
    ]  # fmt: skip
    assert member().points == 4_500
    sound()
    # What expired is not taken back once more when its order comes back.
    award = Award.objects.get(document="order:O3")
    actions.reverse(bob, award.operations.filter(kind="earned").get())
    assert (member("C2").points, member("C2").debt) == (0, 0)
    sound()


def test_the_database_lets_nothing_be_below_0_or_twice(programme):
    landing.land()
    lot = Lot.objects.first()
    move = Move.objects.first()
    for change in (
        lambda: Lot.objects.filter(pk=lot.pk).update(left=-1),
        lambda: Lot.objects.filter(pk=lot.pk).update(left=lot.points + 1),
        lambda: Member.objects.update(points=-1),
        lambda: Member.objects.update(debt=-1),
        lambda: Lot.objects.create(member=lot.member, source=lot.source, points=1,
                                   earned=lot.earned, left=1),
        lambda: Move.objects.create(operation=move.operation, lot=lot, delta=1, key=move.key),
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("tier", "until", "noticed", "deserved", "expected"),
    [
        ("", None, None, "", None),
        ("", None, None, "Silver", ("rose", "Silver", date(2026, 7, 2), None)),
        ("Silver", date(2026, 7, 2), None, "Gold", ("rose", "Gold", date(2027, 1, 2), None)),
        ("Gold", date(2026, 2, 2), None, "Silver", None),
        ("Gold", date(2026, 2, 1), None, "Silver",
         ("announced", "Gold", date(2026, 2, 1), date(2026, 1, 2))),
        ("Gold", date(2025, 12, 1), None, "",
         ("announced", "Gold", date(2026, 2, 1), date(2026, 1, 2))),
        ("Gold", date(2026, 1, 2), date(2025, 12, 10), "", None),
        ("Gold", date(2026, 1, 2), date(2025, 12, 3), "", ("fell", "Silver", date(2026, 7, 2),
                                                            None)),
        ("Silver", date(2026, 1, 2), date(2025, 12, 3), "", ("fell", "", None, None)),
        ("Gold", date(2026, 1, 9), date(2025, 12, 3), "Gold", ("", "Gold", date(2026, 1, 9),
                                                               None)),
        ("Gold", date(2026, 1, 2), None, "Gold", ("", "Gold", date(2027, 1, 2), None)),
        ("Bronze", date(2026, 9, 9), None, "Silver", ("", "Silver", date(2026, 7, 2), None)),
    ],
)  # fmt: skip
def test_a_tier_is_held_announced_and_lost_by_one_step(tier, until, noticed, deserved, expected):
    found = [TierRule(**one) for one in TIER_RULES]
    step = tiers.next_step(found, tier, until, noticed, deserved, NOON.date())
    if expected is None:
        assert step is None
    else:
        verb = step.verb.removeprefix("loyalty.tier-").replace("fall-announced", "announced")
        assert (verb, step.tier, step.until, step.noticed) == expected


def test_tiers_follow_points_and_give_more_of_them(programme, bob, carol, now):
    landing.land()
    publish(bob, TIERS, *TIER_RULES)
    assert tiers.refresh(NOON.date()) == 3
    assert dict(Member.objects.values_list("customer__code", "tier")) == {
        "C1": "Gold", "C2": "Silver", "C3": "Silver", "C5": "",
    }  # fmt: skip
    assert actions.earn(bob, customer(), amount=Decimal(100)).points == 180
    assert tiers.refresh(NOON.date()) == 0
    now(NOON + timedelta(days=370))
    fallen = []
    for day in range(340, 800, 10):
        tiers.refresh(NOON.date() + timedelta(days=day))
        fallen.append((member().tier, member().noticed is not None))
    assert list(dict.fromkeys(fallen)) == [
        ("Gold", True), ("Silver", False), ("Silver", True), ("", False),
    ]  # fmt: skip
    periods = TierPeriod.objects.filter(member=member()).order_by("since")
    assert [(one.tier, one.ended is None) for one in periods] == [
        ("Gold", False),
        ("Silver", False),
    ]
    verbs = Event.objects.filter(customer=customer(), verb__startswith="loyalty.tier")
    assert [one.verb.split("tier-")[1] for one in verbs.order_by("id")] == [
        "rose", "fall-announced", "fell", "fall-announced", "fell",
    ]  # fmt: skip


def test_coupons_cost_points_are_redeemed_once_and_cancelled(programme, bob, dave):
    landing.land()
    reward = {"name": "Ten off", "points": 300, "worth": 10, "days": 30}
    publish(bob, REWARDS, reward, reward | {"name": "Rare", "scope": {"regions": ["South"]}})
    assert [one.name for one in coupons.rewards_for(customer("C3"))] == ["Ten off"]
    coupon = coupons.issue(bob, customer("C3"), "Ten off", key="a")
    assert coupons.issue(bob, customer("C3"), "Ten off", key="a") == coupon
    assert (member("C3").points, coupon.worth, coupon.expires) == (100, 10, date(2026, 2, 1))
    with pytest.raises(ValidationError, match="100 points"):
        coupons.issue(bob, customer("C3"), "Ten off")
    with pytest.raises(ValidationError, match="no such reward"):
        coupons.issue(bob, customer("C3"), "Rare")
    assert coupons.redeem(bob, coupon.code.lower(), order="T1", key="r").order == "T1"
    assert coupons.redeem(bob, coupon.code.lower(), order="T1", key="r").pk == coupon.pk
    with pytest.raises(ValidationError, match="redeemed already"):
        coupons.redeem(bob, coupon.code)
    with pytest.raises(ValidationError, match="redeemed already"):
        coupons.cancel(bob, coupon)
    coupons.reinstate(bob, coupon)
    for _again in range(2):
        coupons.cancel(bob, coupon)
    assert member("C3").points == 400
    with pytest.raises(ValidationError, match="cancelled"):
        coupons.redeem(bob, coupon.code)
    gift = coupons.gift(bob, customer("C3"), "A visit", days=1, reason="Sorry")
    Coupon.objects.filter(pk=gift.pk).update(expires=date(2026, 1, 1))
    with pytest.raises(ValidationError, match="run out"):
        coupons.redeem(bob, gift.code)
    sound()


def test_a_merge_brings_points_together_and_its_undoing_parts_them(programme, bob, settings):
    landing.land()
    spent = actions.spend(bob, customer("C3"), 100)
    _member, token = actions.open_page(bob, customer("C3"))
    done = merge(bob, customer("C2"), [customer("C3")])
    assert (member("C2").points, member("C3").points) == (1_800, 0)
    assert Client().get(reverse("loyalty:own_page", args=[token])).status_code == 404
    assert landing.land() == 0
    actions.reverse(bob, spent)
    actions.spend(bob, customer("C2"), 200)
    sound()
    undo(bob, done)
    assert member("C2").points + member("C3").points == 1_700
    assert Client().get(reverse("loyalty:own_page", args=[token])).status_code == 200
    for one in Member.objects.all():
        assert one.points == (one.lots.aggregate(sum=Sum("left"))["sum"] or 0)


def test_points_merged_into_one_that_left_do_not_expire(programme, bob):
    landing.land()
    leaving.leave(bob, customer("C2"))
    points, joined = member("C3").points, member("C2").joined
    done = merge(bob, customer("C2"), [customer("C3")])
    assert (member("C2").points, member("C2").left) == (points, None)
    assert leaving.settle() == 0
    actions.spend(bob, customer("C2"), 100)
    assert member("C2").points == points - 100
    sound()
    undo(bob, done)
    one = member("C2")
    assert (one.points, one.left, one.joined) == (0, NOON.date(), joined)
    assert one.departures.get().back is None
    assert member("C3").points == points - 100 == sum(one.left for one in member("C3").lots.all())


def test_a_member_sees_its_own_page_without_signing_in_until_it_is_closed(programme, bob, dave):
    landing.land()
    reward = {"name": "Ten off", "points": 300, "worth": 10, "days": 30}
    publish(bob, REWARDS, reward)
    coupon = coupons.issue(bob, customer("C3"), "Ten off")
    with pytest.raises(PermissionDenied):
        actions.open_page(dave, customer("C3"))
    _member, first = actions.open_page(bob, customer("C3"))
    _member, token = actions.open_page(bob, customer("C3"))
    assert token not in str(Member.objects.values_list())
    stranger = Client(headers={"Accept-Language": "zh-CN"})
    page = stranger.get(reverse("loyalty:own_page", args=[token]))
    assert (page.status_code, page["Cache-Control"], len(page.cookies)) == (200, "no-store", 0)
    assert coupon.code in page.content.decode()
    assert "可用积分" in page.content.decode()
    assert stranger.post(reverse("loyalty:own_page", args=[token])).status_code in (403, 405)
    assert stranger.get(reverse("loyalty:own_page", args=[first])).status_code == 404
    actions.close_page(bob, customer("C3"))
    assert stranger.get(reverse("loyalty:own_page", args=[token])).status_code == 404


def test_whoever_tries_addresses_is_slowed_down(db):
    stranger = Client()
    tried = {
        stranger.get(reverse("loyalty:own_page", args=[f"x{n}"])).status_code for n in range(61)
    }
    assert tried == {404, 429}


def test_tills_ask_earn_spend_and_take_back_by_the_api(programme, bob, erin):
    landing.land()
    till = Program(bob)
    assert till.get("/loyalty/balance?customer=C4")["member"] is False
    has = till.get("/loyalty/balance?customer=C3")
    assert (has["available"], has["worth"], has["next_expiry"]) == (400, "8", "2027-06-18")
    once = {"headers": {"Idempotency-Key": "k1"}}
    body = {"customer": "C3", "amount": "99.99", "order": "T1"}
    first = till.post("/loyalty/earn", body, 201, **once)
    assert (first["points"], first["available"]) == (99, 499)
    assert till.post("/loyalty/earn", body, 201, **once)["id"] == first["id"]
    again = till.post("/loyalty/earn", body | {"amount": "1"}, 422, **once)
    assert "key" in again["code"]
    few = till.post("/loyalty/spend", {"customer": "C3", "points": 500}, 422)
    assert few["errors"][0]["pointer"] == "/points"
    version = till.get("/loyalty/balance?customer=C3")["version"]
    spent = {"customer": "C3", "points": 99, "version": version}
    operation = till.post("/loyalty/spend", spent, 201)
    assert till.post("/loyalty/spend", spent, 412)["code"]
    back = till.post(f"/loyalty/operations/{operation['id']}/reverse", {"points": 9}, 201)
    assert (back["kind"], back["points"], back["reverses"]) == ("restored", 9, operation["id"])
    told = till.get("/loyalty/operations?customer=C3&limit=2")
    assert [one["kind"] for one in told["items"]] == ["restored", "spent"]
    assert told["next"]
    programme_ = till.get("/loyalty")
    points = Member.objects.aggregate(sum=Sum("points"))["sum"]
    assert (programme_["points"], Decimal(programme_["liability"])) == (
        points, Decimal(points) * 2 / 100,
    )  # fmt: skip
    assert sum(one["points"] for one in programme_["by_month"]) == points
    assert Program(erin).post("/loyalty/spend", {"customer": "C3", "points": 1}, 403)
    assert Program(erin).get("/loyalty/balance?customer=C3")["available"] == 409


def test_pages_show_the_programme_and_what_rules_would_do(programme, bob, carol, client):
    landing.land()
    publish(bob, TIERS, *TIER_RULES)
    tiers.refresh(NOON.date())
    client.force_login(bob)
    page = client.get(reverse("loyalty:programme")).content.decode()
    assert "Gold" in page
    assert "2027-03" in page
    assert "12,000" in client.get(reverse("loyalty:member", args=["C1"])).content.decode()
    answer = client.post(reverse("loyalty:spend", args=["C3"]), {"points": 401})
    assert answer.status_code == 422
    assert client.post(reverse("loyalty:spend", args=["C3"]), {"points": 400}).status_code == 302
    assert "400" in client.get(reverse("customers:detail", args=["C3"])).content.decode()
    shown = client.get(reverse("customers:list"), {"tier": "Silver"}).content.decode()
    assert ("Acme Tools" in shown, "上海明达" in shown) == (True, False)
    shown = client.get(reverse("customers:list"), {"points": "1500"}).content.decode()
    assert ("重庆机电厂" in shown, "Acme Tools" in shown) == (True, False)
    lowered = [BEST | {"per_hundred": 50}, REST]
    rule_actions.save(bob, rules.kinds()[POINTS], {"rules": lowered})
    seen = Program(bob).get(f"/rules/{POINTS}/preview")
    assert (seen["affected"], seen["first"][0]["customer"]) == (1, "C1")
    rule_actions.save(bob, rules.kinds()[TIERS], {"rules": [TIER_RULES[0] | {"points": 1_000}]})
    seen = Program(bob).get(f"/rules/{TIERS}/preview")
    assert [one["customer"] for one in seen["first"]] == ["C2", "C3"]
    assert Program(bob).get(f"/rules/{REWARDS}/preview")["affected"] == 0
    client.force_login(carol)
    assert client.get(reverse("loyalty:spend", args=["C3"])).status_code == 403
    assert expiry.expire(NOON.date(), NOON) == (0, 0)


def test_customers_from_before_join_at_once_or_by_their_next_order(graded, bob, now, settings):
    late = REST | {"since": "2025-11-01"}  # O2 of C1 and O3 of C2 are since then
    rule_actions.save(bob, rules.kinds()[POINTS], {"rules": [late | {"existing": "at_once"}]})
    told = Program(bob).get(f"/rules/{POINTS}/preview")["notes"]
    assert told[:2] == [
        "4 customers from before become members when this is put in force.",
        "Orders since the programme's day give about 4,500 points at once, worth 90.00.",
    ]
    assert not Member.objects.exists()  # looking makes none
    rule_actions.save(bob, rules.kinds()[POINTS], {"rules": [late]})
    told = Program(bob).get(f"/rules/{POINTS}/preview")["notes"]
    assert told[0] == "2 customers become members at once, by orders since the programme's day."
    assert "2 customers from before become members by their next order" in told[1]
    publish(bob, POINTS, late | {"existing": "at_once"})
    landing.land()
    assert dict(Member.objects.values_list("customer__code", "points")) == {
        "C1": 3_000, "C2": 1_500, "C3": 0, "C5": 0,
    }  # fmt: skip
    assert set(Member.objects.values_list("joined", flat=True)) == {NOON.date()}
    leaving.leave(bob, customer("C3"), reason="Asked to")
    bring(settings, "orders", order_id=["O9"], customer_id=["C5"], ordered_on=["2026-01-01"],
          amount=["50"])  # fmt: skip
    assert member("C5").points == 50
    again = late | {"existing": "at_once", "name": "Everybody"}
    rule_actions.save(bob, rules.kinds()[POINTS], {"rules": [again]})
    told = Program(bob).get(f"/rules/{POINTS}/preview")["notes"]
    assert told[0] == (
        "Orders since the programme's day give about 0 points at once, worth 0.00."
    )  # all gave theirs, and who left stays away
    rule_actions.publish(bob, rules.kinds()[POINTS], "Again")
    landing.land()
    assert member("C3").left
    sound()


def test_a_member_leaves_loses_nothing_else_and_comes_back(
    programme, bob, carol, erin, now, settings, sign_in
):
    publish(bob, TIERS, *TIER_RULES)
    landing.land()
    tiers.refresh(date(2026, 1, 2))
    one = member()
    assert (one.points, one.tier) == (12_000, "Gold")
    everybody = queries.members_for(bob)
    before = sum(owed.points for owed in queries.liability(everybody, [REST_RULE]))
    coupon = coupons.gift(bob, customer(), "Mug", reason="Thanks")
    actions.spend(bob, customer(), 2_000, key="s")
    _member, token = actions.open_page(bob, customer())
    with pytest.raises(PermissionDenied):
        leaving.leave(erin, customer())
    # Its own page: a GET changes nothing, a POST leaves and closes the page.
    stranger = Client()
    address = reverse("loyalty:leave_by_page", args=[token])
    assert "10,000 points expire" in stranger.get(address).content.decode()
    assert member().left is None
    assert "You have left the programme" in stranger.post(address).content.decode()
    assert stranger.get(reverse("loyalty:own_page", args=[token])).status_code == 404
    assert stranger.post(address).status_code == 404
    one = member()
    assert (one.points, one.tier, one.left) == (0, "", date(2026, 1, 2))
    closed = one.operations.get(kind="closed")
    assert (closed.points, closed.by) == (-10_000, None)
    after = sum(owed.points for owed in queries.liability(queries.members_for(bob), [REST_RULE]))
    assert before - after == 12_000
    sound()
    # Nobody earns, spends or is graded for it; again changes nothing.
    for refused in (
        lambda: actions.earn(bob, customer(), amount=Decimal(10)),
        lambda: actions.spend(bob, customer(), 1),
        lambda: actions.adjust(bob, customer(), 5, "Why"),
    ):
        with pytest.raises(ValidationError, match="left the programme"):
            refused()
    assert leaving.leave(bob, customer()).version == one.version
    told = Program(bob).get("/loyalty/balance?customer=C1")
    assert (told["member"], told["points"]) == (False, 0)
    tiers.refresh(date(2026, 1, 3))
    assert member().tier == ""
    # An order of the days away gives nothing, and what is restored expires the next night.
    now(datetime(2026, 1, 5, 4, tzinfo=UTC))
    bring(settings, "orders", order_id=["AWAY"], customer_id=["C1"],
          ordered_on=[date(2026, 1, 4)], amount=[1_000])  # fmt: skip
    actions.reverse(bob, one.operations.get(kind="spent"))
    assert member().points == 2_000
    assert leaving.settle() == 1
    assert member().points == 0
    # It comes back: the coupon still holds, and orders give points from then on.
    page = sign_in(bob)
    assert (
        "Make a member again" in page.get(reverse("customers:more", args=["C1"])).content.decode()
    )
    page.post(reverse("loyalty:join", args=["C1"]))
    assert (member().left, member().joined) == (None, date(2026, 1, 5))
    assert Departure.objects.get().back == date(2026, 1, 5)
    publish(bob, POINTS, BEST, REST | {"name": "Others"})
    bring(settings, "orders", order_id=["BACK"], customer_id=["C1"],
          ordered_on=[date(2026, 1, 5)], amount=[100])  # fmt: skip
    assert member().points == 150
    assert not Award.objects.filter(document="order:AWAY").exists()
    assert coupons.redeem(bob, coupon.code).redeemed_at
    made = Program(bob).post("/loyalty/members/leave", {"customer": "C1", "reason": "Moved"})
    assert (made["points"], made["page"]) == (0, False)
    assert Event.objects.filter(verb="loyalty.left").count() == 2
    sound()
