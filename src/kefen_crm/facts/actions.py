"""What programs change in the ledger: the same as an import on the site, without a file.

The imports room takes such batches into its own list by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen_crm.gateway import facts
from kefen_crm.gateway.ledger import opened
from kefen_crm.platform.facts import announce
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.facts.api.bodies import NamedFile
    from kefen_crm.gateway.facts import Batch, Loaded
    from kefen_crm.grading.models import Run
    from kefen_crm.team.models import User

TOLD = 100


def load_facts(
    by: User, kind: str, file: NamedFile, options: Mapping[str, Any], patience: float
) -> tuple[Loaded, list[Run]]:
    """Land facts as one batch and, unless nothing is new, queue the runs that imports set off.

    Raises:
        PermissionDenied: unless `by` may import.
        KefenError: `unknown-kind`, `columns-missing`, `ledger-busy`, …
    """
    require(by, Permit.IMPORT)
    with opened() as ledger:
        loaded = facts.load(ledger, kind, file, by.display_name, TOLD, options, patience)
    batch = loaded.batch
    changed = batch.added + batch.replaced + batch.created_customers
    return loaded, announce(by) if changed and not batch.already else []


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
    return batch, announce(by) if changed else []


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
