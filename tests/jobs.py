"""Does queued background jobs here and now, as the worker would."""

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob


def queued(room):
    """The queued jobs of a room, oldest first."""
    jobs = ProcrastinateJob.objects.filter(status="todo", task_name__startswith=f"{room}.")
    return list(jobs.order_by("id"))


def work_off(room):
    """Do every queued job of a room; gives how many there were."""
    jobs = queued(room)
    for job in jobs:
        app.tasks[job.task_name](**job.args)
        end(job, "succeeded")
    return len(jobs)


def begin(room):
    """Have the queued jobs of a room be at work, without doing them."""
    for job in queued(room):
        end(job, "doing")


def lose(room):
    """Have the queue give up on the queued jobs of a room, as if they kept killing the worker."""
    for job in queued(room):
        end(job, "failed")


def end(job, status):
    with connection.cursor() as cursor:  # the models are read-only
        cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, job.pk])
