"""What gives points, straight from the ledger: orders and what came back of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

import ibis
import polars as pl

from kefen.ledger.facts import COUNTED, RETURNED
from kefen_crm.gateway.ledger import opened
from kefen_crm.gateway.live import changed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import ibis.expr.types as ir

    from kefen.ledger import Ledger

NOTHING = Decimal(0)
ORDER, RETURN = "order:", "return:"


class Document(NamedTuple):
    """An order, or a return that names none; money in the base currency.

    Attributes:
        number: `order:` or `return:` and the number.
        code: of the customer.
        amount: of what was sold; 0 for an order that is no sale, below 0 for a return.
        returned: of what came back of an order.
    """

    number: str
    code: str
    on: date
    amount: Decimal
    returned: Decimal


class Documents:
    """The documents of a day and later, of all customers or of those who have new facts.

    Attributes:
        version: of the ledger.
        codes: the customers they are of; None for all.
    """

    def __init__(self, ledger: Ledger, since: date, codes: Collection[str] | None) -> None:
        self.ledger, self.since, self.version = ledger, since, ledger.version
        self.codes = None if codes is None else sorted(codes)

    def read(self) -> Iterator[Document]:
        """The documents, those of a customer one after the other."""
        if self.codes == []:
            return
        found: dict[tuple[str, str], list[object]] = {}
        for code, number, on, amount in self._rows(self._sales()):
            base, mark, _rest = number.partition(RETURNED)
            key = (code, base)
            one = found.setdefault(key, [on, NOTHING, NOTHING])
            if mark:
                one[2] -= amount  # type: ignore[operator]
            else:
                one[0], one[1] = on, one[1] + amount  # type: ignore[operator]
        for code, number, _on, amount in self._rows(self._returns(named=True)):
            if (code, number) in found:
                found[code, number][2] += amount  # type: ignore[operator]
        documents = [
            Document(ORDER + number, code, on, amount, returned)  # type: ignore[arg-type]
            for (code, number), (on, amount, returned) in found.items()
        ]
        documents += [
            Document(RETURN + number, code, on, -amount, NOTHING)
            for code, number, on, amount in self._rows(self._returns(named=False))
        ]
        yield from sorted(documents, key=lambda one: (one.code, one.on, one.number))

    def sold(self) -> ir.Table:
        """Each order with its money."""
        return self._sales()

    def returned(self) -> ir.Table:
        """Each return with its money."""
        return self._returns(named=True).union(
            self._returns(named=False).rename(order_id="return_id")
        )

    def summed(self, table: ir.Table) -> Iterator[tuple[str, Decimal]]:
        """The money of each customer."""
        rows = table.group_by("customer_id").aggregate(amount=ibis._.amount.sum())
        for code, amount in rows.to_polars().iter_rows():
            yield code, Decimal(amount or 0)

    def _sales(self) -> ir.Table:
        sold = self.ledger.table("sales", whole=True)
        amount = sold.amount
        if COUNTED in sold.columns:
            amount = ibis.ifelse(sold[COUNTED].fill_null(True), sold.amount, 0)
        rows = sold.mutate(amount=amount).filter(sold.ordered_on >= self.since)
        return (
            self._of(rows)
            .group_by("customer_id", "order_id")
            .aggregate(on=ibis._.ordered_on.min(), amount=ibis._.amount.sum())
        )

    def _returns(self, *, named: bool) -> ir.Table:
        rows = self.ledger.table("returns")
        rows = rows.filter(rows.returned_on >= self.since)
        rows = rows.filter(rows.order_id.notnull() if named else rows.order_id.isnull())
        name = "order_id" if named else "return_id"
        return (
            self._of(rows)
            .group_by("customer_id", name)
            .aggregate(on=ibis._.returned_on.min(), amount=ibis._.amount.sum())
        )

    def _of(self, rows: ir.Table) -> ir.Table:
        if self.codes is None:
            return rows
        wanted = ibis.memtable(pl.DataFrame({"customer_id": self.codes}).to_arrow())
        return rows.semi_join(wanted, "customer_id")

    def _rows(self, table: ir.Table) -> Iterator[tuple[str, str, date, Decimal]]:
        for code, number, on, amount in table.to_polars().iter_rows():
            yield code, number, on, Decimal(amount or 0)


def documents(since: date, after: int | None) -> tuple[int, Collection[str] | None, list[Document]]:
    """The version of the ledger, whose documents have changed since version `after`, and these.

    None for whose: everybody's, also where `after` is None or too far back.
    """
    with opened() as ledger:
        codes = changed(ledger, after) if after is not None else None
        found = Documents(ledger, since, codes)
        return found.version, codes, list(found.read())


def sold_since(since: date) -> dict[str, Decimal]:
    """What each customer bought since a day, what counts alone, less what came back of it."""
    with opened() as ledger:
        found = Documents(ledger, since, None)
        sold = dict(found.summed(found.sold()))
        for code, amount in found.summed(found.returned()):
            sold[code] = sold.get(code, NOTHING) - amount
    return sold
