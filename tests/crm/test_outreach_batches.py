"""Messages of many at once: decided as one by one, and each once however often a job is killed."""

import random
import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from kefen_crm.campaigns import running
from kefen_crm.campaigns.models import Campaign, Member, Touch
from kefen_crm.contacts.models import Contact, Reach
from kefen_crm.customers.models import Customer
from kefen_crm.holdout import actions as holdout
from kefen_crm.outreach import actions, reaching
from kefen_crm.outreach.models import Message, Suppression, Template, TemplateVersion
from kefen_crm.outreach.queueing import queue
from kefen_crm.outreach.reaching import Why
from kefen_crm.tickets.actions import open_ticket

NOON = datetime(2025, 7, 1, 4, tzinfo=UTC)
EMAILS = ("a@x.example", "b@x.example", "C@x.example", "not an address", "")
PHONES = ("138 0013 8000", "+8613800138000", "021-68881234", "?", "")


@pytest.fixture
def now(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)


def some(owner, count, chance):
    """Customers with whatever there may be to decide, several of one address among them."""
    made = Customer.objects.bulk_create(
        Customer(
            code=f"N{n:03d}",
            name=chance.choice([f"N{n}", "\\N"]),
            owner=chance.choice([owner, None]),
            in_facts=True,
            origin="facts",
            archived=chance.random() < 0.2,
            email=chance.choice(EMAILS),
            phone=chance.choice(PHONES),
            city=chance.choice(["", "Wuxi", "Wuxi"]),
            attributes=chance.choice([{}, {"consent": "yes"}, {"consent": "no"}]),
        )
        for n in range(count)
    )
    for one in chance.sample(made, count // 3):
        person = Contact.objects.create(customer=one, name="Li", primary=True, by=owner)
        value, consent = chance.choice(EMAILS[:3]), chance.choice(["yes", "no", "unknown"])
        Reach.objects.create(
            contact=person, kind="email", value=value, normal=value.lower(), consent=consent,
            valid=chance.random() < 0.9,
        )  # fmt: skip
    for one in chance.sample(made, count // 4):
        values = {"kind": "complaint", "title": "Broken", "text": "Again"}
        open_ticket(
            owner, Customer.objects.get(pk=one.pk), values
        ) if one.owner and not one.archived else None
    return [one.pk for one in made]


def decided(template, keys, together):
    """What came of customers, and what they got, written all `together` or each alone."""
    made, refused = {}, {}
    parts = [list(keys)] if together else [[pk] for pk in keys]
    for part in parts:
        new, others = queue(template, part, keys, NOON)
        made, refused = made | new, refused | others
    rows = Message.objects.filter(pk__in=made.values()).order_by("customer")
    told = rows.values_list(
        *("customer", "key", "contact", "to", "address", "subject", "body", "values", "state"),
        *("due", "until", "moved_at", "created", "by", "version", "channel", "why"),
    )
    return list(told), {pk: str(why) for pk, why in refused.items()}


@pytest.mark.parametrize("channel", ["email", "sms", "hand"])
def test_many_at_once_are_decided_as_each_alone(graded, bob, carol, now, channel, monkeypatch):
    chance, seen = random.Random(channel), Counter()
    subject = {"subject_zh": "{customer}"} if channel == "email" else {}
    words = {"channel": channel, "body_zh": "{contact|您好} {customer} {city}"} | subject
    marketing = actions.save_template(bob, None, words | {"name": "M"})
    service = actions.save_template(bob, None, words | {"name": "S", "purpose": "service"})
    keys = {pk: f"k/{pk}" for pk in some(carol, 48, chance)}
    holdout.set_policy(bob, 20)
    holdout.draw()
    Suppression.objects.create(channel=channel, normal="b@x.example")
    for round_ in range(4):
        actions.set_policy(
            bob, {"per_week": (1, 1, 0, 2)[round_], "needs_consent": round_ % 2 == 0}
        )
        template = service if round_ == 3 else marketing
        monkeypatch.setattr(reaching, "AT_ONCE", chance.choice([7, 5_000]))
        answers = []
        for together in (False, True):
            with transaction.atomic():
                answers.append(decided(template, keys, together))
                transaction.set_rollback(True)
        assert answers[0] == answers[1]
        rows, refused = answers[1]
        # Some get it now: whom the next rounds find capped, and written to already.
        # Drawn among those who may, since the holdout is another one each time.
        able = [row[0] for row in rows]
        queue(template, chance.sample(able, min(5, len(able))), keys, NOON)
        assert not set(refused) & {row[0] for row in rows}
        assert len(refused) + len(rows) == len(keys)
        # The preview counts as many as would get it, but for what only the text and the key decide.
        counts = reaching.reached(list(keys), channel, template.purpose, NOON).refused
        assert {pk for pk, why in refused.items() if why == Why.HOLDOUT} == {
            pk for pk, why in counts.items() if why == Why.HOLDOUT
        }
        seen.update(["made"] * len(rows), **Counter(refused.values()))
    always = {"made", "gone", "holdout", "cap", "empty-field"}
    assert always | (
        {"no-address", "no-consent", "refused"} if channel != "hand" else set()
    ) <= set(seen)
    assert len(seen) >= (9 if channel == "email" else 7)


def campaign_of(bob, carol, count):
    """A running campaign of one message and one task with so many treated customers."""
    template = Template.objects.create(name="T", channel="hand")
    TemplateVersion.objects.create(template=template, number=1, body_zh="x", by=bob)
    steps = [
        {"day": 0, "kind": "message", "template": template.pk},
        {"day": 0, "kind": "task", "task": "call", "title": ""},
    ]
    made = Campaign.objects.create(
        name="C", steps=steps, by=bob, state="running", started_on=NOON.date()
    )
    people = Customer.objects.bulk_create(
        Customer(code=f"K{n}", name=f"K{n}", owner=carol, in_facts=True) for n in range(count)
    )
    Member.objects.bulk_create(
        Member(campaign=made, customer=one, treated=n % 10 != 0, stratum="-")
        for n, one in enumerate(people)
    )
    return made


class Killed(BaseException):
    """The program ends here, as if by the kernel."""


KILLS = 500
PROGRAM = """
import os, signal, sys
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from django.db import connection
from kefen_crm.campaigns import running
running.AT_ONCE, left = 3, int(sys.argv[3])
def end(execute, *given):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(*given)
with connection.execute_wrapper(end):
    running.go_on(int(sys.argv[2]))
"""


@pytest.mark.django_db(transaction=True)
def test_each_gets_one_message_and_one_task_over_500_kills(graded, bob, carol, monkeypatch):
    """A job that ends before any of its statements, 500 times; then real processes that do."""
    monkeypatch.setattr(running, "AT_ONCE", 3)
    actions.set_policy(bob, {"per_week": 0})
    chance, kills, campaigns = random.Random(13), 0, []
    while kills < KILLS:
        campaigns.append(campaign_of(bob, carol, 30) if not campaigns else again(campaigns[0]))
        while True:
            left = chance.randrange(1, 60)

            def die(execute, *given):
                nonlocal left
                left -= 1
                if not left:
                    raise Killed
                return execute(*given)

            try:
                with connection.execute_wrapper(die):
                    running.go_on(campaigns[-1].pk)
                break
            except Killed:
                kills += 1
    real = again(campaigns[0])
    campaigns.append(real)
    for at in (60, 90):
        name = connection.settings_dict["NAME"]
        command = [sys.executable, "-c", PROGRAM, name, str(real.pk), str(at)]
        assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert 0 < Touch.objects.filter(member__campaign=real).count() < 54
    for one in campaigns:
        running.go_on(one.pk)
        assert running.go_on(one.pk) == 0
        treated = set(one.members.filter(treated=True).values_list("customer", flat=True))
        sent = Message.objects.filter(key__startswith=f"campaign/{one.pk}/")
        assert sorted(sent.values_list("customer", flat=True)) == sorted(treated)
        touches = Touch.objects.filter(member__campaign=one)
        assert touches.count() == 2 * len(treated)
        assert set(touches.filter(step=0).values_list("message", flat=True)) == set(
            sent.values_list("pk", flat=True)
        )
        assert touches.filter(step=1, task__origin=f"campaign/{one.pk}").count() == len(treated)


def again(campaign):
    """The same campaign with the same customers once more."""
    made = Campaign.objects.create(
        name="C", steps=campaign.steps, by=campaign.by, state="running",
        started_on=campaign.started_on,
    )  # fmt: skip
    members = list(campaign.members.order_by("pk"))
    Member.objects.bulk_create(
        Member(campaign=made, customer_id=one.customer_id, treated=one.treated, stratum="-")
        for one in members
    )
    return made


def test_a_campaign_from_before_its_progress_was_kept_goes_on(graded, bob, carol, now):
    made = campaign_of(bob, carol, 20)
    done = made.members.filter(treated=True).order_by("pk")[:4]
    for one in done:
        Touch.objects.create(member=one, step=0, at=NOON - timedelta(days=1))
    assert running.go_on(made.pk) == 36
    assert Touch.objects.filter(member__campaign=made, step=0).count() == 18
    assert Message.objects.filter(key__startswith=f"campaign/{made.pk}/").count() == 14
