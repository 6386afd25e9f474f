"""Outreach at size: a campaign's audience counted, drawn and queued, and the holdout of a year.

    python -m benchmarks.outreach FOLDER [--customers 1000000] [--messages 100000]

In the company of `benchmarks.site` in FOLDER. What is written is taken back. The count is the best
of some turns, in milliseconds on the clock and of the processor; the rest is told once, in seconds
of the clock and of the processor, of this process and of its part of the database's server.
"""

from __future__ import annotations

import argparse
import logging
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.site_company import MANAGER, site
from benchmarks.work import processor_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

TURNS = 5
AUDIENCES = ("", "class=abc:A", "class=abc:C", "class=abc:C&region=华东", "q=贸易")
COUNT, DRAW, QUEUE = 200, 60, 30
"""Goals: milliseconds to count, seconds to draw a million, seconds to queue 100,000 messages."""


@contextmanager
def told(title: str, goal: float) -> Iterator[None]:
    """Tell what something took."""
    worked, began = processor_seconds(), time.perf_counter()
    yield
    wall = time.perf_counter() - began
    took = processor_seconds() - worked
    print(
        f"{title:44} goal {goal:5.0f} s | processor {took:6.1f} s, clock {wall:6.1f} s", flush=True
    )


def counts(user: Any) -> None:
    """How long audiences take to count, exactly."""
    from django.core.cache import caches

    from kefen_crm.campaigns.audience import count
    from kefen_crm.campaigns.models import Campaign

    for query in AUDIENCES:
        clock, processor = [], []
        for _turn in range(TURNS):
            caches["figures"].clear()
            began, worked = time.perf_counter(), processor_seconds()
            found = count(user, Campaign(query=query))
            clock.append(1000 * (time.perf_counter() - began))
            processor.append(1000 * (processor_seconds() - worked))
        print(
            f"{'count: ' + (query or 'everybody'):44} goal {COUNT:4d} ms | "
            f"processor {min(processor):6.0f} ms, clock {min(clock):6.0f} ms | {found[0]:,}",
            flush=True,
        )


def campaign(user: Any, messages: int) -> None:
    """How long the draw of everybody takes, and messages to some of them."""
    from django.db import connection, transaction
    from django.db.models import Count

    from kefen_crm.campaigns import actions, running
    from kefen_crm.campaigns.models import Campaign, Touch
    from kefen_crm.holdout.actions import draw
    from kefen_crm.outreach.actions import save_template, set_policy
    from kefen_crm.outreach.models import Message

    with transaction.atomic():
        with told("holdout of a year drawn", DRAW):
            year = draw()
        print(year.counts if year else "nobody")
        set_policy(user, {"needs_consent": False})
        for channel in ("hand", "sms"):
            words = {"name": channel, "channel": channel, "body_zh": "{contact|您好}：{class}"}
            template = save_template(user, None, words)
            step = {"day": 0, "kind": "message", "template": template.pk}
            made = actions.save(user, None, {"name": channel, "steps": [step]})
            with told(f"everybody drawn for a campaign by {channel}", DRAW):
                made = actions.freeze(user, made)
                _check(connection)
            print(made.counts)
            Campaign.objects.filter(pk=made.pk).update(state="running", started_on="2026-01-01")
            before = Message.objects.count()
            with told(f"{messages:,} messages by {channel} queued", QUEUE):
                while Message.objects.count() - before < messages:
                    asked = running._some(made.pk, 0)  # noqa: SLF001  # a step of the job
                    _check(connection)
                    if not asked:
                        break
            refused = Touch.objects.filter(member__campaign=made).values_list("why")
            print(dict(refused.annotate(count=Count("pk"))))
        transaction.set_rollback(True)


def _check(connection: Any) -> None:
    """Have the database check foreign keys now, as it does at the end of each transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--messages", type=int, default=100_000)
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    with site(asked.folder, asked.customers):
        from kefen_crm.team.models import User

        user = User.objects.get(username=MANAGER)
        counts(user)
        campaign(user, asked.messages)


if __name__ == "__main__":
    main()
