"""Views of the customer list: saved, shared, copied, and the one in which a list opens."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from kefen_crm.customer_pages import bulk, saving
from kefen_crm.customer_pages.models import BulkChange, SavedView
from kefen_crm.customer_pages.saved import views_of
from kefen_crm.customers.models import Customer
from kefen_crm.team.models import Department, User

LIST = reverse("customers:list")


def codes(client, query=""):
    page = client.get(f"{LIST}?{query}" if query else LIST, follow=True)
    return [row.record.code for row in page.context["table"].page.object_list]


def test_a_view_keeps_filters_order_and_columns_and_may_open_first(graded, bob, carol, sign_in):
    client = sign_in(bob)
    query = "class=abc:C&sort=name&columns=1&column=profit&scheme=rfm"
    form = {"name": "Small ones", "shared": "all", "first": "on"}
    client.post(f"{reverse('customers:view_save')}?{query}", form)
    view = SavedView.objects.get()
    assert codes(client) == ["C5", "C3"], "the list opens in it"
    assert len(codes(client, "view=0")) == 5
    page = sign_in(carol).get(f"{LIST}?view={view.pk}", follow=True)
    titles = [column.name for column in page.context["table"].columns]
    assert [row.record.code for row in page.context["table"].page.object_list] == ["C3"]
    assert titles[:1] == ["pick"]
    assert {"profit", "orders"} & set(titles) == {"profit"}
    assert len(codes(sign_in(carol))) == 2, "her own list opens as before"
    mine = saving.copy(carol, view)
    saving.change(carol, mine, {"name": "Mine"})
    assert (mine.owner, mine.shared, mine.query) == (carol, "private", view.query)
    with pytest.raises(PermissionDenied):
        saving.change(carol, view, {"name": "Stolen"})
    assert sign_in(carol).post(reverse("customers:view_remove", args=[view.pk])).status_code == 403
    client.post(reverse("customers:view_remove", args=[view.pk]))
    assert len(codes(client)) == 5


def test_a_view_of_a_department_is_seen_there_and_below(bob, carol, dave):
    sales = Department.objects.create(name="Sales")
    east = Department.objects.create(name="East", parent=sales)
    User.objects.filter(pk=bob.pk).update(department=sales)
    User.objects.filter(pk=carol.pk).update(department=east)
    bob.refresh_from_db()
    carol.refresh_from_db()
    saving.save(bob, {"name": "Ours", "shared": "department"})
    saving.save(carol, {"name": "Hers", "shared": "department"})
    seen = {one: set(views_of(one).values_list("name", flat=True)) for one in (bob, carol, dave)}
    assert seen == {bob: {"Ours"}, carol: {"Ours", "Hers"}, dave: set()}


def test_customers_are_added_to_a_view_by_hand_and_taken_out(graded, carol, sign_in):
    pick, out = bulk.verb_called("pick"), bulk.verb_called("unpick")
    every = Customer.objects.all()
    change = bulk.carry_out(carol, pick, every.filter(owner=carol), {"view": None, "name": "Fair"})
    view = SavedView.objects.get()
    assert codes(sign_in(carol), f"view={view.pk}") == ["C1", "C3"]
    bulk.carry_out(carol, out, every.filter(code="C1"), {"view": view})
    assert codes(sign_in(carol), f"view={view.pk}") == ["C3"]
    bulk.undo(carol, BulkChange.objects.first())
    assert bulk.undo(carol, change).undone_count == 2
    assert codes(sign_in(carol), f"view={view.pk}") == []
