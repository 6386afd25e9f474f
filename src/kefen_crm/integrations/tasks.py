"""Background jobs for other systems."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.grading.models import Scheme
from kefen_crm.integrations import feed, parquet


@app.periodic(cron="20 * * * *")
@app.task(name="integrations.forget", queueing_lock="integrations.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001  # the clock's
    """Every hour: forget deletions that were told long enough."""
    feed.forget_deletions()


@app.task(name=parquet.WRITE)
def write_classes(scheme: int) -> None:
    """Write the Parquet file of a scheme's classes."""
    parquet.write(Scheme.objects.filter(pk=scheme))
