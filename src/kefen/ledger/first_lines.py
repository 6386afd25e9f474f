"""The first order lines of a ledger, where the file shows that nothing has to be settled.

A first import has nothing to be compared with. Where its rows, as they were read, have all numbers,
each key once, and nothing in them is told of, its plan is theirs: no engine has to look at them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger import customers
from kefen.ledger.doubtful_rows import nobody_in_particular
from kefen.ledger.erased import ErasureRegister
from kefen.ledger.facts import BATCH_ID, RETURNED
from kefen.ledger.frame_types import frame_types, whole
from kefen.ledger.plan import Plan
from kefen.ledger.reading.model import CUSTOMER_NAME
from kefen.ledger.records import Counts
from kefen.ledger.same_numbers import is_shop
from kefen.ledger.sharing import may_share
from kefen.ledger.similar_customers import likenesses
from kefen.ledger.tables import Change

if TYPE_CHECKING:
    from kefen.ledger.options import Landing
    from kefen.ledger.snapshot import Snapshot
    from kefen.ledger.staging import Staged

_NEEDED = frozenset({"order_id", "line_no", "customer_id"})
_PRODUCT = frozenset({"product_id"})
_SETTLED = frozenset({CUSTOMER_NAME, "product_name"})
"""Columns that are looked at for what several rows say."""


def plan_of_first_lines(
    staged: Staged, snapshot: Snapshot, batch_id: str, landing: Landing
) -> Plan | None:
    """What `plan` gives of such an import; None of any other."""
    erased = ErasureRegister(snapshot.folder.parent).path.exists()
    if erased or snapshot.manifest.tables or snapshot.aliases:
        return None
    if landing.prefix or landing.repeated_keys == "last":
        return None
    files = staged.row_files(batch_id)
    if files is None or not files.fit or not _is_plain(staged):
        return None
    rows = staged.held
    if rows is None or rows["order_id"].str.starts_with(RETURNED).any():
        return None
    claims = whole(customers.claims_of_frame(rows), frame_types(customers.KIND.types()))
    if nobody_in_particular(claims).any() or likenesses(claims):
        return None
    total = staged.read
    return Plan(
        Counts(rows=total, added=total, rejected=staged.rejected, created_customers=claims.height),
        {
            staged.kind.name: Change(None, files=files),
            "customers": Change(claims.with_columns(pl.lit(batch_id).alias(BATCH_ID))),
        },
        claims,
        weak=True,
        same=None,
    )


def _is_plain(staged: Staged) -> bool:
    """Whether the rows are order lines of which nothing is told, and their numbers are proved."""
    headings, numbers = staged.rejections.headings, staged.numbers
    return (
        staged.kind.name == "order_lines"
        and staged.positive
        and not staged.filled & _SETTLED
        and not may_share(staged.filled, headings.get("amount"))
        and not is_shop(headings.get("channel"))
        and _NEEDED | (_PRODUCT & staged.filled) <= staged.whole
        and numbers is not None
        and numbers.keys_once()
        and numbers.of_one_customer()
        and ("entry_type" in staged.mapped or numbers.begin_alike())
    )
