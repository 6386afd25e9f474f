"""The class contract of a customer of a run, and until when the class stands."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from kefen.errors import KefenError, RunError
from kefen.explain import contract as contract_of
from kefen.run.live import LiveClasses, Standing, is_live

if TYPE_CHECKING:
    from datetime import date

    from kefen.explain import Contract
    from kefen.run.record import Run

AHEAD: Final = 366
"""Days that are looked ahead."""
STRIDE: Final = 31


def contract(run: Run, customer: str, *, ahead: bool = True) -> Contract:
    """What holds about a customer's class: rule, facts, arithmetic, and what would change it.

    Args:
        run: the run that gave the class.
        customer: the customer's id.
        ahead: look for the day that the class falls on if nothing more is bought, which takes
            some seconds.

    Raises:
        RunError: `unknown-customer` when the run has no such customer.
    """
    explanation = run.explain(customer)
    row = run.classes.row(customer_id=customer)
    if row is None or run.standard is None:
        raise RunError("unknown-customer", customer=customer, run=run.id)
    until, then = standing_until(run, customer) if ahead else (None, None)
    kept = (run.scheme, run.standard, row, explanation, run.as_of)
    return contract_of(*kept, until=until, falls_to=then)


def standing_until(run: Run, customer: str) -> tuple[date | None, str | None]:
    """The last as-of date of a computed class if nothing more is bought, and the class after it.

    It goes by the run's standard and the facts that the run read; None where the class does not
    fall within a year, where it is not ranked or does not follow from the customer's own facts.
    """
    if run.ledger is None or not run.scheme.ranked or not is_live(run.scheme):
        return None, None
    keys = run.scheme.keys()
    try:
        ledger = run.ledger.at(run.ledger_version)
        span = ledger.span()
        if span is None or span[1] >= run.as_of:  # what was bought since is known
            return None, None
        live = LiveClasses()
    except KefenError:  # the facts of then are gone
        return None, None

    @cache
    def key_at(days: int) -> str | None:
        day = run.as_of + timedelta(days=days)
        [found] = live.classify(ledger, [Standing(run)], day, [customer])
        return found["class"][0] if found.height else None

    def place(key: str | None) -> int:
        return len(keys) if key is None else keys.index(key)

    try:
        now = key_at(0)
        if now is None:
            return None, None
        near, far = 0, STRIDE
        while place(key_at(far)) <= place(now):
            near, far = far, far + STRIDE
            if near > AHEAD:
                return None, None
        while far - near > 1:
            middle = (near + far) // 2
            near, far = (middle, far) if place(key_at(middle)) <= place(now) else (near, middle)
        return run.as_of + timedelta(days=near), key_at(far)
    finally:
        live.close()
