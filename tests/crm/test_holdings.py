"""Who holds whom: one open holding that is the owner, claims, releases, pools and their masks."""

import threading
from collections import Counter
from contextlib import suppress
from datetime import date

import company
import polars as pl
import pytest
from api_client import Program
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from kefen_crm.activities import actions as activities
from kefen_crm.customers import actions as customers
from kefen_crm.customers.actions import synchronise
from kefen_crm.customers.models import Customer
from kefen_crm.gateway.ledger import opened
from kefen_crm.grading.models import CustomerClass
from kefen_crm.holdings import actions, sharing
from kefen_crm.holdings.actions import ClaimRefused
from kefen_crm.holdings.actions.recycling import take
from kefen_crm.holdings.handover import plan
from kefen_crm.holdings.models import Falling, Holding, Pool, PoolEntry, Transfer
from kefen_crm.holdings.pool_rules import Candidate, PoolRule
from kefen_crm.platform.models import Event, Notification, RuleDocument
from kefen_crm.team.actions import create_user
from kefen_crm.team.roles import Role


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


def test_customers_without_an_owner_are_told_of_and_shared(graded, bob, carol, dave, pool, sign_in):
    free(pool)  # in a pool: left there on purpose
    page, home = reverse("holdings:without_owner"), reverse("home")
    Customer.objects.filter(code="C4").update(owner_name="钱七", region="华北")
    for n in range(4):
        customers.create(bob, {"name": f"New {n}", "region": "华东"}, code=f"N{n}")
    client = sign_in(bob)
    assert "6 customers have nobody who looks after them" in client.get(home).content.decode()
    assert page not in sign_in(carol).get(home).content.decode()
    client = sign_in(bob)
    told = " ".join(client.get(page).content.decode().split())
    assert "<strong>6</strong> customers without an owner" in told
    assert "钱七 (1)" in told
    both = {"people": [carol.pk, dave.pk]}
    region = client.get(page, both | {"how": "region"})
    parts = {one.user: dict(one.regions) for one in region.context["shares"].parts}
    assert sorted(map(sorted, parts.values())) == [["no region", "华北"], ["华东"]]
    seen = client.get(page, both).context["shares"]
    assert [len(one.customers) for one in seen.parts] == [3, 3]
    assert open_holding(Customer.objects.get(code="N1")) is None  # looking gives nobody
    stale = client.post(page, both | {"seen": seen.digest, "how": "region"})
    assert "Something changed since you looked" in stale.content.decode()
    answer = client.post(page, both | {"seen": seen.digest, "reason": "First owners"})
    assert answer.url == reverse("holdings:transfers")
    assert not sharing.without_owner(bob).exists()
    agree()
    given = Notification.objects.filter(user=carol, kind="customer.given")
    assert [str(one) for one in given].count("Bob 李 gave you 3 customers") == 1
    assert actions.undo(bob, Transfer.objects.order_by("pk").last()) == 3
    assert sharing.without_owner(bob).count() == 3
    pool.most_held = 4  # Dave holds the one that imports gave him
    pool.save()
    limited = client.get(page, {"people": [carol.pk]}).context["shares"]
    assert limited.left > 0
    assert sign_in(carol).get(page).status_code == 403


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
    with pytest.raises(ClaimRefused, match="Carol") as told:
        actions.claim(dave, customer)
    assert told.value.code == "claimed-already"
    answer = sign_in(dave).post(reverse("holdings:claim", args=["F1"]), follow=True)
    assert "Carol 张 was quicker" in answer.content.decode()
    page = sign_in(carol).get(reverse("customers:more", args=["F1"]))
    assert "Claimed" in page.content.decode()
    problem = Program(dave).post("/pool/customers/F1/claim", {}, 409)
    assert problem["code"] == "claimed-already"


def test_limits_of_a_day_and_of_what_is_held(pool, carol):
    Pool.objects.update(per_day=2)
    three = [free(pool, f"F{number}") for number in range(3)]
    for customer in three[:2]:
        actions.claim(carol, customer)
    with pytest.raises(ClaimRefused) as told:
        actions.claim(carol, three[2])
    assert told.value.code == "day-limit"
    Pool.objects.update(per_day=0, most_held=2)
    with pytest.raises(ClaimRefused) as told:
        actions.claim(carol, three[2])
    assert told.value.code == "held-limit"


def test_a_limit_is_told_before_one_claims(pool, carol, sign_in):
    client, list_page = sign_in(carol), reverse("holdings:pool")
    big, small = free(pool, "BIG", region="East"), free(pool, "SMALL", region="West")
    claim_of = {one: reverse("holdings:claim", args=[one.code]) for one in (big, small)}
    page = client.get(list_page).content.decode()
    assert all(address in page for address in claim_of.values())
    held = Customer.objects.filter(owner=carol).count()
    pools = Pool.objects.filter(pk=pool.pk)
    pools.update(most_held=held + 1)
    RuleDocument.objects.create(
        kind="holding_weight", version=1, state="published",
        document={"rules": [{"name": "East", "scope": {"regions": ["East"]}, "weight": 5}]},
    )  # fmt: skip
    page = client.get(list_page).content.decode()
    assert claim_of[big] not in page
    assert claim_of[small] in page
    assert f"With this one your customers would count {held + 5}" in page
    assert "more than you may hold" in page
    actions.claim(carol, small)
    pools.update(per_day=1)
    page = client.get(list_page).content.decode()
    assert claim_of[big] not in page
    assert "You have claimed 1 customer today; the next one tomorrow." in page
    alone = client.get(reverse("holdings:pooled", args=["BIG"])).content.decode()
    assert claim_of[big] not in alone
    assert "the next one tomorrow" in alone


def test_the_former_owner_waits(pool, carol, dave):
    Pool.objects.update(former_waits=30)
    customer = customers.create(carol, {"name": "Hers"})
    actions.release(carol, customer, reason="No budget")
    with pytest.raises(ClaimRefused) as told:
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
            except ClaimRefused as error:
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


def sequences():
    """Steps: what is done, by which of two people, about which of three customers."""
    verbs = st.sampled_from(["claim", "release", "recycle", "undo", "hand over", "assign", "put"])
    return st.lists(st.tuples(verbs, st.integers(0, 1), st.integers(0, 2)), max_size=14)


def falling(customer):
    """The customer as the rules take it."""
    rule = PoolRule(name="Idle")
    return Candidate(
        customer.pk, customer.code, customer.name, customer.owner_id, None, rule, "order",
        date(2026, 1, 1), 9, 0,
    )  # fmt: skip


def do(step, people, boss, pool, known):
    """One step as its verb; what is refused changes nothing."""
    verb, who, which = step
    user, customer = people[who], Customer.objects.get(pk=known[which].pk)
    if verb == "claim":
        actions.claim(user, customer)
    elif verb == "release":
        actions.release(user, customer, reason="Why not")
    elif verb == "recycle" and customer.owner_id:
        take(date(2026, 11, 2), [(falling(customer), pool)])
    elif verb == "undo" and Transfer.objects.exists():
        actions.undo(boss, Transfer.objects.first())
    elif verb == "hand over":
        actions.hand_over(boss, user, [people[1 - who]], reason="Leaves")
    elif verb == "assign":
        actions.assign(boss, customer, user)
    elif verb == "put":
        actions.put(boss, customer, pool)


@pytest.mark.django_db
def test_whatever_is_done_owner_and_holding_agree(pool, carol, dave, bob):
    Pool.objects.update(per_day=0)
    people = [carol, dave]

    @given(sequences())
    @settings(max_examples=25, deadline=None)
    def law(steps):
        with transaction.atomic():
            known = [free(pool, f"L{number}") for number in range(3)]
            for step in steps:
                with suppress(ValidationError, ObjectDoesNotExist), transaction.atomic():
                    do(step, people, bob, pool, known)
                assert agree()
                spans = Holding.objects.filter(customer__in=known)
                assert not spans.filter(until__lt=F("since")).exists()
            transaction.set_rollback(True)

    law()


def test_a_leavers_customers_are_split_and_given_back(graded, carol, dave, bob):
    frank = create_user(None, username="frank", password="x", role=Role.REP)
    work = activities.plan(carol, Customer.objects.get(code="C1"), {"due_on": date(2099, 1, 1)})
    planned = plan(bob, carol, [dave, frank])
    assert sorted(len(part.customers) for part in planned.parts) == [1, 1]
    rows = CustomerClass.objects.filter(scheme=planned.scheme, customer__owner=carol)
    classes = dict(rows.values_list("customer__code", "class_key"))
    for part in planned.parts:
        assert part.classes == Counter(classes[one.code] for one in part.customers)
    with pytest.raises(ValidationError):
        actions.hand_over(bob, carol, [dave, frank], reason="Leaves", expected="another")
    with pytest.raises(PermissionDenied):
        actions.hand_over(dave, carol, [dave], reason="Mine")
    done = actions.hand_over(
        bob, carol, [dave, frank], reason="Leaves", expected=planned.digest, key="once"
    )
    again = actions.hand_over(bob, carol, [dave, frank], reason="Leaves", key="once")
    assert again == done
    assert not Customer.objects.filter(owner=carol).exists()
    work.refresh_from_db()
    assert work.owner == Customer.objects.get(code="C1").owner
    assert Notification.objects.filter(user=frank, kind="customer.given").count() == 1
    assert agree()
    assert actions.undo(bob, done) == 2
    work.refresh_from_db()
    assert work.owner == carol
    assert set(Customer.objects.filter(owner=carol).values_list("code", flat=True)) == {"C1", "C3"}
    assert agree()
    # Of somebody who has left already, too: the customers come back, the work stays.
    carol.is_active = False
    carol.save()
    done = actions.hand_over(bob, carol, [dave, frank], reason="Left")
    heir = Customer.objects.get(code="C1").owner
    assert actions.undo(bob, done) == 2
    assert set(Customer.objects.filter(owner=carol).values_list("code", flat=True)) == {"C1", "C3"}
    work.refresh_from_db()
    assert work.owner == heir
    assert agree()


def test_owners_that_an_import_changes_are_told(graded, carol, dave):
    told = Notification.objects.filter(kind="customer.given", user=carol)
    assert [one.data["count"] for one in told] == [2]  # C1 and C3, once for the import
    changed = company.CUSTOMERS.with_columns(owner=pl.lit("Dave 赵"))
    with opened() as ledger:
        ledger.load(changed, kind="customers")
        synchronise(ledger, timezone.localdate())
    lost = Notification.objects.get(kind="customer.taken", user=carol)
    assert lost.data["count"] == 2
    assert open_holding(Customer.objects.get(code="C1")).user == dave
    assert agree()


def test_the_pages_of_a_manager(graded, pool, carol, dave, bob, sign_in):
    """Handing over by the pages: looked at, done, undone; tonight and the settings are served."""
    client, address = sign_in(bob), reverse("holdings:handover")
    wanted = {"leaver": carol.pk, "receivers": [dave.pk]}
    looked_at = client.get(address, wanted)
    assert "Acme Tools" in looked_at.content.decode()
    digest = looked_at.context["plan"].digest
    client.post(address, wanted | {"digest": digest, "reason": "Leaves"})
    assert Customer.objects.filter(owner=dave).count() == 3
    listed = client.get(reverse("holdings:transfers"))
    assert "2 customers" in listed.content.decode()
    client.post(reverse("holdings:undo", args=[Transfer.objects.get().pk]))
    assert Customer.objects.filter(owner=carol).count() == 2
    RuleDocument.objects.create(
        kind="pool_rules", version=1, state="published", document={"rules": [{"name": "Idle"}]}
    )
    for name in ("tonight", "falling", "leaves", "settings", "pool"):
        assert client.get(reverse(f"holdings:{name}")).status_code == 200
    page = client.get(reverse("customers:more", args=["C3"])).content.decode()
    assert "Handed over" in page
    assert "Given back" in page


def test_todays_page_says_what_is_due_for_the_pool(graded, pool, carol, bob, sign_in):
    for code in ("C1", "C3"):
        customer = Customer.objects.get(code=code)
        Falling.objects.create(
            customer=customer, owner=carol, falls_on=timezone.localdate(),
            rule="Idle", condition="order", since=date(2025, 1, 1),
        )  # fmt: skip
    own = sign_in(carol).get(reverse("activities:today")).content.decode()
    assert "2 customers are due for the pool on" in own
    assert "at most 1 a night" in own  # of two customers
    team = sign_in(bob).get(reverse("activities:today")).content.decode()
    assert "2 customers of the team are due for the pool on" in team
    assert reverse("holdings:tonight") in team
    assert reverse("holdings:tonight") not in own
