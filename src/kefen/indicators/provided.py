"""Asks a provider for its indicators, and looks over what it hands back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kefen.deferred import ibis
from kefen.errors import IndicatorError, KefenError
from kefen.indicators.tables import ids, table_of, values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.indicators.base import Indicator, Ledger, Provider
    from kefen.period import Window

_KEY: Final = "customer_id"
_LONGEST: Final = 300
_NEAR: Final = 3


@dataclass(frozen=True)
class Strangers:
    """Customers of a provider that the ledger does not know: how many, and the first three."""

    indicators: tuple[str, ...]
    count: int
    near: tuple[str, ...]


@dataclass(frozen=True)
class Provided:
    """The table of a provider over a window: `columns` says which indicator each column is.

    What Kefen brings itself is taken as it is; tables of others are looked over, and `tell` is
    given the customers that nobody knows, where others are known.
    """

    ledger: Ledger
    as_of: date
    provider: Provider
    window: Window
    columns: Mapping[str, Indicator]
    tell: Callable[[Strangers], object]

    @property
    def names(self) -> list[str]:
        """What the indicators are called."""
        return [one.name for one in self.columns.values()]

    def materialise(self, engine: Engine) -> ir.Table:
        """`customer_id` and the columns, kept on the engine.

        Raises:
            IndicatorError: `provider-failed`, `provider-not-table`, `provider-lacks-column`,
                `provider-wrong-type`, `provider-customer-twice`, `provider-infinite`,
                `provider-customers-unknown`.
        """
        if self.provider.own:
            return engine.materialise(self._asked())
        try:
            table = engine.materialise(self._typed())
        except KefenError:
            raise
        except Exception as error:
            told = f"{type(error).__name__}: {error}".strip()[:_LONGEST]
            raise IndicatorError("provider-failed", indicators=self.names, error=told) from error
        try:
            self._look_over(engine, table)
        except KefenError:
            engine.drop(table)
            raise
        return table

    def _asked(self) -> ir.Table:
        found = self.provider.table(self.ledger, self.as_of, self.window)
        table = table_of(found, self.names)
        return table.select(_KEY, **{column: table[i.name] for column, i in self.columns.items()})

    def _typed(self) -> ir.Table:
        """With customers as text and each indicator as its unit has it."""
        table = table_of(self.provider.table(self.ledger, self.as_of, self.window), self.names)
        told = {column: values(table, i.name, i.unit) for column, i in self.columns.items()}
        rows = table.select(**{_KEY: ids(table, self.names)}, **told)
        return rows.filter(rows[_KEY].notnull())

    def _look_over(self, engine: Engine, table: ir.Table) -> None:
        """Refuse customers twice, what is beyond all numbers, and customers nobody knows."""
        kinds = table.schema()
        floats = [column for column in self.columns if kinds[column].is_floating()]
        counts = {column: table[column].isinf().sum() for column in floats}
        rows, people = table.count(), table[_KEY].nunique()
        [found] = engine.rows(table.aggregate(_rows=rows, _people=people, **counts))
        if found["_people"] < found["_rows"]:
            each = table.group_by(_KEY).aggregate(rows=table.count())
            self._refuse(engine, each.filter(each.rows > 1), "provider-customer-twice")
        for column in floats:
            if found[column]:
                name = self.columns[column].name
                infinite = table.filter(table[column].isinf())
                self._refuse(engine, infinite, "provider-infinite", indicators=[name])
        if found["_rows"] and not self.provider.alone and self.ledger.count("customers"):
            known = self.ledger.table("customers").select(_KEY)
            unknown = table.anti_join(known, _KEY)
            count, near = self._named(engine, unknown)
            if count == found["_rows"]:
                self._refuse(engine, unknown, "provider-customers-unknown")
            if count:
                self.tell(Strangers(tuple(self.names), count, tuple(near)))

    def _refuse(self, engine: Engine, rows: ir.Table, code: str, **more: Any) -> None:
        count, near = self._named(engine, rows)
        raise IndicatorError(
            code, **({"indicators": self.names, "count": count, "near": near} | more)
        )

    def _named(self, engine: Engine, rows: ir.Table) -> tuple[int, list[str]]:
        """How many customers these are, and the first of them."""
        [count] = engine.rows(rows.aggregate(n=rows.count()))
        near = engine.rows(rows.select(_KEY).order_by(ibis.asc(_KEY)).limit(_NEAR))
        return count["n"], [row[_KEY] for row in near]
