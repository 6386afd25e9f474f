"""Brings the open invoices to what the ledger says of today, and sees which promises were kept."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.dispatch import Signal, receiver
from django.utils import timezone

from kefen_crm.customers.models import Customer
from kefen_crm.gateway.debts import OpenDebt, debts, payments_since
from kefen_crm.gateway.ledger import newest_version
from kefen_crm.platform import events, stored_figures
from kefen_crm.platform.calendar import current
from kefen_crm.platform.facts import facts_changed, facts_written
from kefen_crm.platform.queue import later_once
from kefen_crm.receivables.models import OpenInvoice, Payer, Promise, Refreshed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kefen_crm.gateway.debts import Behaviour, Debts

REFRESH: Final = "receivables.refresh"
refreshed: Final = Signal()
"""Sent with the `day` once the open invoices are those of it, in the transaction that did it."""
_BATCH: Final = 5_000
_PATIENCE: Final = 60
"""Seconds in which facts are waited for that people write one by one, or programs send."""


@receiver(facts_changed, dispatch_uid="receivables_refresh")
def follow(*, few: bool = False, **_more: Any) -> list[Any]:
    """Queue looking at the ledger again after an import, or soon after few facts."""
    state = Refreshed.objects.first()
    now = (current().today(timezone.now()), newest_version())
    if state is None or (state.as_of, state.ledger_version) != now:
        later_once(REFRESH, lock=REFRESH, seconds=_PATIENCE if few else 0)
    return []


@receiver(facts_written, dispatch_uid="receivables_written")
def follow_written(**_more: Any) -> None:
    """Queue looking again soon after somebody noted a fact."""
    later_once(REFRESH, lock=REFRESH, seconds=_PATIENCE)


@transaction.atomic
def refresh(day: date | None = None) -> None:
    """Have what is open, how customers pay and which promises were kept be that of a day."""
    day = day or current().today(timezone.now())
    found = debts(day)
    codes = {one.code for one in found.invoices} | set(found.payers)
    known = dict(Customer.objects.filter(code__in=codes).values_list("code", "pk"))
    _invoices(found.invoices, known)
    _payers(found.payers, known)
    _promises(day)
    _note(found, day)
    stored_figures.later()
    refreshed.send(None, day=day)


def _invoices(found: Iterable[OpenDebt], known: Mapping[str, int]) -> None:
    """Write only what differs."""
    wanted = {(known[one.code], *one[1:]) for one in found if one.code in known}
    fields = ("customer_id", "number", "issued_on", "due_on", "open")
    there = {row[1:]: row[0] for row in OpenInvoice.objects.values_list("pk", *fields)}
    gone = [pk for row, pk in there.items() if row not in wanted]
    OpenInvoice.objects.filter(pk__in=gone).delete()
    new = sorted(wanted - set(there), key=lambda row: (row[0], row[1]))
    rows = (OpenInvoice(**dict(zip(fields, row, strict=True))) for row in new)
    OpenInvoice.objects.bulk_create(rows, batch_size=_BATCH)


def _payers(found: Mapping[str, Behaviour], known: Mapping[str, int]) -> None:
    wanted = {known[code]: one for code, one in found.items() if code in known}
    fields = ("outstanding", "overdue", "days_late")
    there = {row[0]: row[1:] for row in Payer.objects.values_list("customer_id", *fields)}
    Payer.objects.filter(customer__in=set(there) - set(wanted)).delete()
    rows = [
        Payer(customer_id=pk, **one._asdict())
        for pk, one in sorted(wanted.items())
        if there.get(pk) != tuple(one)
    ]
    Payer.objects.bulk_create(
        rows,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["customer"],
        update_fields=fields,
    )


def _note(found: Debts, day: date) -> None:
    state = Refreshed.objects.first() or Refreshed()
    state.as_of, state.ledger_version, state.billed = day, found.version, found.billed
    state.save()


def _promises(day: date) -> None:
    """Say of open promises which were kept, and which the day has passed by.

    What kept a promise before keeps no other one.
    """
    waiting = Promise.objects.filter(state=Promise.State.OPEN)
    customers = set(waiting.values_list("customer", flat=True))
    told = Promise.objects.select_for_update(of=("self",)).select_related("customer")
    told = told.filter(customer__in=customers, state__in=(Promise.State.OPEN, Promise.State.KEPT))
    promises = sorted(told, key=lambda one: (one.state != Promise.State.KEPT, one.due_on, one.pk))
    if not promises:
        return
    since = min(one.given_on for one in promises)
    left: dict[str, list[list[Any]]] = defaultdict(list)
    for code, on, amount in payments_since({one.customer.code for one in promises}, since):
        left[code].append([on, amount])
    for promise in promises:
        met = _met(promise, left[promise.customer.code])
        if promise.state == Promise.State.KEPT:
            continue
        if met:
            _ended(promise, Promise.State.KEPT)
        elif promise.due_on < day:
            _ended(promise, Promise.State.BROKEN)


def _met(promise: Promise, payments: list[list[Any]]) -> bool:
    """Whether enough came in; what keeps a promise keeps no other one."""
    within = [one for one in payments if promise.given_on <= one[0] <= promise.due_on]
    if sum((one[1] for one in within), Decimal(0)) < promise.amount:
        return False
    rest = promise.amount
    for one in within:
        used = min(one[1], rest)
        one[1] -= used
        rest -= used
    return True


def _ended(promise: Promise, state: Promise.State) -> None:
    promise.state = state
    events.raised(promise)
    told = {"amount": str(promise.amount), "due_on": promise.due_on.isoformat()}
    events.record(None, f"promise.{state.value}", promise, after=told)
