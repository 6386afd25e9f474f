"""A ledger as if it held a few customers only, with facts that are still to land.

What the indicators of these customers rest on is read once, into the engine's memory: their own
facts, and of orders and invoices that others have a part in whatever bears the same number. All
of it is expressions over `PartTables`, and no expression depends on what those hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kefen.deferred import ibis
from kefen.ledger import sales
from kefen.ledger.aliases import joined
from kefen.ledger.counting import Counting
from kefen.ledger.customer_index import CODE, FILE
from kefen.ledger.facts import SALES
from kefen.ledger.facts import kind as kind_of
from kefen.ledger.order_rollup import code_of
from kefen.ledger.part_tables import CUSTOMERS, KEY, MENTIONED, SPOKEN, KindTables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import ibis.expr.types as ir

    from kefen.engines import Engine, Recording
    from kefen.ledger.part_tables import Counts

_MATES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "orders": ("order_id", ("order_lines", "returns")),
    "order_lines": ("order_id", ("orders", "returns")),
    "invoices": ("invoice_id", ("payments",)),
    "payments": ("invoice_id", ("invoices", "payments")),
}
"""Of a kind also the rows are read whose number is that of a customer's rows of these kinds."""


class LedgerPart:
    """What a ledger says of some customers, once what is pending has landed.

    Args:
        engine: where `PartTables` stand.
        counts: about how many facts of each kind there are that count, and in all.
        began: the day of the first sale of anybody.
    """

    def __init__(self, engine: Recording, counts: Counts, began: date | None) -> None:
        self.engine = engine
        self._counts = counts
        self._began = began
        self._own: dict[str, ir.Table] = {}
        self._whole: dict[str, ir.Table] = {}
        self._counted: dict[str, ir.Table] = {}

    def table(self, kind: str, *, whole: bool = False) -> ir.Table:
        """As `Ledger.table`."""
        if kind == sales.SALES:
            lines, orders = (
                self.table(one, whole=whole) if self.count(one, whole=whole) else None
                for one in sales.PARTS
            )
            return sales.sales(lines, orders)
        if whole:
            return self.rows(self.engine, kind)
        if kind not in self._counted:
            counted = Counting(self.engine, self).table(kind, self.rows(self.engine, kind))
            void = kind in (*SALES, "returns") and any(map(self.uncounted, SALES))
            self._counted[kind] = self.engine.materialise(counted) if void else counted
        return self._counted[kind]

    def count(self, kind: str, *, whole: bool = False) -> int:
        """About how many facts of a kind there are, of all customers and with what is pending."""
        parts = sales.PARTS if kind == sales.SALES else (kind,)
        return sum(self._counts[one][whole] for one in parts)

    def began(self) -> date | None:
        """The day of the first sale of anybody."""
        return self._began

    def folded(self, *, make: bool = False) -> None:
        """None: few customers' lines are read as they are."""

    def own(self, rows: ir.Table) -> ir.Table:
        """Those of the rows that are about the customers themselves."""
        return rows.semi_join(self._spoken, KEY)

    # What `Counting` asks of a snapshot.

    def delta_version(self, kind: str) -> int | None:
        """There are none: the rows are not those of one version."""

    def rows(self, engine: Engine, kind: str) -> ir.Table:
        """The rows that count and those that do not."""
        if kind not in _MATES:
            return self._own_rows(kind)
        if kind not in self._whole:
            self._whole[kind] = engine.materialise(self._with_mates(kind))
        return self._whole[kind]

    def uncounted(self, kind: str) -> int:
        """How many of the rows count as no sale: it may be some wherever there are any."""
        return self.count(kind, whole=True) if kind in SALES else 0

    def _own_rows(self, kind: str) -> ir.Table:
        """The rows of the customers."""
        if kind not in self._own:
            rows = self._landed_of_people(kind).union(self._theirs(self._fresh(kind)))
            rows = self._renamed(rows)
            if kind == CUSTOMERS:
                rows = self.engine.materialise(joined(rows))
            rows = rows.select(list(kind_of(kind).stored_schema()))
            if kind == CUSTOMERS:
                new = self._named(MENTIONED).anti_join(rows, KEY)
                blank = {
                    name: new[KEY] if name == KEY else ibis.null(type_)
                    for name, type_ in rows.schema().items()
                }
                rows = rows.union(new.select(**blank))
            self._own[kind] = self.engine.materialise(rows)
        return self._own[kind]

    def _landed_of_people(self, kind: str) -> ir.Table:
        """The rows of the customers that landed and that nothing pending says otherwise of."""
        names, spoken = KindTables(kind), self._spoken
        coded = spoken.select(**{CODE: code_of(spoken["_code"])}).distinct()
        indexed = self.engine.backend.table(names.index).semi_join(coded, CODE)
        left_out = self._named(names.left_out)
        indexed = indexed.anti_join(left_out, indexed[FILE] == left_out.number).drop(CODE, FILE)
        late = self.engine.backend.table(names.late)
        rows = self._theirs(indexed).union(self._theirs(late))
        return self._still_so(kind, rows)

    def _still_so(self, kind: str, rows: ir.Table) -> ir.Table:
        said, key = self._named(KindTables(kind).said), kind_of(kind).key[0]
        return rows.anti_join(said, rows[key] == said.key)

    def _with_mates(self, kind: str) -> ir.Table:
        column, others = _MATES[kind]
        rows = self._own_rows(kind)
        asked = [one for one in others if self.count(one, whole=True)]
        if not asked or not self.count(kind, whole=True):
            return rows
        numbers = [self._own_rows(one).select(column) for one in asked]
        joined = ibis.union(*numbers) if len(numbers) > 1 else numbers[0]
        values = self.engine.materialise(joined.filter(joined[column].notnull()).distinct())
        landed = self._still_so(kind, self.engine.backend.table(KindTables(kind).every))
        more = [landed.semi_join(values, column), self._fresh(kind).semi_join(values, column)]
        spoken = self._spoken
        mates = (one.anti_join(spoken, one[KEY] == spoken["_code"]) for one in more)
        return rows.union(*mates)

    def _fresh(self, kind: str) -> ir.Table:
        return self._named(KindTables(kind).fresh)

    def _theirs(self, rows: ir.Table) -> ir.Table:
        """Those of the rows that are of the customers, under whichever code."""
        spoken = self._spoken
        return rows.semi_join(spoken, rows[KEY] == spoken["_code"])

    def _renamed(self, rows: ir.Table) -> ir.Table:
        """Their rows under their own codes, with `_rank`."""
        spoken = self._spoken.rename(_own=KEY)
        met = rows.inner_join(spoken, rows[KEY] == spoken["_code"])
        return met.drop(KEY, "_code").rename({KEY: "_own"})

    @property
    def _spoken(self) -> ir.Table:
        return self._named(SPOKEN)

    def _named(self, name: str) -> ir.Table:
        return self.engine.temporary(name)
