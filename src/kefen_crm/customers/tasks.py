"""Background jobs about customers."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.customers import demo


@app.task(name=demo.SHOW)
def show() -> None:
    """What a demo shows of customers, once there are some."""
    demo.show()
