"""What previews stand on: a population's indicators kept on the engine, with the classes before."""

from __future__ import annotations

from dataclasses import dataclass, field
from glob import escape
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import ibis
import pyarrow.parquet as pq

from kefen.indicators.catalogue import is_own
from kefen.run.record import CLASSES
from kefen.run.source import requests_of
from kefen.schemes import lapse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date

    import ibis.expr.types as ir
    import polars as pl

    from kefen.engines import Engine
    from kefen.indicators.provided import Strangers
    from kefen.ledger import Ledger
    from kefen.run.record import Run
    from kefen.schemes import Scheme
    from kefen.schemes.aggregate_cache import Memory

BEFORE: Final = "_before"
"""The class in the run before as a small code: 0 not there, 1 unrated, 2 the first class, …
and one more than the last class for the lapsed."""
WORTH: Final = "_worth"
"""What the run before weighed the customer by."""
MEASURED: Final = ("window", "population", "define")
"""What a scheme's document says of whom and how it measures."""


@dataclass
class PreviewData:
    """Rows of one population, and what is known of them beside their indicators.

    Attributes:
        table: `customer_id`, indicators, attributes; `_before` and `_worth` with a run before.
        gone: who was in the run before and is not in this population: `code`, `customers`,
            `worth`.
        staged: `table` with the costly columns of a method beside it.
        strangers: who among the customers of these requests' providers is not in the ledger.
    """

    table: ir.Table
    gone: list[dict[str, Any]] = field(default_factory=list)
    staged: ir.Table | None = None
    strangers: Callable[[Sequence[Any]], list[Strangers]] = lambda _requests: []

    def stage(
        self,
        columns: Mapping[str, Callable[[], Any]],
        needed: Collection[str],
        engine: Engine,
        memory: Memory,
    ) -> ir.Table:
        """The rows with these columns worked out; those that are there are not worked out again.

        `columns` give expressions over `table`, `needed` its columns to have beside them.
        """
        have = self.staged
        wanted = {"customer_id", *needed, *({BEFORE, WORTH} & set(self.table.columns))}
        if have is not None and {*columns, *wanted} <= set(have.columns):
            return have
        source = have if have is not None and wanted <= set(have.columns) else self.table
        moved = {self.table.op(): source.op()}
        kept = {
            name: source[name] if name in source.columns else value().op().replace(moved).to_expr()
            for name, value in columns.items()
        }
        staged = engine.materialise(source.select(*sorted(wanted), **kept))
        memory.copied(staged, self.table)
        self.drop_staged(engine, memory)
        self.staged = staged
        return staged

    def drop_staged(self, engine: Engine, memory: Memory) -> None:
        """Give back what `stage` kept."""
        if self.staged is not None:
            memory.dropped(self.staged)
            engine.drop(self.staged)
            self.staged = None

    def drop(self, engine: Engine, memory: Memory) -> None:
        """Give everything back."""
        self.drop_staged(engine, memory)
        memory.dropped(self.table)
        engine.drop(self.table)


def with_before(
    rows: ir.Table, against: Run, later: pl.DataFrame, engine: Engine
) -> tuple[ir.Table, list[dict[str, Any]]]:
    """The rows, kept on the engine with their class in the run before, and who is gone.

    `later` are those who were not yet customers by the run's date, as `not_yet` tells them.
    """
    before, count = _classes(against, engine)
    if later.height:
        before = before.anti_join(ibis.memtable(later), "customer_id")
    before = before.select("customer_id", **_before(against, before))
    there = count - later.height
    named = before.rename(_id="customer_id")
    joined = rows.left_join(named, rows.customer_id == named["_id"])
    kept = engine.materialise(
        joined.mutate(**{BEFORE: joined[BEFORE].fill_null(0)}).select(*rows.columns, BEFORE, WORTH)
    )
    met = kept.filter(kept[BEFORE] > 0)
    if engine.rows(met.aggregate(n=met.count()))[0]["n"] == there:
        return kept, []
    gone = before.anti_join(kept, "customer_id")
    sums = gone.group_by(code=gone[BEFORE]).aggregate(
        customers=gone.count(), worth=gone[WORTH].sum()
    )
    return kept, engine.fetch(sums).to_pylist()


def as_written(
    scheme: Scheme, against: Run, later: pl.DataFrame, ledger: Ledger, as_of: date
) -> PreviewData | None:
    """The rows that a run of these facts wrote, where they hold all that a scheme asks for.

    None where measuring them might give others: of another population or date, by another version
    of Kefen, from a plug-in, or where not everybody was a customer by the run's date.
    """
    asked, there = requests_of(scheme), requests_of(against.scheme)
    said, before = scheme.dump(), against.scheme.dump()
    alike = (against.ledger_version, against.as_of) == (ledger.version, as_of) and all(
        said.get(part) == before.get(part) for part in MEASURED
    )
    ours = against.made_by == version("kefen") and all(is_own(one.definition()) for one in asked)
    told = alike and ours and all(one in there for one in asked)
    if not told or scheme.attributes() or later.height:
        return None
    table, _ = _classes(against, ledger.engine)
    columns = {"customer_id", *(one.column for one in asked)}
    if not columns <= set(table.columns):
        return None
    rows = table.select(*sorted(columns), **_before(against, table))
    return PreviewData(ledger.engine.materialise(rows))


def _classes(against: Run, engine: Engine) -> tuple[ir.Table, int]:
    """The classes of a run as they were written, and how many they are."""
    path = against.folder / CLASSES
    files = sorted(path.glob("*.parquet")) or [path]  # a cluster makes a folder of files
    known = ibis.Schema.from_pyarrow(pq.read_schema(files[0]))
    count = sum(pq.read_metadata(file).num_rows for file in files)
    return engine.read_parquet([escape(str(path))], known), count


def _before(against: Run, table: ir.Table) -> dict[str, ir.Value]:
    """`_before` and `_worth` of the classes of a run."""
    key = lapse.key(table) if lapse.STATE in table.columns else table["class"]
    codes = [(key == name, code) for code, name in enumerate(_keys(against), 2)]
    return {
        BEFORE: ibis.cases(*codes, else_=1).cast("int16"),
        WORTH: table[against.value_column].fill_null(0),
    }


def side(against: Run, code: int, absent: str) -> str | None:
    """The class key a code stands for; `absent` for not there, None for unrated."""
    return absent if code == 0 else None if code == 1 else _keys(against)[code - 2]


def code_of(against: Run, key: str | None, absent: str) -> int:
    """The code of a class key."""
    return 0 if key == absent else 1 if key is None else _keys(against).index(key) + 2


def _keys(against: Run) -> list[str]:
    return [*against.scheme.keys(), lapse.LAPSED]
