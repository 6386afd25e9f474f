"""The search of every page: customers, contacts, orders, tasks and notes, within one's reach."""

from datetime import UTC, date, datetime

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kefen_crm.activities.actions import log, plan
from kefen_crm.articles.models import Article
from kefen_crm.contacts.actions import add
from kefen_crm.customers.models import Customer
from kefen_crm.gateway.sales import documents_numbered
from kefen_crm.key_accounts.models import Contract, Tender
from kefen_crm.leads.models import Lead
from kefen_crm.opportunities.models import Opportunity, Stage
from kefen_crm.quotes.models import Quote
from kefen_crm.tickets.models import Ticket


def found(client, text):
    """What was found, by sort, with its notes."""
    page = client.get(reverse("search"), {"q": text})
    return {
        str(group.title): [f"{one.title} {one.note}" for one in group.entries]
        for group in page.context["groups"]
    }


def test_everything_of_the_own_customers_is_found_and_nothing_of_others(
    graded, bob, carol, dave, sign_in
):
    mingda, acme = (Customer.objects.get(code=code) for code in ("C1", "C3"))
    reaches = [{"kind": "phone", "value": "139 1000 0002"}]
    add(carol, mingda, {"name": "Ｚhou 敏", "reaches": reaches})
    plan(carol, acme, {"title": "Send the 样品 册", "due_on": date(2099, 1, 5)})
    log(carol, acme, {"kind": "call", "answered": True, "text": "价格 100% ok, 下周 reply"})
    asked = {
        "明达": "Customers",
        "zhou": "Contacts",
        "13910000002": "Contacts",
        "样品": "Tasks",
        "100% OK": "What was said",
    }
    hers, his, all_of_them = sign_in(carol), sign_in(dave), sign_in(bob)
    for text, sort in asked.items():
        assert len(found(hers, text).get(sort, [])) == 1, text
        assert len(found(all_of_them, text).get(sort, [])) == 1, text
        assert sort not in found(his, text), text
    assert "周 reply" in found(hers, "下周")["What was said"][0]
    [order] = documents_numbered("O1")
    assert (order.kind, order.customer, order.amount) == ("orders", "C1", 5000)
    assert found(hers, "100_") == found(hers, "xyzzy") == {}


def test_what_is_shown_of_hits_is_read_with_them(graded, bob, sign_in):
    mingda = Customer.objects.get(code="C1")
    said = {"customer": mingda, "title": "Zebra 斑马"}
    now = datetime(2099, 1, 5, 12, tzinfo=UTC)
    Tender.objects.create(**said, due_at=now)
    Contract.objects.create(**said, begins_on=now)
    whole = Ticket.objects.create(**said, opened_at=now)
    Ticket.objects.create(**said, opened_at=now, state="merged", merged_into=whole)
    stage = Stage.objects.create(key="said", name="Said", position=1)
    Opportunity.objects.create(**said, stage=stage, opened_at=now, moved_at=now)
    Quote.objects.create(**said, made_at=now, by=bob)
    Lead.objects.create(company="Zebra 斑马", source="other", opened_at=now, touched_at=now)
    Article.objects.create(code="zebra", title_zh="Zebra 斑马", title_en="Zebra", body_zh="-")
    plan(bob, mingda, {"title": "Zebra 斑马", "due_on": date(2099, 1, 5)})
    log(bob, mingda, {"kind": "call", "answered": True, "text": "Zebra 斑马"})
    add(bob, mingda, {"name": "Zebra 斑马", "reaches": []})
    Customer.objects.filter(code="C2").update(name="Zebra 斑马", merged_into=mingda)
    client = sign_in(bob)
    found(client, "zebra")  # what a process reads once
    with CaptureQueriesContext(connection) as nothing:
        assert found(client, "斑驴") == {}
    with CaptureQueriesContext(connection) as read:
        hits = found(client, "zebra")
    assert len(read) <= len(nothing), hits
    assert sum(len(one) for one in hits.values()) == 11, hits


def test_pages_and_new_things_are_found_by_name_as_the_role_permits(graded, carol, erin, sign_in):
    begun = found(sign_in(carol), "new cust")["Go to, begin"]
    assert [one.strip() for one in begun] == ["New customer"]
    assert found(sign_in(erin), "new cust") == {}
    assert "Schemes " in found(sign_in(erin), "")["Go to, begin"]
    page = sign_in(carol).get("/").content.decode()
    assert f'href="{reverse("customers:new")}"' in page
    assert f'href="{reverse("customers:new")}"' not in sign_in(erin).get("/").content.decode()
