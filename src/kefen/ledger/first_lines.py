"""The first order lines of a ledger, where the file shows that nothing has to be settled.

A first import has nothing to be compared with. Where its rows, as they were read, have all numbers,
and neighbours show which few of them may stand twice or be of several customers, its plan is theirs
but for these, which are settled in memory: no engine has to look at them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger import customers
from kefen.ledger.deduplication import Repeats, later_rows, refuse_conflicts
from kefen.ledger.doubtful_rows import nobody_in_particular
from kefen.ledger.erased import ErasureRegister
from kefen.ledger.facts import BATCH_ID, RETURNED
from kefen.ledger.frame_types import frame_types, whole
from kefen.ledger.plan import Plan
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE
from kefen.ledger.records import Counts
from kefen.ledger.same_numbers import apart_frame, is_shop
from kefen.ledger.sharing import may_share
from kefen.ledger.similar_customers import alike_frame, likenesses
from kefen.ledger.sorted_rows import renumbered
from kefen.ledger.tables import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.options import Landing
    from kefen.ledger.reading.model import Notice
    from kefen.ledger.snapshot import Snapshot
    from kefen.ledger.staging import Staged

_NEEDED = frozenset({"order_id", "line_no", "customer_id", "ordered_on"})
_PRODUCT = frozenset({"product_id"})
_SETTLED = frozenset({CUSTOMER_NAME, "product_name"})
"""Columns that are looked at for what several rows say."""


def plan_of_first_lines(
    bench: ImportWorkspace, staged: Staged, snapshot: Snapshot, batch_id: str, landing: Landing
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
    found = _doubtful(staged, rows, new=landing.known_keys == "new")
    if found is None:
        return None
    left = found.left
    said = rows.select(name for name in rows.columns if name in customers.SAYING)
    if left is not None:
        said = said.filter(~said[LINE].is_in(left[LINE].implode()))
    claims = whole(customers.claims_of_frame(said), frame_types(customers.KIND.types()))
    doubts = likenesses(claims)
    if nobody_in_particular(claims).any() or doubts - {"alike"}:
        return None
    repeats = Repeats(bench, staged.repeats, lines=True)
    conflicts = 0
    if left is not None:
        repeats.take_frame(found.repeated, "order_id")
        differing = found.differing.iter_rows(named=True)
        conflicts = refuse_conflicts(differing, [*staged.kind.key], staged.rejections)
    total = staged.read - repeats.count - conflicts
    counts = Counts(
        rows=staged.read - conflicts,
        added=total,
        repeated=repeats.count,
        rejected=staged.rejected + conflicts,
        created_customers=claims.height,
    )
    return Plan(
        counts,
        {
            staged.kind.name: Change(None, files=replace(files, left=left, own=found.own)),
            "customers": Change(claims.with_columns(pl.lit(batch_id).alias(BATCH_ID))),
        },
        claims,
        weak=True,
        same=None,
        notices=(
            *found.notices,
            *repeats.notices(),
            *(alike_frame(claims["customer_id"]) if doubts else ()),
        ),
    )


@dataclass(frozen=True)
class _Doubtful:
    """How the few doubtful rows land: numbers of their `own`, `repeated` and `differing` rows."""

    notices: Sequence[Notice]
    own: pl.DataFrame | None
    repeated: pl.DataFrame
    differing: pl.DataFrame

    @property
    def left(self) -> pl.DataFrame | None:
        """The lines that do not land, if there are any."""
        gone = pl.concat([self.repeated.select(LINE), self.differing.select(LINE)])
        return gone if gone.height else None


def _doubtful(staged: Staged, rows: pl.DataFrame, *, new: bool) -> _Doubtful | None:
    """The rows of which neighbours show that they may be settled; None where others may be."""
    proof, key = staged.numbers, [*staged.kind.key]
    twice, shared = (proof.twice(), proof.shared()) if proof else (None, None)
    if twice is None or shared is None:
        return None
    numbers, doubtful = rows[key[0]], pl.concat([twice, shared]).unique()
    some = rows.filter(numbers.is_in(doubtful.implode())) if len(doubtful) else rows.clear()
    if some.height and staged.rejections.places.several:
        return None
    notices, own = apart_frame(some.filter(some[key[0]].is_in(shared.implode())), new=new)
    if own is not None:
        if numbers.str.contains("~", literal=True).any():  # may be one of theirs
            return None
        some = some.with_columns(renumbered(some[LINE], some[key[0]], own))
    content = staged.kind.stored_types().keys() - {*key, BATCH_ID}
    return _Doubtful(notices, own, *later_rows(some, key, content))


def _is_plain(staged: Staged) -> bool:
    """Whether the rows are order lines of which only doubtful numbers have to be settled."""
    headings, numbers = staged.rejections.headings, staged.numbers
    return (
        staged.kind.name == "order_lines"
        and staged.positive
        and not staged.filled & _SETTLED
        and not may_share(staged.filled, headings.get("amount"))
        and not is_shop(headings.get("channel"))
        and _NEEDED | (_PRODUCT & staged.filled) <= staged.whole
        and numbers is not None
        and numbers.distinct()
        and ("entry_type" in staged.mapped or numbers.begin_alike())
    )
