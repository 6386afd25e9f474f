"""What happened is found in the audit, on the customer's timeline and by programs."""

import pytest
from api_client import Program
from django.urls import reverse

from kefen_crm.audit import queries
from kefen_crm.customers.models import Customer
from kefen_crm.grading.actions import lift_override, set_override
from kefen_crm.grading.models import Scheme
from kefen_crm.platform.models import Event
from kefen_crm.team.actions import update_user


@pytest.fixture
def decided(graded, bob):
    """Bob put Carol's customer C1 into another class, and took that back."""
    customer, scheme = Customer.objects.get(code="C1"), Scheme.objects.get(name="abc")
    made = set_override(bob, customer, scheme, "C", "Pays late")
    lift_override(bob, made, "Has paid")
    return customer


def page(client, name, *args, **asked):
    answer = client.get(reverse(name, args=args), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_customers_page_tells_what_was_decided_and_why(decided, carol, sign_in):
    text = page(sign_in(carol), "customers:detail", "C1")
    for told in ("Class set by hand", "Class by hand lifted", "Pays late", "Has paid", "Bob 李"):
        assert told in text


def test_the_audit_shows_what_it_was_before_and_is_narrowed(decided, alice, bob, erin, sign_in):
    update_user(alice, erin, name=erin.first_name, email=erin.email, role="rep", department="")
    client = sign_in(bob)
    text = page(client, "audit:list", who=alice.pk, group="Users")
    assert "User changed" in text
    assert "<del>Reader</del>" in text
    assert "Sales representative" in text
    assert "Pays late" not in text
    assert "Pays late" in page(client, "audit:list", customer="C1")
    assert "Pays late" in page(client, "audit:list", group="Classes set by hand")
    assert "Nothing of this kind" in page(client, "audit:list", until="2001-01-01")
    for asked in ({"who": "999999"}, {"group": "Weather"}, {"since": "1 May"}):  # nobody reads it
        text = page(client, "audit:list", **asked)
        assert "Nothing of this kind" in text, asked
        assert "Select a valid choice" in text or "Enter a valid date" in text


def test_the_audit_is_for_whom_it_is_permitted(decided, carol, sign_in):
    client = sign_in(carol)
    assert client.get(reverse("audit:list")).status_code == 403
    assert client.get(reverse("audit:timeline", args=["C1"])).status_code == 200


def test_nobody_reads_the_timeline_of_a_customer_they_may_not_see(decided, dave, sign_in):
    assert sign_in(dave).get(reverse("audit:timeline", args=["C1"])).status_code == 404


def test_long_timelines_go_on(decided, bob, carol, sign_in):
    customer = Customer.objects.get(code="C1")
    scheme = Scheme.objects.get(name="abc")
    for number in range(10):
        set_override(bob, customer, scheme, "C", f"Reason {number}")
    text = page(sign_in(carol), "customers:detail", "C1")
    assert "Pays late" not in text
    oldest = Event.objects.filter(customer=customer)[9]
    older = page(sign_in(carol), "audit:timeline", "C1", before=oldest.pk)
    assert "Pays late" in older
    assert "Reason 9" not in older


def test_the_audit_asks_the_database_a_few_questions(
    decided, bob, sign_in, django_assert_max_num_queries
):
    client = sign_in(bob)
    page(client, "audit:list")
    with django_assert_max_num_queries(12):
        page(client, "audit:list")


def test_programs_read_events_page_by_page(decided, bob, carol):
    program = Program(bob)
    answer = program.get("/events?customer=C1&limit=1")
    assert [one["verb"] for one in answer["items"]] == ["override.lifted"]
    assert answer["items"][0]["after"]["class_key"] == "A"
    rest = program.get(answer["next"])
    assert [(one["verb"], one["reason"]) for one in rest["items"]] == [
        ("override.set", "Pays late")
    ]
    Program(carol).get("/events", 403)


def test_a_timeline_has_the_facts_and_is_narrowed_and_goes_on(
    decided, bob, carol, dave, sign_in, monkeypatch, django_assert_max_num_queries
):
    """C1 ordered 5,000 on 2025-03-01 and 3,000 on 2025-12-01."""
    client = sign_in(carol)

    def groups() -> str:
        shown = client.get(reverse("customers:detail", args=["C1"])).content.decode()
        return shown[shown.index("timeline-title") : shown.index('id="timeline"')]

    offered = groups()
    assert "Classes set by hand" in offered
    assert "Orders" in offered
    assert "API tokens" not in offered
    whole = page(client, "audit:timeline", "C1")
    assert whole.index("2025-12-01") < whole.index("2025-03-01")
    assert "3,000" in whole
    orders = page(client, "audit:timeline", "C1", group="Orders")
    assert "5,000" in orders
    assert "Class set by hand" not in orders
    assert "Nothing of this kind" in page(client, "audit:timeline", "C1", group="Payments")
    monkeypatch.setattr(queries, "FIRST", 1)
    assert groups() == offered  # of what is older, too
    monkeypatch.setattr(queries, "PER_PAGE", 1)
    seen, place = [], ""
    while True:
        request = client.get(
            reverse("audit:timeline", args=["C1"]), {"before": place} if place else {}
        )
        [line] = request.context["lines"]
        seen.append(str(line.entry.kind.title if line.entry else line.moment.detail))
        place = request.context["older"]
        if not place:
            break
    assert len(seen) == len(set(seen)) == whole.count("<strong>")
    for wrong in ("nonsense", "2025-03-01T00:00:00+00:00|~nonsense", "2025-03-01T00:00:00|x"):
        answer = client.get(reverse("audit:timeline", args=["C1"]), {"before": wrong})
        assert answer.status_code == 404, wrong
