"""Articles: written, published in versions, read by us and by customers, linked from answers."""

import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from kefen_crm.articles import actions
from kefen_crm.articles.queries import articles_for, holding
from kefen_crm.customers.models import Customer
from kefen_crm.platform.events import Stale
from kefen_crm.tickets import queries
from kefen_crm.tickets.actions import answer, open_ticket, solve

TEXT = {
    "title_zh": "报警 E04",
    "title_en": "Alarm E04",
    "body_zh": "断电 **30 秒** 后开机。",
    "body_en": "Switch off for **30 seconds**.\n\n<script>alert(1)</script>\n\n[a](javascript:x)",
    "public": True,
}


@pytest.fixture
def alarm(bob):
    article = actions.write(bob, None, TEXT)
    actions.publish(bob, article)
    article.refresh_from_db()
    return article


def public(article, language="en"):
    return reverse("articles:public_article", args=[language, article.code])


def test_customers_read_what_is_published_in_their_language_as_harmless_html(alarm, bob):
    stranger = Client(enforce_csrf_checks=True, headers={"Accept-Language": "zh-CN"})
    assert stranger.get(reverse("articles:help"))["Location"] == "/help/zh/"
    page = stranger.get(public(alarm))
    text = page.content.decode()
    assert "<strong>30 seconds</strong>" in text
    assert "&lt;script&gt;alert(1)" in text
    assert 'href="javascript' not in text
    assert page["Content-Language"] == "en"
    assert "Was this helpful?" in text
    assert not page.cookies
    assert "<strong>30 秒</strong>" in stranger.get(public(alarm, "zh")).content.decode()
    for said in ("yes", "yes", "no", "perhaps"):
        assert stranger.post(public(alarm), {"helpful": said}).status_code == 200
    assert not stranger.get(public(alarm), {"helpful": "yes"}).cookies
    current = alarm.versions.get()
    assert (current.helped, current.in_vain) == (2, 1)
    # The draft is not read before it is published; then the counts begin anew.
    actions.write(bob, alarm, {"body_en": "Call us."})
    assert "Call us" not in stranger.get(public(alarm)).content.decode()
    second = actions.publish(bob, alarm)
    assert "Call us" in stranger.get(public(alarm)).content.decode()
    assert (second.number, second.helped) == (2, 0)
    with pytest.raises(ValidationError):  # it is published as it stands
        actions.publish(bob, alarm)


def test_drafts_internal_and_withdrawn_articles_are_as_unknown_as_none(alarm, bob, carol):
    inner = actions.write(bob, None, {**TEXT, "title_en": "Inner", "public": False})
    actions.publish(bob, inner)
    draft = actions.write(bob, None, {**TEXT, "title_en": "Draft"})
    stranger = Client()
    answers = [stranger.get(public(one)) for one in (inner, draft)]
    actions.withdraw(bob, alarm)
    answers.append(stranger.get(public(alarm)))
    answers.append(stranger.post(public(alarm), {"helpful": "yes"}))
    answers.append(stranger.get("/help/en/never-was/"))
    assert {one.status_code for one in answers} == {404}
    listed = stranger.get(reverse("articles:public", args=["en"])).context["page"]
    assert not listed.object_list
    assert [one.title_en for one in articles_for(carol)] == ["Inner"]
    assert articles_for(bob).count() == 3
    with pytest.raises(ValidationError, match="not published"):
        actions.withdraw(bob, alarm)
    with pytest.raises(PermissionDenied):
        actions.publish(carol, draft)
    with pytest.raises(Stale):
        actions.write(bob, draft, {"topic": "x"}, expected_version=draft.version + 1)


def test_whoever_tries_addresses_of_articles_is_slowed_down(alarm):
    stranger = Client()
    found = {stranger.get(f"/help/en/guess{number}/").status_code for number in range(61)}
    assert found == {404, 429}


def test_articles_are_found_by_any_part_of_their_text(alarm, bob, client):
    long = "很长的说明。" * 400 + "最后提到变频器。"
    inverter = actions.write(
        bob, None, {**TEXT, "title_zh": "说明", "title_en": "", "body_zh": long}
    )
    actions.publish(bob, inverter)

    def found(text):
        return [one.title_zh for one in holding(articles_for(bob), text)]

    assert found("变频器") == ["说明"]  # after 2,400 characters
    assert found("E04 报警") == ["报警 E04"]
    assert set(found("开机")) == {"报警 E04"}
    assert found("没有的词") == []
    assert len(found("")) == 2
    client.force_login(bob)
    assert "说明" in client.get(reverse("articles:list"), {"q": "变频器"}).content.decode()
    page = Client().get(reverse("articles:public", args=["zh"]), {"q": "变频器"})
    assert [one.title_zh for one in page.context["page"].object_list] == ["说明"]


def test_an_answer_links_an_article_and_causes_tell_which_ones_answered(
    graded, alarm, carol, bob, client, settings
):
    settings.KEFEN_URL = "https://crm.example.com"
    customer = Customer.objects.get(code="C1")
    said = {"title": "E04", "text": "It beeps.", "kind": "complaint"}
    first, second = (open_ticket(carol, customer, said) for _each in range(2))
    client.force_login(carol)
    sent = {"verb": "answer", "text": "Please read this.", "channel": "mail", "article": alarm.pk}
    client.post(reverse("tickets:say", args=[first.pk]), sent)
    text = first.messages.last().text
    assert text == f"Please read this.\n\nAlarm E04: https://crm.example.com{public(alarm)}"
    Program(carol).post(
        f"/tickets/{second.pk}/messages",
        {"direction": "out", "text": "See there.", "article": alarm.pk},
        201,
    )
    inner = actions.write(bob, None, {**TEXT, "public": False})
    with pytest.raises(ValidationError, match="not published"):
        answer(carol, second, "x", article=inner)
    actions.publish(bob, inner)
    inner.refresh_from_db()
    assert answer(carol, second, "By phone", article=inner).text == "By phone"
    for ticket in (first, second):
        solve(carol, ticket, cause="Firmware")
    month = queries.last_months(first.opened_at.date())[0]
    told = [(one.article.pk, one.cause, one.count) for one in queries.article_uses(carol, month)]
    assert told == [(alarm.pk, "Firmware", 2), (inner.pk, "Firmware", 1)]
    assert "Firmware" in client.get(reverse("tickets:causes")).content.decode()
    assert "Alarm E04" in client.get(reverse("tickets:detail", args=[first.pk])).content.decode()


def test_programs_write_and_publish_articles(bob, carol, client):
    program = Program(bob)
    made = program.post("/articles", {k: TEXT[k] for k in ("title_zh", "body_zh")}, 201)
    assert (made["published"], made["address"]) == (None, "")
    assert Program(carol).get("/articles")["items"] == []
    Program(carol).get(f"/articles/{made['id']}", 404)
    there = f"/articles/{made['id']}"
    program.ask(
        "PATCH", there, data='{"public": true, "version": 1}', content_type="application/json"
    )
    published = program.post(f"{there}/publish", {}, 200)
    assert published["published"] == 1
    assert Client().get(published["address"].removeprefix("http://testserver")).status_code == 200
    assert program.get("/articles?q=E04")["items"][0]["id"] == made["id"]
    program.post(f"{there}/withdraw", {}, 200)
    assert Program(carol).get("/articles")["items"] == []
    client.force_login(bob)
    page = client.get(reverse("articles:article", args=[made["id"]])).content.decode()
    assert "only those who write articles see it" in page
    sent = {**TEXT, "public": "on", "topic": "设备"}
    assert client.post(reverse("articles:new"), sent).status_code == 302
    client.post(reverse("articles:publish", args=[articles_for(bob).last().pk]))
    assert "设备" in client.get(reverse("articles:list")).content.decode()
