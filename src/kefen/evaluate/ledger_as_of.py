"""A ledger as far as it had got by a past day, so that nothing later can be seen."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import ibis

from kefen.ledger import Ledger
from kefen.ledger.facts import KINDS
from kefen.ledger.sales import SALES

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

    from kefen.ledger.changes import Difference
    from kefen.ledger.order_rollup import OrderRollup

_KEY = "customer_id"


class Past(Ledger):
    """The facts of `whole` before `day`, and the customers who were known by then.

    A customer is known who has a fact of any kind, or registered, before that day. What has no
    date of its own (the attributes of a customer, contacts) is as it is now. Runs of this ledger
    are kept in a temporary folder that goes with it.
    """

    def __init__(self, whole: Ledger, day: date) -> None:
        super().__init__(Path(tempfile.mkdtemp(prefix="kefen-past-")), whole.engine)
        self._whole = whole
        self._day = day
        self._known: ir.Table | None = None

    @property
    def version(self) -> int:
        """The version of the whole ledger."""
        return self._whole.version

    def at(self, version: int) -> Ledger:
        """This ledger: it is of one version."""
        del version
        return self

    def table(self, kind: str, *, whole: bool = False) -> ir.Table:
        """The facts of a kind that had happened."""
        if kind == SALES:
            return super().table(kind, whole=whole)
        rows = self._whole.table(kind, whole=whole)
        day = KINDS[kind].date_column if kind in KINDS else None
        if kind == "customers" or day is None:
            return rows.semi_join(self._customers(), _KEY) if _KEY in rows.columns else rows
        return rows.filter(rows[day] < self._day)

    def count(self, kind: str, *, whole: bool = False) -> int:
        """How many facts of a kind had happened."""
        if kind == SALES:
            return super().count(kind, whole=whole)
        if not self._whole.count(kind, whole=whole):
            return 0
        rows = self.table(kind, whole=whole)
        counted = rows.aggregate(n=rows.count())
        return int(self.engine.rows(counted)[0]["n"])

    def changes(self, kind: str, since: int) -> Difference:
        """What the versions of the whole ledger do not share."""
        return self._whole.changes(kind, since)

    def folded(self, *, make: bool = False) -> OrderRollup | None:
        """None: the whole ledger's folded lines go on after the day."""
        del make
        return None

    def step(self, version: int) -> str:
        """The step of the whole ledger, so that measures kept beside this one are known again."""
        return self._whole.step(version)

    def close(self) -> None:
        """Remove what was kept; the engine stays with the whole ledger."""
        if self._known is not None:
            self._whole.engine.drop(self._known)
            self._known = None
        self._engine = None
        shutil.rmtree(self.path, ignore_errors=True)

    def _customers(self) -> ir.Table:
        if self._known is None:
            customers = self._whole.table("customers")
            seen = [customers.filter(customers.registered_on < self._day).select(_KEY)]
            dated = [k.name for k in KINDS.values() if k.date_column and k.name != "customers"]
            seen += [self.table(name).select(_KEY) for name in dated if self._whole.count(name)]
            found = ibis.union(*seen) if len(seen) > 1 else seen[0]
            known = found.filter(found[_KEY].notnull()).distinct()
            self._known = self._whole.engine.materialise(known)
        return self._known
