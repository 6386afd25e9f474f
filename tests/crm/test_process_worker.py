"""Jobs of a killed worker are taken up again, but not for ever."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import ConnectorException

from kefen_crm.platform.database import database_url
from kefen_crm.platform.queue import ASIDE, PLACES
from kefen_crm.process import worker
from kefen_crm.process.worker import ATTEMPTS, WorkerConnector, take_up

pytestmark = pytest.mark.django_db(transaction=True)


TASK = {"name": "kefen.test", "queue": "tests", "allow_unknown": True}


def leave_behind(attempts, **task):
    """A job that a worker which is gone has begun."""
    number = app.configure_task(**TASK, **task).defer()
    with connection.cursor() as cursor:  # the models are read-only
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', attempts = %s WHERE id = %s",
            [attempts, number],
        )
    return number


def in_worker(work):
    async def worked():
        async with app.open_async():
            await work()

    with app.replace_connector(WorkerConnector(app.connector)):
        asyncio.run(worked())


def take_up_now():
    in_worker(lambda: take_up(app, 0))


def status(number):
    return ProcrastinateJob.objects.values_list("status", flat=True).get(id=number)


def test_a_job_left_by_a_killed_worker_is_queued_again():
    number = leave_behind(attempts=1)
    take_up_now()
    assert status(number) == "todo"


def test_a_job_that_keeps_killing_its_worker_fails():
    number = leave_behind(attempts=ATTEMPTS)
    take_up_now()
    assert status(number) == "failed"


def test_a_killed_job_gives_way_to_its_like_that_waits_already():
    killed = leave_behind(attempts=1, queueing_lock="land")
    waiting = app.configure_task(**TASK, queueing_lock="land").defer()
    other = leave_behind(attempts=1)
    take_up_now()
    assert [status(number) for number in (killed, waiting, other)] == ["aborted", "todo", "todo"]


def seen_by_others(lock):
    with psycopg.connect(database_url()) as other:
        query = "SELECT count(*) FROM procrastinate_jobs WHERE lock = %s"
        return other.execute(query, [lock]).fetchone()[0]


@pytest.mark.parametrize(("fails", "left"), [(False, 1), (True, 0)])
def test_what_a_job_queues_is_there_when_what_it_wrote_is(fails, left):
    lock = f"fails: {fails}"

    def job():
        try:
            with suppress(ZeroDivisionError), transaction.atomic():
                app.configure_task(**TASK, lock=lock).defer()
                assert seen_by_others(lock) == 0
                if fails:
                    raise ZeroDivisionError
        finally:
            connection.close()  # that of the job's thread

    in_worker(sync_to_async(job, thread_sensitive=False))
    assert seen_by_others(lock) == left


@pytest.mark.parametrize(
    ("most", "busy", "anew"), [(0, False, True), (0, True, False), (1 << 40, False, False)]
)
def test_one_that_has_grown_begins_anew_while_it_has_nothing_to_do(monkeypatch, most, busy, anew):
    """It ends by itself where it is large and no job is at work, else when it is told to."""
    monkeypatch.setattr(worker, "REST_SECONDS", 0.05)
    monkeypatch.setattr(worker, "REST_SHARE", 1000)
    monkeypatch.setattr(worker, "MOST_BYTES", most)
    monkeypatch.setattr(worker, "stop", lambda task: task.cancel())  # it would end the tests
    monkeypatch.setattr(worker, "run", lambda _app: asyncio.sleep(60 if anew else 0.3))
    monkeypatch.setattr(worker, "take_up", lambda *_: asyncio.sleep(0))
    if busy:
        leave_behind(attempts=1)
    assert asyncio.run(worker.work(app)) is anew


def test_one_told_to_stop_while_it_is_about_to_begin_anew_ends(monkeypatch):
    async def ends_slowly(_app):
        try:
            await asyncio.sleep(60)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(60)  # the signal ends this

    monkeypatch.setattr(worker, "REST_SECONDS", 0.05)
    monkeypatch.setattr(worker, "REST_SHARE", 1000)
    monkeypatch.setattr(worker, "MOST_BYTES", 0)
    monkeypatch.setattr(worker, "stop", lambda task: task.cancel())  # it would end the tests
    monkeypatch.setattr(worker, "run", ends_slowly)
    assert asyncio.run(worker.work(app)) is False


def test_one_that_cannot_ask_what_is_at_work_goes_on_until_it_is_told_to_stop(monkeypatch):
    """As while the database starts again: it is no reason to begin anew, then or at the end."""
    asked = []

    async def away(**_):
        asked.append(True)
        raise ConnectorException

    monkeypatch.setattr(worker, "REST_SECONDS", 0.05)
    monkeypatch.setattr(worker, "REST_SHARE", 1000)
    monkeypatch.setattr(worker, "MOST_BYTES", 0)
    monkeypatch.setattr(worker, "run", lambda _app: asyncio.sleep(0.3))
    monkeypatch.setattr(app.job_manager, "list_jobs_async", away)
    assert asyncio.run(worker.work(app)) is False
    assert len(asked) > 1


def test_no_job_waits_for_those_of_another_queue(monkeypatch):
    """All places are taken at once, whatever waits for them before."""
    met = []
    every = sorted(queue for queue, places in PLACES.items() for _place in range(places))
    together = Barrier(len(every))

    def meet(queue):
        with suppress(BrokenBarrierError):
            together.wait(10)
            met.append(queue)

    monkeypatch.setattr(app.periodic_registry, "periodic_tasks", {})
    monkeypatch.setattr(app, "tasks", dict(app.tasks))
    with connection.cursor() as cursor:  # jobs that other tests left, which outlast their tables
        cursor.execute("DELETE FROM procrastinate_jobs")
    app.task(name=TASK["name"])(meet)
    for queue in sorted([*every, *PLACES]):  # one more of each than it has places
        app.configure_task(TASK["name"], queue=queue).defer(queue=queue)

    async def until_all_met():
        work = asyncio.create_task(worker.run(app))
        while len(met) < together.parties and not together.broken:
            await asyncio.sleep(0.02)
        together.abort()  # the jobs that found no place yet
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work

    in_worker(until_all_met)
    assert sorted(met) == every
    assert {app.tasks[one].queue for one in ("duplicates.find", "operations.keep_time")} == {ASIDE}


def test_what_it_has_the_database_do_gives_way_to_pages():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        process = cursor.fetchone()[0]
    worker.give_way_in_database(connection)
    assert os.getpriority(os.PRIO_PROCESS, process) == worker.NICENESS
    connection.close()  # nobody may have the old priority again
