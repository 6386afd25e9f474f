"""Opportunities through their stages, worked out by hand.

Stages: contact (10 %, rots after 14 days), need (25 %, asks for the need), offer (45 %, 21 days;
asks for the amount and the day, too), negotiation, approval. Carol has C1, Dave has C2.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D  # noqa: N817

import pytest
from api_client import Program
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.urls import reverse

from kefen_crm.customers.models import Customer
from kefen_crm.noted_facts.actions import withdraw
from kefen_crm.noted_facts.models import NotedFact
from kefen_crm.opportunities import actions, pages, queries
from kefen_crm.opportunities.forecast import chance, forecast, past
from kefen_crm.opportunities.models import Opportunity, Stage, StageMove
from kefen_crm.opportunities.stage_actions import save_stage
from kefen_crm.opportunities.stages import begin, read_lines
from kefen_crm.platform.events import KeyReused, Stale
from kefen_crm.platform.models import Event

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)  # noon in Shanghai
TODAY = date(2026, 3, 10)


@pytest.fixture
def now(monkeypatch):
    """Have it be a moment."""

    def be(moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    be(NOW)
    return be


@pytest.fixture
def stage(carol, dave, now):
    """The stages by their keys, beside a customer of each."""
    begin()
    Customer.objects.create(code="C1", name="华东机电", owner=carol)
    Customer.objects.create(code="C2", name="Beta", owner=dave)
    return {one.key: one for one in Stage.objects.all()}


def opened(by, code="C1", **values):
    customer = Customer.objects.get(code=code)
    return actions.open_opportunity(by, customer, {"title": "New line", **values})


def test_a_stage_is_entered_only_when_what_it_asks_for_is_known(stage, carol):
    one = opened(carol)
    with pytest.raises(ValidationError) as refused:
        actions.move(carol, one, stage["offer"])
    assert set(refused.value.message_dict) == {"need", "amount", "close_on"}
    assert "Offer made" in str(refused.value)
    known = {"need": "Bearings", "amount": D(900), "close_on": TODAY}
    one = actions.move(carol, one, stage["offer"], known, expected_version=1)
    assert (one.stage.key, one.version) == ("offer", 2)
    one = actions.move(carol, one, stage["contact"])  # back asks for nothing
    with pytest.raises(Stale):
        actions.move(carol, one, stage["need"], expected_version=2)
    verbs = Event.objects.filter(object_type="opportunities.opportunity").order_by("id")
    assert [each.verb.split(".")[1] for each in verbs] == ["opened", "moved", "moved"]
    assert verbs[1].after["stage"] == stage["offer"].pk


def test_a_key_is_of_one_opening_in_one_stage(stage, carol):
    known = {"need": "Bearings", "stage": stage["need"]}
    customer = Customer.objects.get(code="C1")
    one = actions.open_opportunity(carol, customer, {"title": "Line", **known}, key="k")
    assert one.stage == stage["need"]
    assert actions.open_opportunity(carol, customer, {"title": "Line", **known}, key="k") == one
    for other in ({"stage": stage["contact"]}, {"stage": None}, {"need": "Oil"}, {"owner": None}):
        with pytest.raises(KeyReused):
            actions.open_opportunity(carol, customer, {"title": "Line", **known, **other}, key="k")
    assert Opportunity.objects.get() == one


def test_what_does_not_move_for_longer_than_its_stage_allows_rots_unless_the_customer_decides(
    stage, carol, dave, now, rf
):
    one, other = opened(carol, amount=D(500)), opened(dave, "C2")
    now(NOW + timedelta(days=14, hours=23))
    day = TODAY + timedelta(days=15)
    assert not one.rotten(NOW + timedelta(days=14, hours=23), TODAY)
    later = NOW + timedelta(days=15)
    now(later)
    actions.change(dave, other, {"next_step": "Call"})
    found = queries.opportunities_for(carol).filter(queries.rotting(later, day))
    assert list(found) == [one]
    assert one.rotten(later, day)
    request = rf.get("/")
    request.user = carol
    told = list(pages.attention(request))
    assert [(each.title, each.money) for each in told] == [("1 opportunity rots", D(500))]
    one = actions.change(carol, one, {"waiting_until": day, "waiting_for": "Board meets"})
    assert not one.rotten(later, day)
    assert not queries.opportunities_for(carol).filter(queries.rotting(later, day)).exists()


def test_the_sum_of_the_products_is_the_amount(stage, carol):
    lines = read_lines("Bearing；20；1,250.50\nOil\tx\n".replace("\tx", "\t2\t3"))
    assert lines == [
        {"product": "Bearing", "quantity": "20", "price": "1250.50"},
        {"product": "Oil", "quantity": "2", "price": "3"},
    ]
    one = opened(carol, products=lines)
    assert one.amount == D("25016.00")
    fewer = [{"product": "Oil", "quantity": "2"}]
    actions.change(carol, one, {"products": fewer})
    actions.change(carol, one, {"products": [fewer[0] | {"quantity": "3"}]})
    one.refresh_from_db()
    assert one.products == [{"product": "Oil", "quantity": "3"}]
    for text, said in (("A; 1\nB; x; 3", "Line 2"), ("; 3", "Line 1"), ("A; 1,2; 3", "Line 1")):
        with pytest.raises(ValidationError, match=said):
            read_lines(text)


def test_a_won_one_may_note_its_order_and_is_not_reopened_while_that_counts(stage, carol, dave):
    one = opened(carol, amount=D(900))
    with pytest.raises(ValidationError, match="not come"):
        actions.win(carol, one, {"closed_on": date(2026, 3, 11)})
    one = actions.win(carol, one, {"amount": D(850), "reason": "price"}, note_order=True)
    fact = NotedFact.objects.get()
    assert (one.state, one.closed_on, one.order) == ("won", TODAY, fact.number)
    assert (fact.kind, fact.amount, fact.on) == ("orders", D(850), TODAY)
    with pytest.raises(ValidationError, match="closed"):
        actions.change(carol, one, {"title": "Else"})
    with pytest.raises(ValidationError, match=fact.number):
        actions.reopen(carol, one, "Cancelled")
    withdraw(carol, fact)
    assert actions.reopen(carol, one, "Cancelled").open
    with pytest.raises(ValidationError, match="why"):
        actions.lose(carol, one, {})
    with pytest.raises(ObjectDoesNotExist):
        actions.lose(dave, one, {"reason": "price"})
    actions.lose(carol, one, {"reason": "price", "competitor": "Huaguang"})
    rows = queries.ended(carol, date(2026, 1, 1), "competitor")
    assert [(each.title, each.lost, each.lost_amount) for each in rows] == [("Huaguang", 1, D(850))]


def test_what_is_refused_and_to_whom_one_is_given(stage, carol, dave, bob, erin):
    one = opened(carol)
    save_stage(bob, stage["need"], {"used": False})
    for act, field in (
        (lambda: actions.win(carol, one, {}), "amount"),
        (lambda: actions.win(carol, one, {"amount": D(0)}), "amount"),
        (lambda: actions.change(carol, one, {"amount": D(-1)}), "amount"),
        (lambda: actions.give(bob, one, erin), "owner"),
        (lambda: actions.move(carol, one, stage["need"], {"need": "Oil"}), "stage"),
    ):
        with pytest.raises(ValidationError) as refused:
            act()
        assert set(refused.value.message_dict) == {field}
    with pytest.raises(ValidationError, match="is open"):
        actions.reopen(carol, one, "Again")
    for owner, version in ((dave, 2), (dave, 2), (None, 3)):  # given once more, nothing happens
        given = actions.give(bob, one, owner)
        assert (given.owner, given.version) == (owner, version)
    told = Event.objects.filter(verb="opportunity.given").order_by("id")
    assert [(each.before["owner"], each.after) for each in told] == [
        (carol.pk, {"owner": dave.pk, "title": "New line"}),
        (dave.pk, {"owner": None, "title": "New line"}),
    ]
    moves = StageMove.objects.filter(opportunity=one).order_by("pk")
    assert [move.owner for move in moves] == [carol, dave, None]
    lost = actions.lose(bob, one, {"reason": "price"})
    with pytest.raises(ValidationError, match="why"):
        actions.reopen(bob, lost, " ")


def test_a_probability_is_measured_from_thirty_ended_ones_on(stage):
    offer = stage["offer"]
    stated = chance(offer, 20, 29)
    assert (stated.share, stated.measured) == (0.45, False)
    one = chance(offer, 15, 30)  # Wilson: 0.5 ± 1.96/(1+3.8415/30) · √(0.25/30 + 3.8415/3600)
    assert (one.share, round(one.low, 3), round(one.high, 3)) == (0.5, 0.332, 0.668)


def test_the_forecast_is_by_month_and_person_and_compared_with_what_came(
    stage, carol, dave, bob, now
):
    now(datetime(2026, 1, 20, tzinfo=UTC))
    needs = {"need": "Oil", "stage": stage["need"]}  # 25 %
    first = opened(carol, amount=D(1000), close_on=date(2026, 2, 20), **needs)
    opened(dave, "C2", amount=D(400), close_on=date(2026, 3, 31), **needs)
    opened(dave, "C2", amount=D(50))  # no day
    now(datetime(2026, 2, 10, tzinfo=UTC))
    opened(carol, amount=D(70), close_on=date(2026, 2, 12))  # too late for that forecast
    actions.win(carol, first, {"amount": D(800)})
    now(NOW)
    found = forecast(bob, TODAY)
    march = found.months[0]
    assert (march.key, march.count, march.expected) == (date(2026, 3, 1), 1, D("100.00"))
    assert (march.low, march.high) == (D(0), D(400))  # won in one of four cases
    assert [(one.title, one.expected) for one in found.people] == [("Dave 赵", D(100))]
    assert (found.passed.amount, found.undated.amount) == (D(70), D(50))
    assert forecast(carol, TODAY).together.count == 0
    february = past(bob, TODAY)[-1]
    assert (february.forecast.count, february.forecast.expected) == (1, D(250))
    assert (february.came, february.came_of_these, february.error) == (D(800), D(800), -0.6875)
    assert february.within  # from 0 to 1,000


def test_stages_are_set_by_who_may_and_one_stays_in_use(stage, carol, bob):
    with pytest.raises(PermissionDenied):
        save_stage(carol, stage["need"], {"name": "Qualified"})
    new = save_stage(bob, None, {"name": "Trial", "position": 3, "gates": ["contact"]})
    assert new.key == "stage1"
    for one in Stage.objects.exclude(pk=new.pk):
        save_stage(bob, one, {"used": False})
    with pytest.raises(ValidationError, match="in use"):
        save_stage(bob, new, {"used": False})


def test_the_board_asks_in_the_dialog_for_what_a_stage_needs(stage, carol, sign_in):
    one, client = opened(carol, close_on=TODAY), sign_in(carol)
    address, htmx = reverse("opportunities:move", args=[one.pk]), {"HX-Request": "true"}
    dragged = {"drag": "1", "version": "1"}
    asked = client.post(address, {**dragged, "stage": stage["need"].pk}, headers=htmx)
    assert asked.status_code == 200
    assert b'name="need"' in asked.content
    said = {"stage": stage["need"].pk, "need": "Bearings", "version": "1"}
    assert client.post(address, said, headers=htmx).status_code == 302
    back = {"drag": "1", "version": "2", "stage": stage["contact"].pk}
    assert client.post(address, back, headers=htmx).status_code == 204
    assert client.post(address, back, headers=htmx).status_code == 409  # an old version
    board = client.get(reverse("opportunities:board")).content.decode()
    assert "华东机电" in board
    begun = reverse("opportunities:choose")
    assert f'class="btn btn-primary" href="{begun}"' in board
    assert f'class="dropdown-item" href="{begun}"' in board
    chosen = client.get(begun, {"q": "C1"}, headers=htmx).content.decode()
    assert reverse("opportunities:new", args=["C1"]) in chosen
    assert "New line" in client.get(reverse("customers:detail", args=["C1"])).content.decode()
    for name in ("list", "forecast", "ended"):
        assert client.get(reverse(f"opportunities:{name}")).status_code == 200
    assert client.get(reverse("customers:list") + "?opportunity=open").status_code == 200


def test_programs_open_move_win_and_read_the_forecast(stage, carol):
    program = Program(carol)
    made = program.post(
        "/opportunities", {"customer": "C1", "title": "Line", "products": [
            {"product": "Oil", "quantity": 3, "price": "2.5"}]}, 201,
    )  # fmt: skip
    assert (made["amount"], made["stage"], made["rotten"]) == ("7.50", "contact", False)
    where = f"/opportunities/{made['id']}"
    program.post(f"{where}/move", {"stage": "nowhere"}, 422)
    told = program.post(f"{where}/move", {"stage": "need"}, 422)
    assert told["errors"][0]["pointer"] == "/need"
    program.post(f"{where}/move", {"stage": "need", "need": "Oil"})
    assert program.post(f"{where}/win", {"version": 2})["state"] == "won"
    assert program.get("/opportunities?state=won")["items"][0]["id"] == made["id"]
    assert program.get("/opportunities/forecast")["together"]["won"] == "7.50"
    assert [one["key"] for one in program.get("/opportunities/stages")][:2] == ["contact", "need"]
    assert StageMove.objects.filter(opportunity_id=made["id"]).count() == 3


def test_open_ones_go_with_their_customer(stage, carol, dave):
    one, closed = opened(carol, amount=D(5)), opened(carol, amount=D(5))
    actions.win(carol, closed, {})
    assert actions.move_owned(carol, dave, [one.customer_id], None) == 1
    assert Opportunity.objects.get(pk=one.pk).owner == dave
    assert Opportunity.objects.get(pk=closed.pk).owner == carol
