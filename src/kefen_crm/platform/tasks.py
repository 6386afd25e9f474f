"""The worker's clock."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from kefen_crm.platform.registry import plugins

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="platform.end_orphans", queueing_lock="platform.end_orphans")
def end_orphans(timestamp: int) -> None:  # noqa: ARG001  # the clock's
    """Every minute: end the work whose job is no more, because it kept killing its worker."""
    for plugin in plugins():
        if plugin.end_orphans:
            try:
                plugin.end_orphans()
            except Exception:  # one app's trouble is not another's
                log.exception("Work without a job was not ended")
