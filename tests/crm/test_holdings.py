"""Who holds whom: one open holding that is the owner, claims, releases, pools and their masks."""

import threading
from collections import Counter

import pytest
from api_client import Program
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import connection
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from kefen_crm.customers import actions as customers
from kefen_crm.customers.actions import synchronise
from kefen_crm.customers.models import Customer
from kefen_crm.gateway.ledger import opened
from kefen_crm.holdings import actions
from kefen_crm.holdings.actions import NotClaimed
from kefen_crm.holdings.models import Holding, Pool, PoolEntry
from kefen_crm.platform.models import Event


@pytest.fixture
def pool(db):
    return Pool.objects.create(name="Company", rest_days=0, former_waits=0)


def open_holding(customer):
    return Holding.objects.filter(customer=customer, until=None).first()


def agree():
    """Whether every owner is the open holding's, and nobody in a pool has an owner."""
    owners = dict(Customer.objects.exclude(owner=None).values_list("pk", "owner"))
    held = dict(Holding.objects.filter(until=None).values_list("customer", "user"))
    pooled = PoolEntry.objects.exclude(customer__owner=None).count()
    return owners == held and pooled == 0


def free(pool, code="F1", **more):
    customer = Customer.objects.create(code=code, name=more.pop("name", "Free 自由"), **more)
    PoolEntry.objects.create(customer=customer, pool=pool, why="put")
    return customer


def test_every_change_of_the_owner_is_a_holding(graded, carol, dave, bob):
    acme = Customer.objects.get(code="C3")
    first = open_holding(acme)
    assert (first.user, first.via) == (carol, "import")
    customers.assign(bob, acme, dave, reason="Nearer")
    assert [(one.user, one.via, one.ended) for one in acme.holdings.order_by("pk")] == [
        (carol, "import", "assigned"),
        (dave, "assigned", ""),
    ]
    Customer.objects.filter(pk=acme.pk).update(owner=None)  # whoever writes the row
    assert open_holding(acme) is None
    assert agree()


def test_an_owner_stays_when_the_facts_are_brought_again(graded, pool, carol, dave):
    acme = Customer.objects.get(code="C3")
    actions.release(carol, acme, reason="Moved abroad")
    with opened() as ledger:
        synchronise(ledger, timezone.localdate())
    acme.refresh_from_db()
    assert (acme.owner, acme.owner_title) == (None, "")
    actions.claim(dave, acme)
    with opened() as ledger:
        synchronise(ledger, timezone.localdate())
    acme.refresh_from_db()
    assert acme.owner == dave
    assert agree()


def test_released_with_a_reason_and_claimed_by_another(graded, pool, carol, dave):
    acme = Customer.objects.get(code="C3")
    with pytest.raises(ValidationError):
        actions.release(carol, acme, reason=" ")
    with pytest.raises(ObjectDoesNotExist):
        actions.release(dave, acme, reason="Not mine")
    actions.release(carol, acme, reason="Moved abroad")
    entry = PoolEntry.objects.get(customer=acme)
    assert (entry.why, entry.reason, entry.former) == ("released", "Moved abroad", carol)
    assert actions.claim(dave, acme).owner == dave
    assert not PoolEntry.objects.exists()
    verbs = Event.objects.filter(customer=acme).order_by("id").values_list("verb", flat=True)
    assert list(verbs)[-2:] == ["customer.released", "customer.claimed"]


def test_who_may_claim(pool, carol, erin):
    customer = free(pool)
    with pytest.raises(PermissionDenied):
        actions.claim(erin, customer)
    other = Customer.objects.create(code="X", name="In no pool")
    with pytest.raises(ObjectDoesNotExist):
        actions.claim(carol, other)
    key = {"key": "once"}
    assert actions.claim(carol, customer, **key).owner == carol
    assert actions.claim(carol, customer, **key).owner == carol
    assert Event.objects.filter(verb="customer.claimed").count() == 1


def test_the_loser_hears_who_won(pool, carol, dave, sign_in):
    customer = free(pool)
    actions.claim(carol, customer)
    with pytest.raises(NotClaimed, match="Carol") as told:
        actions.claim(dave, customer)
    assert told.value.code == "claimed-already"
    answer = sign_in(dave).post(reverse("holdings:claim", args=["F1"]), follow=True)
    assert "Carol 张 was quicker" in answer.content.decode()
    problem = Program(dave).post("/pool/customers/F1/claim", {}, 409)
    assert problem["code"] == "claimed-already"


def test_limits_of_a_day_and_of_what_is_held(pool, carol):
    Pool.objects.update(per_day=2)
    three = [free(pool, f"F{number}") for number in range(3)]
    for customer in three[:2]:
        actions.claim(carol, customer)
    with pytest.raises(NotClaimed) as told:
        actions.claim(carol, three[2])
    assert told.value.code == "day-limit"
    Pool.objects.update(per_day=0, most_held=2)
    with pytest.raises(NotClaimed) as told:
        actions.claim(carol, three[2])
    assert told.value.code == "held-limit"


def test_the_former_owner_waits(pool, carol, dave):
    Pool.objects.update(former_waits=30)
    customer = customers.create(carol, {"name": "Hers"})
    actions.release(carol, customer, reason="No budget")
    with pytest.raises(NotClaimed) as told:
        actions.claim(carol, customer)
    assert told.value.code == "former-waits"
    assert actions.claim(dave, customer).owner == dave


def test_what_a_pool_hides_is_nowhere_to_be_seen(pool, carol, bob, sign_in):
    free(pool, phone="13800138000", contact="Lin", email="lin@example.com", address="Road 1")
    client, secret = sign_in(carol), ("13800138000", "Lin", "lin@example.com", "Road 1")
    export = reverse("holdings:export", args=["csv"])
    addresses = (
        reverse("holdings:pool"),
        reverse("holdings:pooled", args=["F1"]),
        export,
        "/search/?q=Free",
        "/api/v1/pool/customers",
    )
    for address in addresses:
        text = client.get(address).getvalue().decode()
        assert "F1" in text
        assert not [word for word in secret if word in text]
    for word in secret:
        assert "F1" not in client.get(f"{export}?q={word}").getvalue().decode()
        assert "/pool/of/F1/" not in client.get("/search/", {"q": word}).content.decode()
    assert client.get(reverse("customers:detail", args=["F1"])).status_code == 404
    assert client.get(reverse("audit:timeline", args=["F1"])).status_code == 404
    assert "13800138000" in sign_in(bob).get(reverse("holdings:pool")).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_many_times(carol, dave):
    """Of two who claim the same customers in the same moment one gets each; limits hold."""
    pool = Pool.objects.create(name="Race", per_day=30, most_held=0)
    raced = [free(pool, f"R{number}") for number in range(50)]
    start, answers = threading.Barrier(4), Counter()

    def go(user, backwards):
        start.wait()
        for customer in reversed(raced) if backwards else raced:
            try:
                actions.claim(user, customer)
                answers["won"] += 1
            except NotClaimed as error:
                answers[error.code] += 1
        connection.close()

    threads = [threading.Thread(target=go, args=(u, b)) for u in (carol, dave) for b in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    held = Counter(Holding.objects.filter(until=None).values_list("user", flat=True))
    assert answers["won"] == sum(held.values()) == 50
    assert sum(answers.values()) == 200
    assert max(held.values()) <= 30
    assert set(answers) <= {"won", "claimed-already", "day-limit"}
    assert not Holding.objects.exclude(user=F("customer__owner")).exists()
    assert agree()
