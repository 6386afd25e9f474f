"""Background jobs about duplicates."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.duplicates import demo, finding
from kefen_crm.platform.queue import ASIDE


@app.task(name=finding.FIND, queue=ASIDE)
def find() -> None:
    """Look for likely duplicates among all customers."""
    finding.find()


@app.task(name=demo.SHOW)
def show() -> None:
    """What a demo shows of duplicates, once there are customers."""
    demo.show()
