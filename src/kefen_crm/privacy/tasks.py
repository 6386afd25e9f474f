"""Background jobs of people's rights."""

from __future__ import annotations

from procrastinate.contrib.django import app

from kefen_crm.privacy import actions


@app.task(name=actions.CARRY_OUT)
def carry_out() -> None:
    """Erase whoever was entered in the register."""
    actions.carry_out()


@app.periodic(cron="* * * * *")
@app.task(name="privacy.keep_up", queueing_lock="privacy.keep_up")
def keep_up(timestamp: int) -> None:  # noqa: ARG001  # the clock's
    """Every minute: go on with an erasure that was broken off."""
    actions.keep_up()
