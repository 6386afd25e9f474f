"""The daybook: order lines folded to what a customer bought by order, day and channel.

Reading a few customers' order lines out of millions means unpacking all of them. So beside each
large file of order lines the ledger keeps the same lines folded, fewer and narrower, with a code
for the customer: a filter on a number passes over what it does not want, one on a text does not.
Files of lines are never changed, so neither is what is folded of them; small files are folded
when they are read. All of the daybook may be deleted at any time: it is made again when needed.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.deferred import ibis
from kefen.engines import Embedded
from kefen.ledger import sorted_rollup
from kefen.ledger.facts import COUNTED, kind
from kefen.ledger.tables import ROW_GROUP, FactTable, patterns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import ibis.expr.types as ir

    from kefen.engines import Engine

LINES: Final = "order_lines"
FOLDED_GROUP: Final = 32_768
"""Rows of a group in a file of what is folded: whoever looks up a customer reads that many."""
UNITS: Final = "decimal(24, 6)"
"""Quantities to the millionth: their sums are exact in any order."""
CODES: Final = 2**31
BITS: Final = 63
"""How many things one number can tell apart, its sign left alone."""
SCHEMA: Final[Mapping[str, str]] = {
    "code": "int32",
    "customer_id": "string",
    "ordered_on": "date",
    "order_id": "string",
    "channel": "string",
    "amount": "decimal(18, 2)",
    "cost": "decimal(18, 2)",
    "lines": "int64",
    "costs": "int64",
    "quantity": UNITS,
    "bought": "boolean",
    "category_bits": "int64",
}
"""`code` is `code_of` the customer; `lines` and `costs` count lines, and those whose cost is known;
`bought`: whether any amount is positive; `category_bits`: the categories of the positive ones."""


def bit_or(value: Any) -> Any:
    """The engine's own; Ibis knows the operation, but not for Spark."""
    return _bit_or()(value)


@cache
def _bit_or() -> Any:
    @ibis.udf.agg.builtin  # type: ignore[untyped-decorator]  # Ibis ships no types
    def bit_or(value: int) -> int:  # type: ignore[empty-body]
        """Declare it."""

    return bit_or


def code_of(customer_id: Any) -> Any:
    """A number for a customer id, nearer to 0 than CODES; compare the id, others may have it."""
    return (customer_id.hash() % CODES).cast("int32")


@dataclass(frozen=True)
class OrderRollup:
    """All order lines of a version, folded, and the bit of each category.

    `loose` of the lines are in files too small to be kept folded: they are folded as they are read.
    """

    rows: ir.Table
    categories: Mapping[str, int]
    loose: int = 0


class OrderRollupStore:
    """The daybook of the ledger in `ledger`, as one engine reads and writes it.

    What is folded carries the engine's own codes, so each engine that makes them another way
    keeps a folder of its own.
    """

    def __init__(self, ledger: Path, engine: Engine) -> None:
        self._engine = engine
        self._ledger = ledger
        self._table = FactTable(ledger / "facts" / LINES, kind(LINES))
        self._ready: dict[str, Path] = {}

    @cached_property
    def folder(self) -> Path:
        """Where it is: for an engine that codes in another way, somewhere else."""
        [mark] = self._codes(pl.Series(["客分 Kefen"]))
        return self._ledger / "daybook" / f"codes{mark}"

    def fold_sorted(self, name: str, rows: pl.DataFrame, aside: Path) -> None:
        """Fold sorted rows, which a large file of this name will hold, in a file in `aside`."""
        if len(rows) < ROW_GROUP:
            return
        self._learn(set(rows["category"].drop_nulls().unique().head(2 * BITS)))
        folded = sorted_rollup.folded(rows, self._categories() or {}, self._codes)
        if folded is not None:
            target = aside / f"folded-{name}"
            folded.write_parquet(target, compression="snappy", row_group_size=FOLDED_GROUP)
            self._ready[name] = target

    def fold(self, version: int) -> None:
        """Fold the large files of a Delta version of the order lines that are not folded yet."""
        for file in _large(self._table.sizes(version)):
            if (target := self._piece(file)).exists():
                continue
            self.folder.mkdir(parents=True, exist_ok=True)
            if file.name in self._ready:
                self._ready[file.name].replace(target)
                continue
            self._learn(self._found([file]))
            rows = self._folded([file]).order_by("code", "ordered_on")
            self._engine.write_parquet(rows, target)

    def read(self, version: int) -> OrderRollup | None:
        """All order lines of a Delta version; None when much of it is not folded.

        So it is too when there are more categories than bits.
        """
        sizes = self._table.sizes(version)
        files = sorted(sizes)
        large = _large(sizes)
        ready = [piece for file in large if (piece := self._piece(file)).exists()]
        if not files or len(ready) < len(large):
            return None
        small = [file for file in files if file not in large]
        self._learn(self._found(small))
        categories = self._categories()
        if categories is None:
            return None
        parts = [self._engine.read_parquet(patterns(ready), ibis.schema(SCHEMA))] if ready else []
        parts += [self._folded(small)] if small else []
        rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
        return OrderRollup(rows, categories, sum(sizes[file] for file in small))

    def _categories(self) -> Mapping[str, int] | None:
        names = self._names()
        return None if len(names) > BITS else {name: 1 << at for at, name in enumerate(names)}

    def _piece(self, file: Path) -> Path:
        return self.folder / file.name

    def _folded(self, files: Sequence[Path]) -> ir.Table:
        lines = self._engine.read_parquet(patterns(list(files)), self._table.kind.stored_schema())
        lines = lines.filter(lines[COUNTED].fill_null(True))
        bits = self._engine.small_table(
            list((self._categories() or {}).items()),
            ibis.schema({"category_name": "string", "category_bit": "int64"}),
        )
        lines = lines.left_join(bits, lines.category == bits.category_name)
        bought = lines.amount > 0
        folded = lines.group_by("customer_id", "ordered_on", "order_id", "channel").aggregate(
            amount=lines.amount.sum(),
            cost=lines.cost.sum(),
            lines=lines.count(),
            costs=lines.cost.count(),
            quantity=lines.quantity.try_cast(UNITS).sum(),
            bought=bought.any(),
            category_bits=bit_or(bought.ifelse(lines.category_bit, None)),
        )
        folded = folded.mutate(code=code_of(folded.customer_id))
        return folded.select(**{name: folded[name].cast(to) for name, to in SCHEMA.items()})

    def _names(self) -> list[str]:
        """The categories in order of their bits, from the newest list."""
        newest = max(self._lists(), default=0)
        if not newest:
            return []
        names: list[str] = json.loads(self._list(newest).read_text(encoding="utf-8"))
        return names

    def _codes(self, customers: pl.Series) -> pl.Series:
        """`code_of` each of these customers."""
        if isinstance(self._engine, Embedded):
            return self._engine.hash_remainders(customers, CODES)
        place = pl.int_range(len(customers), dtype=pl.Int32, eager=True)
        ids = pl.DataFrame({"place": place, "id": customers})
        rows = self._engine.lend(ids, ibis.schema({"place": "int32", "id": "string"}))
        codes = self._engine.frame(rows.select("place", code=code_of(rows.id)))
        return codes.sort("place")["code"]

    def _found(self, files: Sequence[Path]) -> set[str]:
        """The categories in these files, or some of too many."""
        if len(self._names()) > BITS or not files:
            return set()
        lines = self._engine.read_parquet(patterns(list(files)), self._table.kind.stored_schema())
        found = lines.filter(lines.category.notnull()).select("category").distinct()
        return {row["category"] for row in self._engine.rows(found.limit(2 * BITS))}

    def _learn(self, some: set[str]) -> None:
        """Give these categories bits, after those that have some."""
        while len(known := self._names()) <= BITS and (new := sorted(some - set(known))):
            self._write(max(self._lists(), default=0) + 1, [*known, *new][: BITS + 1])

    def _write(self, number: int, names: list[str]) -> None:
        """Write a list of categories, unless another process has just written that one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f".{secrets.token_hex(6)}.part"
        draft.write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
        try:
            os.link(draft, self._list(number))
        except FileExistsError:
            return
        finally:
            draft.unlink()

    def _lists(self) -> list[int]:
        return [int(path.stem.partition("-")[2]) for path in self.folder.glob("categories-*.json")]

    def _list(self, number: int) -> Path:
        return self.folder / f"categories-{number}.json"


def _large(sizes: Mapping[Path, int]) -> list[Path]:
    """The files worth folding."""
    return [file for file, rows in sizes.items() if rows >= ROW_GROUP]
