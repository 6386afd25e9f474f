"""Messages of plays: by a template with the task that a move plans, if outreach lets them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from django.utils import timezone

from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen_crm.activities.models import Task
    from kefen_crm.playbooks.document import Play, Playbook


def write(tasks: Sequence[Task], playbooks: Mapping[str, Playbook]) -> None:
    """Write to the customers of plays that say so; each task keeps the key, or why not."""
    now = timezone.now()
    wanted: dict[tuple[str, str, str], list[Task]] = defaultdict(list)
    for one in tasks:
        play: Play = getattr(playbooks[(one.told or {})["rule"]], one.origin.partition(".")[2])
        if play.template:
            wanted[play.template, play.language, one.origin].append(one)
    for (template, language, origin), some in wanted.items():
        keys = {one.customer_id: f"{origin}/{one.occurrence}/{one.customer_id}" for one in some}
        refused: dict[int, str] = {}
        for writer in declared("writers"):
            refused |= writer.write(template, language, keys, now)
        for one in some:
            why = refused.get(one.customer_id, "")
            told = {"why": why} if why else {"key": keys[one.customer_id]}
            one.told = (one.told or {}) | {"message": told}


def stop(tasks: Sequence[Task]) -> None:
    """Have the messages of tasks that were called off not be sent, where they wait."""
    told = ((one.told or {}).get("message") or {} for one in tasks)
    keys = [key for one in told if (key := one.get("key"))]
    if keys:
        for writer in declared("writers"):
            writer.stop(keys)
