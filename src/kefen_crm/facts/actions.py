"""What programs change in the ledger: the same as an import on the site, without a file.

The imports room takes such batches into its own list by itself.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from kefen_crm.gateway import facts
from kefen_crm.gateway.ledger import opened
from kefen_crm.platform.facts import announce
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kefen_crm.gateway import KefenError
    from kefen_crm.gateway.facts import Batch, Loaded, Sent
    from kefen_crm.grading.models import Run
    from kefen_crm.team.models import User

SHOWN = 100
FEW = 500
"""So many facts at most that land together let what looks at the whole company wait for more."""


@contextmanager
def loading(sent: Sequence[Sent], patience: float) -> Iterator[Iterator[Loaded | KefenError]]:
    """Land what was sent, one after the other, each as one batch: that, or why there is none.

    The senders' permission is for the caller to look at. Whoever lands facts has to `announce`
    those that `changes` something.

    Raises:
        LedgerError: `ledger-busy`.
    """
    with opened() as ledger, closing(facts.load(ledger, sent, SHOWN, patience)) as landed:
        yield landed


def changes(batch: Batch) -> bool:
    """Whether a batch brought anything new."""
    return bool(batch.added + batch.replaced + batch.created_customers) and not batch.already


def few(batches: Sequence[Batch]) -> bool:
    """Whether batches brought so few facts, of customers who are there, that more may gather."""
    return sum(one.rows for one in batches) <= FEW and not any(
        one.created_customers or one.kind == "customers" for one in batches
    )


def remove_fact(
    by: User, kind: str, key: str, *, cancel: bool, patience: float
) -> tuple[Batch, list[Run]]:
    """Take one fact out, or cancel it, and queue the runs that imports set off.

    Raises:
        PermissionDenied: unless `by` may import.
        LedgerError: `unknown-fact`, `not-removable`, `not-cancellable`, `ledger-busy`.
    """
    require(by, Permit.IMPORT)
    with opened() as ledger:
        batch = facts.remove(ledger, kind, key, by.display_name, cancel=cancel, patience=patience)
    changed = batch.removed + batch.replaced
    return batch, announce(by, few=True) if changed else []


def undo_batch(by: User, batch_id: str) -> tuple[Batch, list[Run]]:
    """Take a batch back, wherever it came from, and queue the runs that imports set off.

    Raises:
        PermissionDenied: unless `by` may import.
        LedgerError: `unknown-batch`, `already-undone`, `ledger-busy`.
    """
    require(by, Permit.IMPORT)
    with opened() as ledger:
        undone = facts.undo(ledger, batch_id, by.display_name)
    return undone, announce(by)
