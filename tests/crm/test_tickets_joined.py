"""Tickets that are merged, linked to others, and answered by ready texts.

Carol has C1 (class A) and C3, Dave has C2. Whatever is asked is answered within 8 hours of work.
"""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

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
from kefen_crm.tickets import actions, alerts, linking, proof, queries
from kefen_crm.tickets.models import Message, ServiceClock, Ticket, TicketLink

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


def test_a_merged_ticket_counts_nowhere_and_hides_no_broken_promise(served, carol, settings):
    into, other, earlier = (opened(carol, "C1", one) for one in ("Box", "Broken", "Older"))
    actions.merge(carol, earlier, other, "Same box")
    actions.answer(carol, into, "On its way.", channel="mail")  # waits for the customer now
    late = timezone.now() - timedelta(days=1)
    ServiceClock.objects.filter(ticket=other).update(warn_at=late, due_at=late)
    assert actions.merge(carol, other, into, " The same box ") == into
    for one in (into, other, earlier):
        one.refresh_from_db()
    # The customer still waits for the first answer to what was merged, and that is late.
    assert (into.state, running(into), into.due_at) == ("open", {"resolve", "first"}, late)
    assert {one.state for one in (other, earlier)} == {"merged"}
    assert {one.merged_into for one in (other, earlier)} == {into}
    assert running(other) == running(earlier) == set()
    assert not ServiceClock.objects.filter(ticket__in=[other, earlier], breached_at__isnull=False)
    assert (other.due_at, other.solved_at, other.version) == (None, None, 3)
    said = Event.objects.get(verb="ticket.merged", object_id=str(other.pk))
    assert (said.actor, said.reason, said.after["into"]) == (carol, "The same box", into.pk)
    now = timezone.now()
    assert list(queries.queue(carol, {"state": "late"}, now)) == [into]
    assert not queries.queue(carol, {"state": "solved"}, now).exists()
    assert [one.pk for one in queries.queue(carol, {"q": other.number}, now)] == [into.pk]
    alerts._warn(now)
    assert into.clocks.exclude(breached_at=None).count() == 2
    actions.solve(carol, into, cause="Packing")
    counted = proof.breaches(type("Asked", (), {"user": carol}), None)
    assert [row.cells[:2] for table in counted for row in table.rows] == [("3", "2")]
    assert not silenced([into.customer_id], now)
    assert [
        one.count for one in queries.causes(carol, queries.last_months(now.date()), "cause")
    ] == [1]
    deliver("ledger")
    with kefen.open(settings.KEFEN_DATA) as ledger:
        rows = ledger.table("feedback").to_polars()
    assert rows["feedback_id"].to_list() == [into.number]


MONDAY = datetime(2025, 7, 7, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


def broken(now):
    """Promises that are broken by a moment, of tickets that count."""
    found = ServiceClock.objects.exclude(ticket__state="merged")
    return sum(one.late(now) for one in found)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 1),
                  st.sampled_from(["answer", "go_on", "hear", "urgent"])),
        max_size=6,
    ),
    turned=st.booleans(),
)  # fmt: skip
def test_a_merge_hides_nothing_that_is_late(served, carol, monkeypatch, steps, turned):
    """The survivor is due when the first of both would be, and no broken promise is lost."""
    moment = MONDAY
    with monkeypatch.context() as patch, transaction.atomic():
        patch.setattr("django.utils.timezone.now", lambda: moment)
        tickets = [opened(carol, "C1", f"No {number}") for number in range(2)]
        for hours, number, verb in steps:
            moment += timedelta(hours=hours)
            ticket = Ticket.objects.get(pk=tickets[number].pk)
            if verb == "urgent":
                actions.change(carol, ticket, {"severity": "urgent"})
            elif verb == "hear":
                actions.hear(carol, ticket, "And?")
            else:
                actions.answer(carol, ticket, "Yes.", wait=verb == "answer")
        ticket, into = (Ticket.objects.get(pk=one.pk) for one in tickets[:: -1 if turned else 1])
        was_broken, waits = broken(moment), {ticket.state, into.state} == {"waiting"}
        dues = [one.due_at for one in (ticket, into) if one.due_at]
        merged = actions.merge(carol, ticket, into, "Same")
        assert merged.state == ("waiting" if waits else "open")
        assert broken(moment) == was_broken
        if dues:
            assert merged.due_at <= min(dues)
        standing = merged.clocks.filter(stopped_at=None, paused_at__isnull=False)
        assert standing.exists() == waits
        assert len(running(merged)) == merged.clocks.filter(stopped_at=None).count()
        actions.solve(carol, merged, text="Done", cause="Packing")
        assert broken(moment) == was_broken
        transaction.set_rollback(True)


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


def pairs():
    """Which tickets are linked, each pair from the lower number's side."""
    found = []
    for one in TicketLink.objects.select_related("ticket", "other"):
        first = min(one.ticket, one.other, key=lambda ticket: ticket.pk)
        seen = queries.seen_from(one, first)
        found.append((first.pk, seen.other.pk, seen.kind))
    return sorted(found)


def test_two_tickets_are_linked_from_both_sides_and_apart_again(served, carol, dave, client):
    cause, box = opened(carol, "C1", "Rain"), opened(carol, "C3", "Wet box")
    client.force_login(carol)
    place = reverse("tickets:link", args=[box.pk])
    assert "Rain" not in client.get(place).content.decode()  # of another customer: by its number
    answer = client.post(place, {"kind": "caused_by", "number": cause.number.lower()})
    assert answer["Location"] == reverse("tickets:detail", args=[box.pk])
    for ticket, other, words in ((box, cause, "caused by"), (cause, box, "cause of")):
        page = client.get(reverse("tickets:detail", args=[ticket.pk])).content.decode()
        assert (words in page, other.title in page) == (True, True)
    # Neither timeline nor audit tells one customer of the other.
    said = Event.objects.get(verb="ticket.linked")
    assert (said.customer, said.before, said.after) == (None, None, {"kind": "caused_by"})
    assert pairs() == [(cause.pk, box.pk, "cause_of")]
    client.post(place, {"kind": "duplicate_of", "number": cause.number})  # a pair is linked once
    assert pairs() == [(cause.pk, box.pk, "duplicated_by")]
    for body in ({"number": box.number}, {"number": "T-9"}, {"kind": "x", "number": cause.number}):
        assert client.post(place, {"kind": "related", **body}).status_code == 422
    remove = reverse("tickets:unlink", args=[cause.pk, TicketLink.objects.get().pk])
    client.force_login(dave)
    assert client.post(remove).status_code == 404
    client.force_login(carol)
    assert "The link is gone." in client.post(remove, follow=True).content.decode()
    assert pairs() == []
    assert Event.objects.get(verb="ticket.unlinked").before == {"kind": "duplicated_by"}


def test_who_may_not_see_one_customer_is_not_told_of_the_link(
    served, carol, dave, bob, erin, client
):
    mine, strange = opened(carol, "C1", "Mine"), opened(dave, "C2", "Strange")
    for who, refusal in ((carol, ObjectDoesNotExist), (erin, PermissionDenied)):
        with pytest.raises(refusal):
            linking.link(who, mine, "related", strange)
    for pair in ((mine, strange), (strange, mine)):
        Program(carol).post(f"/tickets/{pair[0].pk}/links", {"ticket": pair[1].pk}, 404)
    boss, key = Program(bob), {"Idempotency-Key": "1"}
    place, body = f"/tickets/{mine.pk}/links", {"ticket": strange.pk, "kind": "caused_by"}
    [made] = boss.post(place, body, 201, headers=key)
    assert boss.post(place, body, 201, headers=key) == [made]
    told = {name: made[name] for name in ("kind", "ticket", "number", "title", "state", "customer")}
    assert told == {
        "kind": "caused_by", "ticket": strange.pk, "number": strange.number, "title": "Strange",
        "state": "open", "customer": "C2",
    }  # fmt: skip
    assert [one["kind"] for one in boss.get(f"/tickets/{strange.pk}")["links"]] == ["cause_of"]
    for who, ticket in ((carol, mine), (dave, strange)):
        assert Program(who).get(f"/tickets/{ticket.pk}")["links"] == []
        client.force_login(who)
        page = client.get(reverse("tickets:detail", args=[ticket.pk])).content.decode()
        assert "Not linked to any." in page
        with pytest.raises(TicketLink.DoesNotExist):
            linking.unlink(who, ticket, TicketLink.objects.get())
        Program(who).delete(f"{place}/{made['id']}", 404)
    boss.post(place, {"ticket": mine.pk}, 422)
    gone = boss.client.delete(f"/api/v1{place}/{made['id']}", headers=boss.headers)
    assert gone.status_code == 204
    assert not TicketLink.objects.exists()


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from([*TicketLink.Kind.values, "merge", "merge", "unlink"]),
                  st.integers(0, 4), st.integers(0, 4)),
        max_size=12,
    )
)  # fmt: skip
def test_links_follow_merges(served, carol, steps):
    """As if the merged ones had been one ticket: a pair once, what goes on keeps its own kind."""
    with transaction.atomic():
        codes = ["C1", "C1", "C1", "C3", "C3"]
        tickets = [opened(carol, code, f"No {at}") for at, code in enumerate(codes)]
        goes_on, expected = {one.pk: one.pk for one in tickets}, {}
        for verb, first, second in steps:
            one, other = (Ticket.objects.get(pk=tickets[at].pk) for at in (first, second))
            ends = goes_on[one.pk], goes_on[other.pk]
            try:
                if verb == "merge":
                    actions.merge(carol, one, other, "Same")
                    goes_on |= {pk: other.pk for pk, at in goes_on.items() if at == one.pk}
                    moved = {pair: kind for pair, kind in expected.items() if one.pk in pair}
                    expected = {pair: kind for pair, kind in expected.items() if pair not in moved}
                    for pair, kind in moved.items():
                        left, right = (other.pk if pk == one.pk else pk for pk in pair)
                        if left != right and not {(left, right), (right, left)} & set(expected):
                            expected[left, right] = kind
                elif verb == "unlink":
                    found = queries.linked(carol, one).first()
                    if found is not None:
                        linking.unlink(carol, one, found)
                        expected.pop((found.ticket_id, found.other_id), None)
                        expected.pop((found.other_id, found.ticket_id), None)
                else:
                    linking.link(carol, one, verb, other)
                    expected.pop(ends[::-1], None)
                    expected[ends] = verb
            except ValidationError:
                assert verb == "merge" or ends[0] == ends[1] or one.merged_into_id
        inverse = TicketLink.INVERSE
        wanted = sorted(
            (*pair, kind) if pair[0] < pair[1] else (*pair[::-1], inverse[kind])
            for pair, kind in expected.items()
        )
        assert pairs() == wanted
        assert not TicketLink.objects.filter(ticket__state="merged").exists()
        assert not TicketLink.objects.filter(other__state="merged").exists()
        transaction.set_rollback(True)


def test_the_search_finds_tickets_by_every_number_that_they_had(served, carol, dave, sign_in):
    into, other = opened(carol, "C1", "Box"), opened(carol, "C1", "Broken")
    opened(carol, "C3", f"Replaces {other.pk}")
    actions.merge(carol, other, into, "Same")

    def found(user, text):
        page = sign_in(user).get(reverse("search"), {"q": text})
        return [
            (one.title, one.href, one.note.split(" · ")[0])
            for group in page.context["groups"]
            if str(group.title) == "Tickets"
            for one in group.entries
        ]

    hit = (str(into), reverse("tickets:detail", args=[into.pk]))
    for text in (other.number, other.number.lower(), str(other.pk), "Broken"):
        assert found(carol, text)[0] == (*hit, f"{other.number} merged"), text
    assert found(carol, into.number) == [(*hit, into.customer.name)]
    assert found(dave, into.number) == found(dave, other.number) == []
