"""The page Work: counted by hand for a few tasks, claims and edits."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from kefen_crm.activities.actions import log
from kefen_crm.activities.models import RHYTHM, Task
from kefen_crm.customers.actions import edit
from kefen_crm.customers.models import Customer
from kefen_crm.holdings import work_proof
from kefen_crm.holdings.actions import work
from kefen_crm.holdings.models import Holding
from kefen_crm.holdings.queries import today
from kefen_crm.platform.models import Event


def came_due(customer, owner, days_ago, **more):
    on = today() - timedelta(days=days_ago)
    key = f"{customer.pk}-{days_ago}"
    told = {"origin": RHYTHM, "occurrence": key, "owner": owner, "due_on": on, **more}
    return Task.objects.create(customer=customer, **told)


def test_the_page_counts_what_was_done(graded, bob, carol, dave, sign_in):
    mingda, plant, acme = (Customer.objects.get(code=code) for code in ("C1", "C2", "C3"))
    on = today()
    done = {"state": "done", "reason": "By post"}
    came_due(mingda, carol, 9, **done, closed_on=on - timedelta(days=9))
    came_due(acme, carol, 8, **done, closed_on=on - timedelta(days=5))
    came_due(acme, carol, 4)
    came_due(plant, dave, 3, state="skipped", closed_on=on)
    came_due(plant, dave, 200, state="skipped", closed_on=on)  # long ago
    Holding.objects.filter(customer=mingda).update(
        via="claimed", since=timezone.now() - timedelta(days=4)
    )
    log(carol, mingda, {"kind": "visit"})
    edit(carol, mingda, {"city": "苏州"})
    page = sign_in(bob).get(reverse("holdings:work")).context
    people = {str(person): vars(kept) for person, kept in page["rhythm"].people}
    assert people[str(carol)] == {"in_time": 1, "late": 1, "skipped": 0, "overdue": 1}
    assert people[str(dave)] == {"in_time": 0, "late": 0, "skipped": 1, "overdue": 0}
    classes = {key: kept.due for key, kept in page["rhythm"].classes}
    assert classes == {"A": 1, "B": 1, "C": 2}
    top = page["top"]
    assert (top.key, top.customers, top.days, top.never) == ("A", 1, 0, 0)
    assert (page["claims"].claims, round(page["claims"].days)) == (1, 4)
    assert (page["nobodys"], page["written"], page["contradicted"]) == (2, 1, 0)
    assert work_proof.rhythm(carol, None).people[0][1].share == 1 / 3
    html = sign_in(bob).get(reverse("holdings:work")).content.decode()
    assert f'href="{reverse("customers:list")}?owner={carol.pk}"' in html
    assert f'href="{reverse("activities:tasks")}?state=late&amp;whose={carol.pk}">1</a>' in html
    assert 'href="/customers/?class=abc:A"' in html


def test_work_for_somebody_who_left_goes_to_who_has_the_customer_now(graded, carol, bob, erin):
    kerr = Customer.objects.get(code="C3")
    task = came_due(kerr, carol, 1)
    erin.is_active = False
    erin.save()
    told = {"before": {"owner": carol.pk}, "after": {"owner": erin.pk}, "customer": kerr}
    event = Event(verb="customer.edited", **told)
    Customer.objects.filter(pk=kerr.pk).update(owner=carol)
    work.handle([event])
    task.refresh_from_db()
    assert task.owner == carol
    Customer.objects.filter(pk=kerr.pk).update(owner=bob)
    work.handle([event])
    task.refresh_from_db()
    assert task.owner == bob
