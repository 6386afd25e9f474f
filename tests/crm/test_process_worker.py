"""Jobs of a killed worker are taken up again, but not for ever."""

from __future__ import annotations

import asyncio

import pytest
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from kefen_crm.process.worker import ATTEMPTS, take_up

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


def take_up_now():
    async def work():
        async with app.open_async():
            await take_up(app, 0)

    with app.replace_connector(app.connector.get_worker_connector()):
        asyncio.run(work())


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
