"""From an order to the task of a play, by a worker of its own: each step sets off the next."""

import os
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
import pytest
from api_client import Program
from django.conf import settings as site
from django.utils import timezone

from kefen_crm.activities.models import Task
from kefen_crm.grading.models import CustomerClass, Run
from kefen_crm.platform import rules
from kefen_crm.platform.database import database_url
from kefen_crm.platform.models import RuleDocument
from kefen_crm.playbooks.document import PLAYBOOK
from kefen_crm.rules.actions import publish, save

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 240
RULES = [
    {"name": "key", "scope": {"scheme": "abc", "classes": ["A"]}, "rising": {"title": "Welcome"}},
    {"name": "middle", "scope": {"scheme": "abc", "classes": ["B"]}, "rising": {"title": "Call"}},
]


@contextmanager
def worker():
    """The worker's process, and what hears of each job that is queued."""
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "KEFEN_DATA": str(site.KEFEN_DATA),
    }
    command = [sys.executable, "-m", "kefen_crm.process.worker"]
    with (
        psycopg.connect(database_url(), autocommit=True) as heard,
        subprocess.Popen(command, env=environment) as process,
    ):
        heard.execute("LISTEN procrastinate_any_queue_v1")
        try:
            yield heard
        finally:
            process.terminate()


def until(heard, wanted):
    """What `wanted` gives once it gives something; looked at whenever a job is queued."""
    while not (found := wanted()):
        if not list(heard.notifies(timeout=PATIENCE, stop_after=1)):
            raise AssertionError("nothing happens any more")
    return found


def planned(code):
    """The open task of a customer's play, with the class the customer has."""
    task = Task.objects.filter(customer__code=code, origin="play.rising", state="open").first()
    found = CustomerClass.objects.get(customer__code=code, scheme__name="abc")
    return task and (task.title, task.owner.username, found.class_key, bool(found.live))


def test_orders_become_classes_and_tasks_while_the_runs_they_set_off_wait(graded, alice, bob):
    save(alice, rules.kinds()[PLAYBOOK], {"rules": RULES})
    publish(alice, rules.kinds()[PLAYBOOK], "as agreed")
    RuleDocument.objects.update(at=datetime(2025, 1, 1, tzinfo=UTC))
    program = Program(bob)
    order = {"order_id": "O6", "customer_id": "C3", "ordered_on": "2025-12-01", "amount": "5000"}
    noted = {"kind": "orders", "customer": "C2"}
    with worker() as heard:
        told = program.post("/facts/orders", [order], 201)
        assert until(heard, lambda: planned("C3")) == ("Call", "carol", "B", True)
        values = {"ordered_on": "2025-12-01", "amount": "9000"}
        program.post("/noted", {**noted, "values": values}, 201)
        assert until(heard, lambda: planned("C2")) == ("Welcome", "dave", "A", True)
    waiting = Run.objects.filter(pk__in=told["runs"])
    assert {one.status for one in waiting} == {"queued"}
    assert all(one.due > timezone.now() for one in waiting)
    assert Task.objects.filter(origin__startswith="play.").count() == 2
