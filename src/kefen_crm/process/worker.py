"""The background worker: `python -m kefen_crm.process.worker`.

Runs the jobs of the queue until SIGTERM or SIGINT. Jobs whose worker was killed are taken up
again, at most `ATTEMPTS` times in all. One that has grown begins anew while it has nothing to do.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import django
import psutil
from procrastinate.psycopg_connector import PsycopgConnector

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from procrastinate import App
    from procrastinate.contrib.django.django_connector import DjangoConnector

ATTEMPTS = 3
LOOK_SECONDS = 0.5
"""So often the worker looks for jobs by itself: nothing says when a lock is free again."""
STALLED_SECONDS = 30.0
GRACE_SECONDS = 5.0
OWN_THREADS = 2
"""Threads beside those of the jobs: for what the worker itself looks up."""
NICENESS = 5
"""People who wait for a page go before work that nobody looks at: of a processor that both want,
the worker takes a quarter."""
REST_SECONDS = 600.0
REST_SHARE = 0.03
"""At most so much of a core takes one that only looks for jobs, and whether anything is due."""
MOST_BYTES = 250 << 20
"""A worker at rest keeps no more of its own: what jobs have loaded and left would stay for good."""
logger = logging.getLogger(__name__)


class WorkerConnector(PsycopgConnector):
    """Fetches and ends jobs on connections of its own, and queues by those of the site.

    So what a job queues is there with what the job wrote, and not before: whoever takes it up finds
    what it is about.
    """

    def __init__(self, site: DjangoConnector) -> None:
        # Only now, because it needs the settings.
        from procrastinate.contrib.django.utils import connector_params

        super().__init__(kwargs=connector_params(site.alias))
        self._site = site

    def get_sync_connector(self) -> DjangoConnector:
        """What `defer` uses in the threads of jobs: their transactions."""
        return self._site


def main() -> None:
    """Work until told to stop; a job that does not end in time is left to the next worker."""
    give_way()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kefen_crm.site.settings")
    django.setup()
    # Only now, because it needs the app registry.
    from django.db.backends.signals import connection_created
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    if has_own_database():
        connection_created.connect(give_way_in_database)
    if not isinstance(app.connector, DjangoConnector):
        raise TypeError(app.connector)
    try:
        with app.replace_connector(WorkerConnector(app.connector)):
            grown = asyncio.run(work(app))
    except Exception as error:  # told as every error is, not as a bare traceback
        logger.error("The worker ended", exc_info=error)  # noqa: TRY400
        sys.exit(1)
    if grown:  # the same process to whoever watches it, with nothing left of the jobs
        logger.info("The worker had grown at rest and begins anew")
        os.execv(sys.executable, [sys.executable, "-m", "kefen_crm.process.worker"])  # noqa: S606


def give_way() -> None:
    """Let other processes go before this one, and before each thread that it is to begin."""
    with suppress(AttributeError):  # Windows has no such call
        os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))


def has_own_database() -> bool:
    """Whether this is the one worker of Kefen's own PostgreSQL, on this machine."""
    return os.environ.get("KEFEN_SUPERVISED") == "alone"


def give_way_in_database(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Let the database's other processes go before the one that serves this connection."""
    with suppress(AttributeError, OSError):  # Windows; a process that may not be touched
        os.setpriority(os.PRIO_PROCESS, connection.connection.info.backend_pid, NICENESS)


async def work(app: App) -> bool:
    """Take up what a killed worker left, then run jobs until a signal says stop.

    Returns:
        Whether it was none, and the process has grown and is to begin anew.
    """
    async with app.open_async():
        # Of its one worker, whoever was there is gone.
        await take_up(app, 0 if has_own_database() else STALLED_SECONDS)
        rescue = asyncio.create_task(keep_taking_up(app))
        worker = asyncio.create_task(run(app))
        loop, told = asyncio.get_running_loop(), asyncio.Event()

        def end() -> None:
            told.set()
            stop(worker)

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, end)
        size = asyncio.create_task(keep_small(app, worker))
        try:
            await worker
        except asyncio.CancelledError:
            pass
        finally:
            rescue.cancel()
            size.cancel()
        # Told while it was about to begin anew, it ends all the same.
        grown = size.done() and not size.cancelled() and size.result() is None
        return grown and not told.is_set()


async def run(app: App) -> None:
    """Run the jobs of every queue; none waits for those of another."""
    # Only now, because it needs the app registry.
    from kefen_crm.platform.queue import PLACES

    # By itself asyncio has four threads and one for each processor: too few for all places.
    threads = ThreadPoolExecutor(sum(PLACES.values()) + OWN_THREADS, "kefen-job")
    asyncio.get_running_loop().set_default_executor(threads)
    async with asyncio.TaskGroup() as all_queues:
        for queue, places in PLACES.items():
            all_queues.create_task(jobs(app, queue, places))


async def jobs(app: App, queue: str, places: int) -> None:
    """Run the jobs of one queue, so many at once."""
    await app.run_worker_async(
        queues=[queue],
        concurrency=places,
        fetch_job_polling_interval=LOOK_SECONDS,
        shutdown_graceful_timeout=GRACE_SECONDS,
        install_signal_handlers=False,
    )


async def keep_small(app: App, worker: asyncio.Task[None]) -> None:
    """Stop a worker once it has grown and had nothing to do for a while."""
    # Only now, because it needs the app registry.
    from procrastinate.exceptions import ConnectorException
    from procrastinate.jobs import Status

    used = time.process_time()
    while True:
        await asyncio.sleep(REST_SECONDS)
        before, used = used, time.process_time()
        if used - before > REST_SHARE * REST_SECONDS or own_bytes() <= MOST_BYTES:
            continue
        try:
            at_work = list(await app.job_manager.list_jobs_async(status=Status.DOING.value))
        except ConnectorException:  # the database is away; there is a next time
            continue
        if not at_work:
            stop(worker)
            return


def own_bytes() -> int:
    """The memory that this process shares with no other."""
    return int(psutil.Process().memory_full_info().uss)


def stop(worker: asyncio.Task[None]) -> None:
    """Ask the worker to stop; end the process when a job in a thread does not let it."""
    worker.cancel()
    deadline = threading.Timer(GRACE_SECONDS + 1, os._exit, [0])
    deadline.daemon = True
    deadline.start()


async def keep_taking_up(app: App) -> None:
    """Look for jobs of killed workers every now and then."""
    while True:
        await asyncio.sleep(STALLED_SECONDS)
        await take_up(app, STALLED_SECONDS)


async def take_up(app: App, seconds: float) -> None:
    """Queue again the running jobs whose worker has not been heard of for `seconds`.

    A job whose like waits already, under the same queueing lock, ends: that one does its work.
    """
    # Only now, because it needs the app registry.
    from procrastinate.exceptions import UniqueViolation
    from procrastinate.jobs import Status

    manager = app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=seconds):
        if job.attempts < ATTEMPTS:
            try:
                await manager.retry_job(job)
            except UniqueViolation:
                await manager.finish_job(job, Status.ABORTED, delete_job=False)
        else:
            await manager.finish_job(job, Status.FAILED, delete_job=False)


if __name__ == "__main__":
    main()
