"""Tickets that are merged, linked to others, and answered by ready texts.

Carol has C1 (class A) and C3, Dave has C2. Whatever is asked is answered within 8 hours of work.
"""

import re
from datetime import timedelta

import pytest
from api_client import Program
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kefen
from kefen_crm.customers.models import Customer
from kefen_crm.mailbox.answering import handle as send_answers
from kefen_crm.mailbox.marks import reply_address, ticket_in
from kefen_crm.mailbox.models import Mail, Mailbox
from kefen_crm.outreach.reaching import silenced
from kefen_crm.platform.events import deliver
from kefen_crm.platform.models import Event, RuleDocument
from kefen_crm.tickets import actions, alerts, proof, queries
from kefen_crm.tickets.models import Message, ServiceClock, Ticket

RULES = [{"name": "All", "first_reply": 8, "next_reply": 8, "resolve": 40}]


@pytest.fixture
def served(graded):
    RuleDocument.objects.create(
        kind="service_level", version=1, document={"rules": RULES}, state="published"
    )


def opened(by, code, title="Late again", **values):
    said = {"title": title, "text": f"{title}?", "kind": "complaint", **values}
    return actions.open_ticket(by, Customer.objects.get(code=code), said)


def refused(act, words):
    with pytest.raises(ValidationError) as found:
        act()
    assert words in str(found.value.messages), found.value.messages


def running(ticket):
    return {one.target for one in ticket.clocks.filter(stopped_at=None)}


def test_a_merged_ticket_counts_nowhere_and_its_clocks_end_unbroken(served, carol, settings):
    into, other, earlier = (opened(carol, "C1", one) for one in ("Box", "Broken", "Older"))
    actions.merge(carol, earlier, other, "Same box")
    actions.answer(carol, into, "On its way.", channel="mail")  # waits for the customer now
    ServiceClock.objects.filter(ticket=other).update(due_at=timezone.now() - timedelta(days=1))
    assert actions.merge(carol, other, into, " The same box ") == into
    for one in (into, other, earlier):
        one.refresh_from_db()
    # The customer still waits for an answer to what was merged.
    assert (into.state, running(into)) == ("open", {"resolve", "next"})
    assert {one.state for one in (other, earlier)} == {"merged"}
    assert {one.merged_into for one in (other, earlier)} == {into}
    assert running(other) == running(earlier) == set()
    assert not ServiceClock.objects.filter(ticket__in=[other, earlier], breached_at__isnull=False)
    assert (other.due_at, other.solved_at, other.version) == (None, None, 3)
    said = Event.objects.get(verb="ticket.merged", object_id=str(other.pk))
    assert (said.actor, said.reason, said.after["into"]) == (carol, "The same box", into.pk)
    now = timezone.now()
    assert list(queries.queue(carol, {}, now)) == [into]
    assert not queries.queue(carol, {"state": "solved"}, now).exists()
    assert [one.pk for one in queries.queue(carol, {"q": other.number}, now)] == [into.pk]
    alerts._warn(now + timedelta(days=300))
    assert not other.clocks.exclude(breached_at=None).exists()
    counted = proof.breaches(type("Asked", (), {"user": carol}), None)
    assert sum(int(row.cells[0]) for row in counted[0].rows) == 3
    actions.solve(carol, into, cause="Packing")
    assert not silenced([into.customer_id], now)
    assert [
        one.count for one in queries.causes(carol, queries.last_months(now.date()), "cause")
    ] == [1]
    deliver("ledger")
    with kefen.open(settings.KEFEN_DATA) as ledger:
        rows = ledger.table("feedback").to_polars()
    assert rows["feedback_id"].to_list() == [into.number]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(["merge", "hear", "note", "answer", "solve"]),
                  st.integers(0, 3)),
        max_size=9,
    )
)  # fmt: skip
def test_whatever_is_merged_nothing_is_lost_and_no_promise_runs_twice(served, carol, steps):
    """All that was said is read in one thread by time; each thread has each clock once at most."""
    with transaction.atomic():
        tickets = [opened(carol, "C1", f"No {number}") for number in range(4)]
        for number, verb, second in steps:
            ticket = Ticket.objects.get(pk=tickets[number].pk)
            try:
                if verb == "merge":
                    actions.merge(carol, ticket, tickets[second], "Same")
                elif verb == "solve":
                    actions.solve(carol, ticket, text="Done", cause="Packing")
                else:
                    getattr(actions, verb)(carol, ticket, verb)
            except ValidationError:
                ticket.refresh_from_db()
                assert verb == "merge" or ticket.state in ("solved", "merged")
        found = list(Ticket.objects.all())
        live = [one for one in found if one.state != "merged"]
        assert live, "something goes on"
        threads = [list(queries.thread_of(one)) for one in live]
        everything = sorted(one.pk for thread in threads for one in thread)
        assert everything == sorted(Message.objects.values_list("pk", flat=True))
        for thread in threads:
            assert [one.at for one in thread] == sorted(one.at for one in thread)
        for one in found:
            if one.state == "merged":
                assert one.merged_into in live
            if one.state in ("merged", "solved"):
                assert not running(one)
            assert one.clocks.filter(stopped_at=None).count() == len(running(one))
        transaction.set_rollback(True)


def test_who_may_merge_what(served, carol, dave, erin):
    into, other, strange = opened(carol, "C1"), opened(carol, "C1"), opened(dave, "C2")
    third = opened(carol, "C3")
    merge = actions.merge
    refused(lambda: merge(carol, other, third, "Same"), "Tickets of different customers")
    refused(lambda: merge(carol, other, other, "Same"), "Choose another ticket.")
    refused(lambda: merge(carol, other, into, " "), "Say why they are the same.")
    with pytest.raises(PermissionDenied):
        merge(erin, other, into, "Same")
    for pair in ((other, strange), (strange, other)):
        with pytest.raises(ObjectDoesNotExist):
            merge(carol, *pair, "Same")
    actions.solve(carol, third, text="Done", cause="Packing")
    refused(lambda: merge(carol, third, into, "Same"), "The ticket is solved. Reopen it first.")
    merge(carol, other, into, "Same")
    told = f"{other.number} was merged into {into.number}. Go on there."
    refused(lambda: merge(carol, into, other, "Back"), told)
    refused(lambda: actions.answer(carol, other, "Yes"), told)
    refused(lambda: actions.change(carol, other, {"title": "New"}), told)
    refused(lambda: actions.reopen(carol, other, "Again"), told)


def test_mails_to_the_merged_ticket_are_heard_and_answered_by_the_other(
    served, carol, mailoutbox, django_capture_on_commit_callbacks
):
    into, other = opened(carol, "C1", "Box"), opened(carol, "C1", "Broken", channel="mail")
    box = Mailbox.objects.create(address="help@kefen.example", host="localhost", account="help")
    Mail.objects.create(
        mailbox=box, validity=1, uid=1, at=timezone.now(), message_id="<1@x.example>",
        sender="li@x.example", subject="Broken", outcome="ticket", ticket=other,
    )  # fmt: skip
    actions.merge(carol, other, into, "Same")
    mark = ticket_in([reply_address(box.address, other.pk)])
    said = actions.hear_by_itself(Ticket.objects.get(pk=mark), "Still?", channel="mail")
    assert said.ticket == into
    answer = actions.answer(carol, into, "Soon.", channel="mail")
    with django_capture_on_commit_callbacks(execute=True):
        send_answers([Event.objects.get(verb="ticket.answered", object_id=str(answer.pk))])
    sent = mailoutbox[0]
    assert (sent.to, sent.reply_to) == (["li@x.example"], [reply_address(box.address, into.pk)])


def test_a_ticket_is_merged_on_its_page_and_both_numbers_lead_on(served, carol, dave, client):
    into, other, third = (opened(carol, "C1", one) for one in ("Box", "Broken", "Third"))
    strange = opened(dave, "C2", "Not mine")
    client.force_login(carol)
    place = reverse("tickets:merge", args=[other.pk])
    page = client.get(place).content.decode()
    proposed = re.findall(r'name="into"[^>]* value="(\d*)"', page)
    assert proposed == ["", str(third.pk), str(into.pk)]
    for number, status in ((strange.number, 422), ("T-x", 422), ("", 422)):
        answer = client.post(place, {"number": number, "reason": "Same"})
        assert (answer.status_code, "There is no such ticket." in answer.content.decode()) == (
            status,
            True,
        )
    both = client.post(place, {"into": into.pk, "number": third.number, "reason": "Same"})
    assert "not both" in both.content.decode()
    stale = client.post(place, {"into": into.pk, "reason": "Same", "version": "9"})
    assert stale.status_code == 422
    answer = client.post(
        place, {"number": into.number.lower(), "reason": "One box", "version": "1"}
    )
    page = client.get(answer["Location"]).content.decode()
    assert f"{other.number} is merged into {into.number}." in page
    assert "One box" in page
    assert page.index("Box?") < page.index("Broken?")
    assert client.get(reverse("tickets:detail", args=[other.pk]))["Location"] == reverse(
        "tickets:detail", args=[into.pk]
    )
    answer = client.post(
        reverse("tickets:merge", args=[third.pk]), {"into": into.pk, "reason": "Same"}
    )
    assert answer["Location"] == reverse("tickets:detail", args=[into.pk])


def test_programs_merge_once(served, carol, dave):
    into, other, third = opened(carol, "C1"), opened(carol, "C1"), opened(carol, "C3")
    strange, program = opened(dave, "C2"), Program(carol)
    place, key = f"/tickets/{other.pk}/merge", {"Idempotency-Key": "1"}
    body = {"into": into.pk, "reason": "Same"}
    program.post(place, {"into": strange.pk, "reason": "Same"}, 404)
    assert "different customers" in str(program.post(place, body | {"into": third.pk}, 422))
    first = program.post(place, body, headers=key)
    assert first == program.post(place, body, headers=key)
    assert (first["id"], first["state"]) == (into.pk, "open")
    program.post(place, body | {"reason": "Other"}, 422, headers=key)
    program.post(place, body, 422)
    old = program.get(f"/tickets/{other.pk}")
    assert (old["state"], old["merged_into"]) == ("merged", into.pk)
    whole = program.get(f"/tickets/{into.pk}")
    assert [one["ticket"] for one in whole["messages"]] == [into.pk, other.pk]
    assert [one["id"] for one in program.get("/tickets?state=merged")["items"]] == [other.pk]
