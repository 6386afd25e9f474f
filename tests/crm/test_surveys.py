"""Surveys: customers are asked once in 90 days, answer without signing in, and are counted.

Hand-computed: of 40 answers 20 are 9 or 10, 12 are 7 or 8, 8 are at most 6, so the recommendation
score is 100 × (20 − 8) / 40 = 30. The squares of 100, 0 and −100 around 30 sum to
20 × 4,900 + 12 × 900 + 8 × 16,900 = 244,000, so half of the 95 % interval is
1.96 × √(244,000 / 39 / 40) = 24.5.
"""

from datetime import UTC, datetime, timedelta

import pytest
from api_client import Program
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

import kefen
from kefen_crm.customers.models import Customer
from kefen_crm.platform.events import deliver
from kefen_crm.surveys import actions, results
from kefen_crm.surveys.models import Answer, Invite, Survey
from kefen_crm.surveys.question_actions import move_question, remove_question, save_question
from kefen_crm.surveys.questions import checked
from kefen_crm.tickets.actions import open_ticket, solve
from kefen_crm.tickets.models import Ticket

NOON = datetime(2025, 7, 1, 4, tzinfo=UTC)
CSAT = {"kind": "csat", "title": "Service", "question_zh": "满意吗？", "question_en": "Satisfied?"}
NPS = {"kind": "nps", "title": "Word", "question_zh": "推荐吗？", "question_en": "Recommend?"}


@pytest.fixture
def now(monkeypatch):
    def be(moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    be(NOON)
    return be


@pytest.fixture
def csat(graded, bob):
    return actions.save(bob, None, CSAT)


def customer(code="C1"):
    return Customer.objects.get(code=code)


def address(token):
    return reverse("surveys:answer", args=[token])


def test_a_customer_answers_without_signing_in_and_to_look_notes_nothing(csat, carol, now):
    invite, token = actions.ask(carol, csat, customer())
    assert token not in str(Invite.objects.values_list().get())
    stranger = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    page = stranger.get(address(token))
    assert "Satisfied?" in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    assert not page.cookies
    assert not Answer.objects.exists()
    assert stranger.post(address(token), {"score": "6"}).status_code == 422
    assert stranger.post(address(token), {"score": "5", "comment": "<b>Fine"}).status_code == 200
    now(NOON + timedelta(days=6))
    stranger.post(address(token), {"score": "4", "comment": "Less so"})
    said = Answer.objects.get()
    assert (said.invite, said.score, said.comment, said.at) == (invite, 4, "Less so", NOON)
    now(NOON + timedelta(days=8))
    assert stranger.post(address(token), {"score": "1"}).status_code == 410
    assert Answer.objects.get().score == 4
    assert stranger.get(address("x" * 24)).status_code == 404


def test_an_invitation_runs_out_and_a_customer_rests_for_90_days(csat, carol, dave, erin, now):
    _invite, token = actions.ask(carol, csat, customer())
    with pytest.raises(ValidationError, match="2025-07-01"):
        actions.ask(carol, csat, customer())
    with pytest.raises(Customer.DoesNotExist):
        actions.ask(dave, csat, customer())
    with pytest.raises(PermissionDenied):
        actions.ask(erin, csat, customer())
    now(NOON + timedelta(days=31))
    assert Client().get(address(token)).status_code == 410
    now(NOON + timedelta(days=90))
    assert actions.ask(carol, csat, customer())[1] != token


def test_whoever_tries_addresses_is_slowed_down(csat):
    stranger = Client()
    answers = {stranger.post(address(f"guess{number}")).status_code for number in range(61)}
    assert answers == {404, 429}


def test_a_bad_answer_opens_one_ticket_and_all_are_facts(
    csat, bob, carol, now, settings, monkeypatch
):
    nps = actions.save(bob, None, NPS)
    _invite, token = actions.ask(carol, csat, customer("C1"))
    _other, second = actions.ask(carol, nps, customer("C3"))
    Client().post(address(token), {"score": "2", "comment": "Nobody called"})
    Client().post(address(token), {"score": "1", "comment": "Still nobody"})
    Client().post(address(second), {"score": "7"})
    monkeypatch.undo()  # the worker goes by the real clock
    for consumer in ("tickets.low_answers", "tickets.low_answers", "ledger"):
        deliver(consumer)
    ticket = Ticket.objects.get()
    assert (ticket.kind, ticket.owner, ticket.by) == ("complaint", carol, None)
    assert ticket.messages.get().text == "Nobody called"
    with kefen.open(settings.KEFEN_DATA) as ledger:
        rows = ledger.table("feedback").to_polars().sort("feedback_id").rows(named=True)
    assert [(row["customer_id"], row["type"], row["score"]) for row in rows] == [
        ("C1", "satisfaction", 0.0),
        ("C3", "recommendation", None),
        ("C1", "complaint", None),
    ]


def test_a_solved_ticket_asks_by_mail_once(csat, bob, carol, now, settings, monkeypatch):
    settings.KEFEN_URL = "https://crm.example.com"
    actions.save(bob, csat, {"after_tickets": True})
    Customer.objects.filter(code="C1").update(email="li@example.com")
    said = {"title": "Noise", "text": "It hums.", "kind": "repair"}
    for _again in range(2):
        solve(carol, open_ticket(carol, customer(), said), text="Oiled.")
    solve(carol, open_ticket(carol, customer("C3"), said), text="Oiled.")  # without an address
    monkeypatch.undo()
    deliver("surveys.after_tickets")
    assert Invite.objects.get().contact == "li@example.com"


def test_mail_goes_when_the_invitation_stands(
    csat, bob, carol, settings, django_capture_on_commit_callbacks
):
    settings.KEFEN_URL = "https://crm.example.com"
    settings.LANGUAGE_CODE = "en"
    actions.save(bob, csat, {"after_tickets": True})
    Customer.objects.filter(code="C1").update(email="li@example.com")
    solve(carol, open_ticket(carol, customer(), {"title": "Noise", "text": "Hm"}), text="Oiled.")
    with django_capture_on_commit_callbacks(execute=True):
        deliver("surveys.after_tickets")
    (sent,) = mail.outbox
    assert sent.to == ["li@example.com"]
    token = sent.body.split("/answer/")[1].split("/")[0]
    assert actions.found(token) == Invite.objects.get()


def test_scores_have_intervals_and_few_answers_no_recommendation_score(csat):
    nps = Survey(kind="nps")
    given = [(10, 12), (9, 8), (8, 12), (6, 5), (0, 3)]
    found = results.summed(nps, "", "", 100, given)
    assert (found.answered, found.score, found.low, found.rate) == (40, 30.0, 8, 0.4)
    assert round(found.margin, 1) == 24.5
    assert results.summed(nps, "", "", 100, [(10, 29)]).score is None
    few = results.summed(csat, "", "", 2, [(5, 1), (2, 1)])
    assert (few.score, few.low, few.rate) == (3.5, 1, 1.0)
    assert few.margin == pytest.approx(1.96 * (4.5 / 1 / 2) ** 0.5, rel=1e-4)
    one, nobody = (results.summed(csat, "", "", 3, given) for given in ([(4, 1)], []))
    assert [(told.score, told.margin) for told in (one, nobody)] == [(4.0, None), (None, None)]
    assert results.summed(nps, "", "", 100, [(10, 30)]).score == 100


def test_pages_and_programs_show_results_of_customers_in_reach(csat, carol, dave, client, now):
    program = Program(carol)
    asked = program.post(f"/surveys/{csat.pk}/invites", {"customer": "C1"}, 201)
    Client().post(asked["address"].removeprefix("http://testserver"), {"score": "5"})
    (found,) = program.get("/surveys")
    assert [(one["group"], one["answered"]) for one in found["groups"]] == [("A", 1), ("", 1)]
    assert program.get(f"/surveys/{csat.pk}/answers")["items"][0]["score"] == 5
    assert Program(dave).get(f"/surveys/{csat.pk}/answers")["items"] == []
    client.force_login(carol)
    assert "100%" in client.get(reverse("surveys:survey", args=[csat.pk])).content.decode()
    page = client.get(reverse("customers:more", args=["C1"])).content.decode()
    assert "Service" in page
    made = client.post(reverse("surveys:ask", args=["C3"]), {"survey": csat.pk}).content.decode()
    assert "data:image/svg+xml;base64," in made


# Further questions. Asked on one page that is shown again with what the answers bring up:
# q_price only after "Price", q_much only after a q_price of at most 2.
REASONS = [{"zh": "价格", "en": "Price"}, {"zh": "交货", "en": "Delivery"}]


def question(by, survey, text, kind="text", **more):
    values = {"text_zh": text, "text_en": text, "kind": kind, **more}
    return save_question(by, survey, None, values)


@pytest.fixture
def asked(csat, bob):
    """The questionnaire: why, then how the price was, then how much it should be."""
    why = question(bob, csat, "Why?", "one", options=REASONS, required=True)
    price = question(
        bob, csat, "How is the price?", "scale", when=why.name, test="equal", value="price"
    )
    much = question(
        bob, csat, "How much?", when=price.name, test="at_most", value="2", required=True
    )
    return why, price, much


def test_further_questions_follow_from_answers_without_scripts(csat, asked, carol, now):
    why, price, much = asked
    assert price.value == "1"  # the choice by its number
    _invite, token = actions.ask(carol, csat, customer())
    stranger, place = Client(headers={"Accept-Language": "en"}), address(token)
    page = stranger.get(place).content.decode()
    assert "Why?" in page
    assert "How is the price?" not in page
    assert "<script" not in page.split("<main")[1]
    first = {"score": "3", "shown": ["score", why.name]}
    refused = stranger.post(place, first)
    assert refused.status_code == 422
    first[why.name] = "1"
    page = stranger.post(place, first).content.decode()
    assert "How is the price?" in page
    assert "How much?" not in page
    second = first | {"shown": [*first["shown"], price.name], price.name: "2"}
    page = stranger.post(place, second).content.decode()
    assert "How much?" in page
    assert not Answer.objects.exists()
    third = second | {"shown": [*second["shown"], much.name]}
    assert stranger.post(place, third).status_code == 422
    assert "Thank you" in stranger.post(place, third | {much.name: "10 %"}).content.decode()
    said = Answer.objects.get()
    assert said.values == {why.name: "1", price.name: 2, much.name: "10 %"}
    # Changed: what is not asked any more is not noted, whatever the page sends along.
    other = third | {why.name: "2", much.name: "10 %"}
    stranger.post(place, other)
    said.refresh_from_db()
    assert said.values == {why.name: "2"}
    assert "checked" in stranger.get(place).content.decode()


def test_conditions_hold_on_each_kind_of_answer(csat, bob):
    many = question(bob, csat, "Which?", "many", options=REASONS)
    words = question(bob, csat, "Say")
    low = question(bob, csat, "Low?", when="score", test="at_most", value="2")
    high = question(bob, csat, "High?", when="score", test="at_least", value="4")
    has = question(bob, csat, "Has?", when=many.name, test="contains", value="2")
    says = question(bob, csat, "Says?", when=words.name, test="contains", value="Late")
    everything = [many, words, low, high, has, says]

    def shown(score, **values):
        named = {many.name: values.get("many", []), words.name: values.get("words", "")}
        return [one.text for one in everything if one.name in checked(everything, score, named)][2:]

    assert shown(2) == ["Low?"]
    assert shown(3, many=["1", "2"]) == ["Has?"]
    assert shown(4, many=["1"], words="too LATE again") == ["High?", "Says?"]
    assert checked(everything, 3, {})[many.name] is None
    with pytest.raises(ValidationError, match="q"):
        checked(everything, 3, {many.name: ["3"]})


def test_questions_keep_what_was_answered_to_them(csat, asked, bob, carol, now):
    why, price, much = asked
    for refused in (
        {"when": much.name, "test": "equal", "value": "1"},  # a later one
        {"when": "score", "test": "contains", "value": "1"},
        {"when": "score", "test": "equal", "value": "6"},
        {"options": REASONS[:1]},
    ):
        with pytest.raises(ValidationError):
            save_question(bob, csat, why, refused)
    with pytest.raises(ValidationError):
        question(bob, csat, "Scale", "scale", low=3, high=3)
    with pytest.raises(ValidationError, match="answer it goes by"):
        move_question(bob, price, -1)
    with pytest.raises(ValidationError, match="asked by the answer"):
        remove_question(bob, why)
    with pytest.raises(PermissionDenied):
        remove_question(carol, much)
    invite, _token = actions.ask(carol, csat, customer())
    actions.answer(invite, 3, "", {why.name: "2"})
    with pytest.raises(ValidationError):
        save_question(bob, csat, why, {"kind": "text"})
    more = [*REASONS, {"zh": "服务", "en": "Service"}]
    assert len(save_question(bob, csat, why, {"options": more}).options) == 3
    for one in (much, price, why):
        remove_question(bob, one)
    assert [one.text for one in csat.questions.all()] == ["Why?"]  # the one that was answered


def test_results_of_questions_count_those_who_were_asked(csat, asked, bob, carol, client, now):
    """C1 is an A, C3 a C: both say why, only C1 is asked about the price."""
    why, price, much = asked
    for code, values in (
        ("C1", {why.name: "1", price.name: 1, much.name: "less"}),
        ("C3", {why.name: "2", price.name: 5}),
    ):
        invite, _token = actions.ask(carol, csat, customer(code))
        actions.answer(invite, 3, "", values)
    listed = Program(carol).get(f"/surveys/{csat.pk}/questions")
    told = {
        one["text_en"]: [(of["group"], of["asked"], of["answered"]) for of in one["groups"]]
        for one in listed
    }
    assert told == {
        "Why?": [("A", 1, 1), ("C", 1, 1), ("", 2, 2)],
        "How is the price?": [("A", 1, 1), ("", 1, 1)],
        "How much?": [("A", 1, 1), ("", 1, 1)],
    }
    assert [one["count"] for one in listed[0]["groups"][-1]["options"]] == [1, 1]
    assert listed[1]["groups"][-1]["mean"] == 1
    client.force_login(carol)
    page = client.get(reverse("surveys:survey", args=[csat.pk])).content.decode()
    assert "How is the price?" in page
    assert "less" in page


def test_a_questionnaire_asks_its_questions_alone(graded, bob, carol, client, settings):
    form = actions.save(bob, None, {**CSAT, "kind": "form", "title": "Needs"})
    client.force_login(bob)
    made = {"text_zh": "要什么？", "text_en": "What?", "kind": "many", "low": 1, "high": 5}
    page = client.post(
        reverse("surveys:new_question", args=[form.pk]), made | {"options": "价格 | Price\n交货"}
    )
    assert page.status_code == 302
    what = form.questions.get()
    assert what.options == [{"zh": "价格", "en": "Price"}, {"zh": "交货", "en": "交货"}]
    known = client.get(reverse("surveys:question", args=[what.pk])).content.decode()
    assert "价格 | Price" in known
    assert "What?" in client.get(reverse("surveys:questions", args=[form.pk])).content.decode()
    tried = client.post(reverse("surveys:preview", args=[form.pk]), {"shown": what.name})
    assert tried.context["form"] is None
    _invite, token = actions.ask(carol, form, customer())
    Client().post(address(token), {"shown": what.name, what.name: ["1", "2"]})
    said = Answer.objects.get()
    assert (said.score, said.values) == (None, {what.name: ["1", "2"]})
    deliver("ledger")
    with kefen.open(settings.KEFEN_DATA) as ledger:
        (row,) = ledger.table("feedback").to_polars().rows(named=True)
    assert (row["type"], row["score"]) == ("questionnaire", None)
    (found,) = Program(carol).get("/surveys")
    assert [(one["answered"], one["score"]) for one in found["groups"]] == [(1, None), (1, None)]
    assert "Needs" in client.get(reverse("customers:detail", args=["C1"])).content.decode()
