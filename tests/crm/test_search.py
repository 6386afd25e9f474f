"""The search of every page: customers, contacts, orders, tasks and notes, within one's reach."""

from datetime import date

from django.urls import reverse

from kefen_crm.activities.actions import log, plan
from kefen_crm.contacts.actions import add
from kefen_crm.customers.models import Customer
from kefen_crm.gateway.sales import documents_numbered


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


def test_pages_and_new_things_are_found_by_name_as_the_role_permits(graded, carol, erin, sign_in):
    begun = found(sign_in(carol), "new cust")["Go to, begin"]
    assert [one.strip() for one in begun] == ["New customer"]
    assert found(sign_in(erin), "new cust") == {}
    assert "Schemes " in found(sign_in(erin), "")["Go to, begin"]
    page = sign_in(carol).get("/").content.decode()
    assert f'href="{reverse("customers:new")}"' in page
    assert f'href="{reverse("customers:new")}"' not in sign_in(erin).get("/").content.decode()
