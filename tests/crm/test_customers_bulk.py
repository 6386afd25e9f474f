"""Many customers at once: chosen, planned, changed with an event each, taken back."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from kefen_crm.activities.actions import snooze
from kefen_crm.activities.models import Task
from kefen_crm.customer_pages import bulk
from kefen_crm.customer_pages.models import BulkChange
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import in_reach_of
from kefen_crm.holdings.models import Pool, PoolEntry
from kefen_crm.platform.models import Event, Notification
from kefen_crm.tags.actions import create
from kefen_crm.tags.models import Tag, Tagging

LIST = reverse("customers:list")


def pick(*codes):
    """The address of these customers."""
    keys = Customer.objects.filter(code__in=codes).values_list("pk", flat=True)
    return "&".join(f"pick={key}" for key in keys)


def tagged(name):
    return sorted(Tagging.objects.filter(tag__name=name).values_list("customer__code", flat=True))


def send(client, verb, query, **values):
    """Look at what a verb would do, then do it; gives both answers."""
    address = f"{reverse('customers:bulk', args=[verb])}?{query}"
    form = {f"set-{name}": value for name, value in values.items()}
    seen = client.post(address, form)
    assert seen.status_code == 422, "nothing is done before it was looked at"
    return seen, client.post(address, {**form, "digest": seen.context["digest"]})


def test_chosen_customers_are_tagged_each_with_an_event_and_the_rest_is_told(
    graded, bob, carol, sign_in
):
    client = sign_in(bob)
    fair = create(carol, "Fair")
    seen, done = send(client, "tag", pick("C1"), tag=fair.pk)
    assert (seen.context["plan"].changes, done.status_code) == (
        (Customer.objects.get(code="C1").pk,),
        302,
    )
    Customer.objects.filter(code="C5").update(archived=True)
    seen, done = send(client, "tag", pick("C1", "C2", "C5"), tag=fair.pk)
    told = {one.count: str(one.reason) for one in seen.context["plan"].skipped}
    assert len(seen.context["plan"].skipped) == 2
    assert set(told) == {1}
    assert tagged("Fair") == ["C1", "C2"]
    events = Event.objects.filter(verb="customer.tagged").order_by("id")
    assert list(events.values_list("customer__code", flat=True)) == ["C1", "C2"]
    change = BulkChange.objects.first()
    assert (change.count, [one["names"] for one in change.skipped]) == (
        1,
        [[Customer.objects.get(code="C5").name], ["上海明达贸易有限公司"]],
    )
    client.post(reverse("customers:undo", args=[change.pk]))
    assert tagged("Fair") == ["C1"]
    with pytest.raises(ValidationError):
        bulk.undo(bob, change)
    with pytest.raises(BulkChange.DoesNotExist):
        bulk.undo(carol, BulkChange.objects.last())


def test_all_that_fit_are_exactly_those_of_the_list(graded, bob, carol, sign_in):
    _seen, _done = send(sign_in(bob), "tag", "every=1&class=abc:C", tag="", name="Small")
    assert tagged("small") == []
    assert tagged("Small") == ["C3", "C5"]
    tag = Tag.objects.get(name="Small")
    page = sign_in(carol).get(LIST, {"tag": tag.pk})
    assert [row.record.code for row in page.context["table"].page.object_list] == ["C3"]
    without = sign_in(carol).get(LIST, {"tag": "none"})
    assert [row.record.code for row in without.context["table"].page.object_list] == ["C1"]
    # Whoever sees their own alone changes no others, whatever they pick.
    seen, _done = send(sign_in(carol), "untag", pick("C3", "C5"), tag=tag.pk)
    assert len(seen.context["plan"].changes) == 1
    assert tagged("Small") == ["C5"]


def test_what_changed_meanwhile_is_looked_at_again(graded, bob, erin, sign_in):
    verb = bulk.verb_called("tag")
    customers = in_reach_of(bob).filter(code__in=["C1", "C2"])
    values = {"tag": create(bob, "Fair"), "name": "", "colour": "blue"}
    seen = bulk.digest(verb, bulk.plan(bob, verb, customers, values), values)
    bulk.carry_out(bob, verb, customers.filter(code="C1"), values, key="k")
    assert bulk.carry_out(bob, verb, customers.filter(code="C1"), values, key="k").count == 1
    with pytest.raises(ValidationError, match="Look again"):
        bulk.carry_out(bob, verb, customers, values, expected=seen)
    with pytest.raises(ValidationError, match="Nothing is left"):
        bulk.carry_out(bob, verb, customers.filter(code="C1"), values)
    with pytest.raises(PermissionDenied):
        bulk.carry_out(erin, verb, customers, values)
    assert tagged("Fair") == ["C1"]


def test_assigned_within_the_limit_of_the_pool_and_given_back(graded, alice, bob, carol, dave):
    pool = Pool.objects.create(name="All", most_held=1)
    Customer.objects.filter(owner=dave).update(owner=None)
    lone = Customer.objects.create(code="L1", name="Lone")
    PoolEntry.objects.create(customer=lone, pool=pool, why="put")
    verb = bulk.verb_called("assign")
    before = dict(Customer.objects.values_list("code", "owner"))
    values = {"owner": dave, "reason": "Nearer"}
    every = Customer.objects.filter(code__in=["C1", "C3", "L1"])
    planned = bulk.plan(bob, verb, every, values)
    assert [one.count for one in planned.skipped] == [2], "one is what the pool lets him hold"
    with pytest.raises(PermissionDenied):
        bulk.plan(carol, verb, every, values)
    Pool.objects.update(most_held=0)
    change = bulk.carry_out(bob, verb, every, values)
    assert set(every.values_list("owner", flat=True)) == {dave.pk}
    assert Event.objects.filter(verb="customer.handed-over").count() == change.count == 3
    assert (
        Notification.objects.filter(user=dave, kind="customer.given").latest("pk").data["count"]
        == 3
    )
    assert bulk.undo(bob, change).undone_count == 3
    assert dict(Customer.objects.values_list("code", "owner")) == before
    assert PoolEntry.objects.get().customer == lone


def test_tasks_are_planned_for_whoever_can_do_them(graded, bob, carol, dave):
    Customer.objects.filter(code="C5").update(owner=None)
    verb = bulk.verb_called("plan")
    values = {"due_on": date(2099, 1, 5), "kind": "call", "title": "New prices", "owner": None}
    change = bulk.carry_out(bob, verb, Customer.objects.filter(code__in=["C1", "C3", "C5"]), values)
    assert (change.count, change.skipped[0]["count"]) == (2, 1)
    assert set(Task.objects.values_list("owner", "title")) == {(carol.pk, "New prices")}
    told = Notification.objects.get(user=carol, kind="task.given")
    assert told.data["count"] == 2
    snooze(carol, Task.objects.get(customer__code="C1"), date(2099, 1, 6))
    assert bulk.undo(bob, change).undone_count == 1
    assert dict(Task.objects.values_list("customer__code", "state")) == {
        "C1": "open", "C3": "cancelled",
    }  # fmt: skip
