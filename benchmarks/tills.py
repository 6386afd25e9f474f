"""Tills that are killed in the middle, ten tills at one member, and a million members.

    python -m benchmarks.tills [--kills 500] [--rounds 50] [--members 0]

In a site of its own. A till is a process that earns, spends or takes back and is killed at one of
its statements, or after its change and before its answer; then it sends the same key again. Ten
tills earn, spend and take back at one member at once, some changes under keys that all ten send.
It ends with 1 unless every point is there once, none is lost, doubled or below 0. With --members
so many members with three lots each are made, and balance, spending and the night are timed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from typing import TYPE_CHECKING, Any

from benchmarks.embedded_site import site_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.synchronize import Barrier

TILLS = 10
STATEMENTS = 34
"""More than a change takes: beyond the last the till is killed before it answers."""
EARNED, SPENT = 15, 25
SHARED = 3
"""Every so many changes of a till are sent by all of them, under one key."""


def owed_to(member: Any) -> int:
    """Points less those owed, having seen that every figure is the sum of its parts."""
    from django.db.models import Sum

    member.refresh_from_db()
    changes = member.operations.aggregate(points=Sum("points"), debt=Sum("debt"))
    left = 0
    for lot in member.lots.all():
        moved = lot.moves.aggregate(sum=Sum("delta"))["sum"]
        assert 0 <= lot.left == moved <= lot.points, f"lot {lot.pk}: {lot.left}, moved {moved}"
        left += lot.left
    assert member.points == left == (changes["points"] or 0), (member.points, left, changes)
    assert member.debt == (changes["debt"] or 0), (member.debt, changes)
    return int(member.points - member.debt)


def in_child(work: Callable[[], object]) -> tuple[int, bool]:
    """Do something in a process of its own; gives its exit code and whether it was killed."""
    from django.db import connections

    connections.close_all()
    child = os.fork()
    if not child:
        try:
            work()
        except BaseException:  # whatever it is, this process ends here
            os._exit(1)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return os.waitstatus_to_exitcode(status), killed


def kill(times: int, by: Any, customer: Any, seed: int = 1) -> tuple[int, int, int]:
    """Kill a till so many times; gives how often, after how many changes, and the points."""
    from django.db import connection

    from kefen_crm.loyalty import actions
    from kefen_crm.loyalty.models import Operation

    chance = random.Random(seed)  # the same kills each time
    member = actions.join(by, customer)
    expected, kills, changes = owed_to(member), 0, 0
    while kills < times:
        changes += 1
        key, points = f"till-{seed}-{changes}", chance.randrange(1, 30)
        verb = chance.choice(("earn", "earn", "spend", "reverse"))
        done = Operation.objects.filter(member=member, kind__in=("earned", "spent"), points__gt=-99)
        target = done[chance.randrange(count)] if (count := done.count()) else None
        if verb == "spend" and points > max(0, expected):
            verb = "earn"
        if verb == "reverse" and (target is None or not _reversible(target)):
            verb = "earn"

        def change(verb: str = verb, points: int = points, target: Any = target,
                   key: str = key) -> Any:  # fmt: skip
            if verb == "earn":
                return actions.earn(by, customer, points=points, order=key, key=key)
            if verb == "spend":
                return actions.spend(by, customer, points, key=key)
            return actions.reverse(by, target, key=key)

        killed_at = chance.randrange(1, STATEMENTS)
        statement = iter(range(1, 10_000))

        def die(execute: Any, *given: Any, at: int = killed_at, count: Any = statement) -> Any:
            if next(count) == at:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(*given)

        def work(change: Any = change, die: Any = die) -> None:
            with connection.execute_wrapper(die):
                change()
            os.kill(os.getpid(), signal.SIGKILL)

        code, killed = in_child(work)
        assert killed, f"the till ended with {code}"
        kills += 1
        operation = change()
        assert operation.pk == change().pk
        expected += operation.points - operation.debt
        assert Operation.objects.filter(key__endswith=f"/{key}").count() == 1
        found = owed_to(member)
        assert found == expected, f"{verb} {key}: {found} points, not {expected}"
    return kills, changes, expected


def _reversible(operation: Any) -> bool:
    from kefen_crm.loyalty import accounting

    if operation.kind == "spent":
        return bool(-operation.points > accounting.restored(operation))
    return bool(operation.award and operation.award.gross > operation.award.back_till)


def _at_till(number: int, rounds: int, by: Any, customer: Any, start: Barrier, told: Any) -> None:
    from django.core.exceptions import ValidationError
    from django.db import connections

    from kefen_crm.loyalty import actions

    connections.close_all()
    chance, own, refused = random.Random(number), 0, 0
    start.wait()
    for one in range(rounds):
        if one % SHARED == 0:
            actions.earn(by, customer, points=EARNED, key=f"shared-{one}")
            continue
        try:
            if chance.random() < 0.4:
                own += actions.earn(by, customer, points=EARNED, key=f"{number}-{one}").points
                continue
            spent = actions.spend(by, customer, SPENT, key=f"{number}-{one}")
            own += spent.points
            if chance.random() < 0.5:
                own += actions.reverse(by, spent, key=f"{number}-{one}").points
        except ValidationError:
            refused += 1
    told.put((own, refused))


def race(rounds: int, by: Any, customer: Any) -> tuple[int, int, float]:
    """Have ten tills at one member; gives its points, how often one was refused, and seconds."""
    from django.db import connections

    from kefen_crm.loyalty import actions

    member = actions.join(by, customer)
    before = owed_to(member)
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    start, told = fork.Barrier(TILLS), fork.Queue()
    tills = [
        fork.Process(target=_at_till, args=(one, rounds, by, customer, start, told))
        for one in range(TILLS)
    ]
    begun = time.perf_counter()
    for one in tills:
        one.start()
    answers = [told.get(timeout=300) for _each in tills]
    for one in tills:
        one.join()
    took = time.perf_counter() - begun
    shared = EARNED * len(range(0, rounds, SHARED))
    expected = before + shared + sum(own for own, _refused in answers)
    found = owed_to(member)
    assert found == expected, f"{found} points, not {expected}"
    return found, sum(refused for _own, refused in answers), took


MANY = """
    INSERT INTO customers_customer (code, name, initials, pinyin, search, phone, email, contact,
        address, region, province, city, industry, size, customer_type, source_channel, status,
        note, owner_name, attributes, created, updated)
    SELECT 'M' || n, 'Member ' || n, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '',
        '', '{}', now(), now()
    FROM generate_series(1, %(n)s) n;
    INSERT INTO loyalty_member (customer_id, joined, points, debt, recent, tier, version)
    SELECT id, current_date, 300, 0, 0, '', 1 FROM customers_customer WHERE code LIKE 'M%%';
    INSERT INTO loyalty_award (member_id, document, "on", rate, amount, back_till, back_ledger,
        gross_till, points, version)
    SELECT id, 'till:many' || id, current_date - 30, 0, 0, 0, 0, 300, 300, 1 FROM loyalty_member
    WHERE points = 300;
    INSERT INTO loyalty_lot (member_id, award_id, source, points, earned, expires, "left")
    SELECT member_id, id, document || '/' || k, 100, current_date - 30 * k,
        current_date - 1 + 30 * k, 100
    FROM loyalty_award, generate_series(0, 2) k WHERE document LIKE 'till:many%%';
    INSERT INTO loyalty_operation (member_id, award_id, kind, points, debt, "order", reason, at)
    SELECT member_id, id, 'earned', 300, 0, '', '', now() FROM loyalty_award
    WHERE document LIKE 'till:many%%';
    INSERT INTO loyalty_move (operation_id, lot_id, delta, key)
    SELECT o.id, l.id, 100, 'give/' || l.source
    FROM loyalty_operation o JOIN loyalty_lot l USING (award_id) WHERE l.source LIKE 'till:many%%';
"""


def many(members: int, by: Any) -> None:
    """Time balance, spending, the night and the page of the programme at so many members."""
    from django.db import connection
    from django.utils import timezone

    from kefen_crm.customers.models import Customer
    from kefen_crm.loyalty import actions, expiry, queries, tiers
    from kefen_crm.loyalty.models import Member
    from kefen_crm.loyalty.programme import points_rules

    at = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(MANY, {"n": members})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"{members} members made in {time.perf_counter() - at:.0f} s")
    codes = [f"M{random.Random(n).randrange(1, members + 1)}" for n in range(200)]
    day = actions.today()
    balance, spending = [], []
    for number, code in enumerate(codes):
        customer = Customer.objects.get(code=code)
        at = time.perf_counter()
        queries.balance(Member.objects.get(customer=customer), actions.rule_of(customer), day)
        balance.append(time.perf_counter() - at)
        at = time.perf_counter()
        actions.spend(by, customer, 1, key=f"many-{number}")
        spending.append(time.perf_counter() - at)
    for name, took in (("balance", balance), ("spend", spending)):
        middle, most = statistics.median(took), sorted(took)[int(0.95 * len(took))]
        print(f"{name}: median {1000 * middle:.1f} ms, 95 of 100 within {1000 * most:.1f} ms")
    at = time.perf_counter()
    owed = queries.liability(Member.objects.all(), points_rules())
    print(
        f"liability of {sum(one.points for one in owed)} points: {time.perf_counter() - at:.1f} s"
    )
    at = time.perf_counter()
    expired = expiry.expire(day, timezone.now())
    print(f"expired {expired[1]} points of {expired[0]} members: {time.perf_counter() - at:.1f} s")
    assert expiry.expire(day, timezone.now()) == (0, 0)
    at = time.perf_counter()
    changed = tiers.refresh(day)
    print(f"tiers: {changed} changed, {time.perf_counter() - at:.1f} s")


def prove(options: argparse.Namespace) -> None:
    """Do all of it."""
    from kefen_crm.customers.models import Customer
    from kefen_crm.loyalty.programme import POINTS
    from kefen_crm.platform.models import RuleDocument
    from kefen_crm.team.actions import create_user
    from kefen_crm.team.roles import Role

    password = os.urandom(16).hex()
    by = create_user(None, username="till", password=password, email="till@example.com",
                     name="till", role=Role.MANAGER)  # fmt: skip
    rule = {"name": "All", "since": "2099-01-01", "months": 0}
    RuleDocument.objects.create(
        kind=POINTS, version=1, document={"rules": [rule]}, by=by,
        state=RuleDocument.State.PUBLISHED,
    )  # fmt: skip
    one, other = (Customer.objects.create(code=f"K{n}", name=f"Customer {n}") for n in range(2))
    if options.kills:
        at = time.perf_counter()
        kills, changes, points = kill(options.kills, by, one)
        took = time.perf_counter() - at
        print(f"{kills} kills in {changes} changes, {took:.0f} s: {points} points, as expected")
    if options.rounds:
        points, refused, took = race(options.rounds, by, other)
        print(f"{TILLS} tills × {options.rounds} rounds, {took:.1f} s: {points} points, as "
              f"expected; {refused} refused for want of points")  # fmt: skip
    if options.members:
        many(options.members, by)


def main() -> None:
    """Prove it in a site of its own, which goes afterwards."""
    read = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    read.add_argument("--kills", type=int, default=500)
    read.add_argument("--rounds", type=int, default=50)
    read.add_argument("--members", type=int, default=0)
    options = read.parse_args()
    with tempfile.TemporaryDirectory() as folder, site_in(folder, keep=False):
        from django.core.management import call_command

        call_command("prepare", verbosity=0)
        prove(options)
    sys.exit(0)


if __name__ == "__main__":
    main()
