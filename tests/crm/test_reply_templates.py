"""Texts that tickets are answered with: written with fields, offered where they fit, filled.

Carol has C1, of class A, and C3.
"""

import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from kefen_crm.customers.models import Customer
from kefen_crm.platform.events import Stale
from kefen_crm.platform.models import Event
from kefen_crm.tickets.actions import open_ticket, solve
from kefen_crm.tickets.models import Message, ReplyTemplate
from kefen_crm.tickets.replies import FIELDS, offered
from kefen_crm.tickets.reply_actions import save_reply

WORDS = {
    "name": "Sorry",
    "body_zh": "{contact|您好}：“{title}”（{number}，{kind}）由{owner}跟进。{agent}",
    "body_en": "Dear {contact}, {product} of {opened}: {number}.",
}


@pytest.fixture
def template(graded, bob):
    return save_reply(bob, None, WORDS)


def opened(by, code, **values):
    said = {"title": "Noise", "text": "It hums.", "kind": "complaint", **values}
    return open_ticket(by, Customer.objects.get(code=code), said)


def test_a_field_that_there_is_not_is_refused_by_its_name(graded, bob, carol, client):
    client.force_login(bob)
    place = reverse("tickets:new_reply")
    page = client.post(place, WORDS | {"body_en": "Dear {contakt|friend}"})
    said = f"There is no such field: {{contakt}}. There are: {', '.join(FIELDS)}."
    assert (page.status_code, said in page.content.decode()) == (422, True)
    for lacking in ({"name": ""}, {"body_zh": "", "body_en": " "}, {"class_key": "Z"}):
        assert client.post(place, WORDS | lacking).status_code == 422
    assert not ReplyTemplate.objects.exists()
    answer = client.post(place, WORDS | {"active": "on", "class_key": "A", "kind": "complaint"})
    assert answer["Location"] == reverse("tickets:replies")
    made = ReplyTemplate.objects.get()
    page = client.get(reverse("tickets:reply", args=[made.pk])).content.decode()
    assert all(f"<code>{{{name}}}</code>" in page for name in FIELDS)
    client.force_login(carol)
    page = client.get(reverse("tickets:replies")).content.decode()
    assert ("Sorry" in page, reverse("tickets:new_reply") in page) == (True, False)
    assert client.get(place).status_code == 403
    with pytest.raises(PermissionDenied):
        save_reply(carol, made, {"name": "Mine"})


def test_a_change_has_a_version_and_says_what_was_before(template, bob):
    changed = save_reply(bob, template, {"kind": "repair"}, expected_version=1)
    assert (changed.version, changed.body_zh) == (2, WORDS["body_zh"])
    with pytest.raises(Stale):
        save_reply(bob, template, {"kind": ""}, expected_version=1)
    assert save_reply(bob, template, {"kind": "repair"}).version == 2
    with pytest.raises(ValidationError) as twice:
        save_reply(bob, None, WORDS)
    assert "name" in twice.value.message_dict
    said = Event.objects.get(verb="replytemplate.changed")
    assert (said.before["kind"], said.after["kind"]) == ("", "repair")


def test_templates_are_offered_by_kind_product_and_class(template, bob, carol):
    ticket, other = opened(carol, "C1", product="Pump"), opened(carol, "C3", kind="question")
    for name, values in {
        "Complaints": {"kind": "complaint"},
        "Pumps of A": {"kind": "complaint", "product": "Pump", "class_key": "A"},
        "Repairs": {"kind": "repair"},
        "Fans": {"product": "Fan"},
        "Of B": {"class_key": "B"},
        "Old": {"active": False},
    }.items():
        save_reply(bob, None, {"name": name, "body_en": "Dear customer", **values})
    assert [one.name for one in offered(ticket)] == ["Pumps of A", "Complaints", "Sorry"]
    assert [one.name for one in offered(other)] == ["Sorry"]


def test_a_template_is_put_into_the_answer_and_changed_before_it_is_sent(template, carol, client):
    ticket = opened(carol, "C1", contact="Li")
    client.force_login(carol)
    place = reverse("tickets:say", args=[ticket.pk])
    page = client.get(reverse("tickets:detail", args=[ticket.pk])).content.decode()
    assert f'value="{template.pk}:zh"' in page
    typed = {"verb": "fill", "text": "PS", "channel": "mail"}
    page = client.post(place, typed | {"reply": f"{template.pk}:zh"})
    told = f"Li：“Noise”（{ticket.number}，投诉）由Carol 张跟进。Carol 张"
    assert page.context["form"]["text"].value() == f"PS\n\n{told}"
    assert page.context["form"]["channel"].value() == "mail"
    assert "Without a value" not in page.content.decode()
    page = client.post(place, typed | {"text": "", "reply": f"{template.pk}:en"})
    day = timezone.localdate(ticket.opened_at)
    said = page.context["form"]["text"].value()
    assert said.startswith("Dear Li,  of ")
    assert said.endswith(f": {ticket.number}.")
    assert (day.isoformat()[:8] in said, page.context["missing"]) == (True, ("product",))
    page = client.post(place, typed | {"reply": "x:zh"})
    assert page.context["form"]["text"].value() == "PS"
    assert Message.objects.filter(ticket=ticket).count() == 1  # nothing was said yet
    solve(carol, ticket, text="Done", cause="Fan")
    page = client.get(reverse("tickets:detail", args=[ticket.pk])).content.decode()
    assert f'value="{template.pk}:zh"' not in page


def test_programs_write_templates_and_are_offered_them_filled(graded, bob, carol, dave):
    boss, program, key = Program(bob), Program(carol), {"Idempotency-Key": "1"}
    told = boss.post("/reply-templates", WORDS | {"body_en": "{nobody}"}, 422)
    assert ("{nobody}" in str(told["errors"]), "/body_en" in str(told["errors"])) == (True, True)
    made = boss.post("/reply-templates", WORDS, 201, headers=key)
    assert boss.post("/reply-templates", WORDS, 201, headers=key) == made
    program.post("/reply-templates", WORDS, 403)
    assert program.get(f"/reply-templates/{made['id']}") == made
    ticket = opened(carol, "C1", contact="Li")
    [zh, en] = program.get(f"/tickets/{ticket.pk}/replies")
    assert (zh["language"], zh["template"], en["missing"]) == ("zh", made["id"], ["product"])
    assert ticket.number in zh["text"]
    Program(dave).get(f"/tickets/{ticket.pk}/replies", 404)
    place = f"/reply-templates/{made['id']}"
    changed = boss.ask("PATCH", place, data='{"active": false}', content_type="application/json")
    assert (changed["active"], changed["version"]) == (False, 2)
    assert program.get(f"/tickets/{ticket.pk}/replies") == []
    assert [one["id"] for one in program.get("/reply-templates")["items"]] == [made["id"]]
