"""Tells the ledger whose facts are read as those of whom, after each merge and undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kefen_crm.customers.models import Customer
from kefen_crm.gateway import matching
from kefen_crm.grading import live
from kefen_crm.grading.actions import CATCH_UP
from kefen_crm.grading.receivers import PATIENCE
from kefen_crm.platform.parts import Consumer
from kefen_crm.platform.queue import later_once

if TYPE_CHECKING:
    from kefen_crm.platform.models import Event

MERGED: Final = "customer.merged"
TAKEN_APART: Final = "customer.unmerged"


def bring(_found: list[Event]) -> None:
    """Have the ledger know all merges that stand; done again it changes nothing.

    Classes of whom it is about are live, and a run follows in a while.

    Raises:
        LedgerError: `ledger-busy`.
    """
    merged = Customer.objects.filter(merged_into__isnull=False)
    before, after = matching.alias(dict(merged.values_list("code", "merged_into__code")))
    if after != before:
        live.follow_later()
        later_once(CATCH_UP, seconds=PATIENCE)


CONSUMER = Consumer("duplicates.aliases", bring, (MERGED, TAKEN_APART), lock="ledger")
