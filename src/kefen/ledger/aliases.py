"""Codes of merged customers: what is said under them is read as said of another customer.

The facts stay on disk under the code that their file gives. Whoever reads them finds them under the
code of the customer that remains. So a merge rewrites nothing, later files may go on with an old
code, and taking a merge back leaves the ledger as if it had never been.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.deferred import ibis
from kefen.errors import LedgerError
from kefen.ledger.order_rollup import code_of
from kefen.storage import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import ibis.expr.types as ir

KEY: Final = "customer_id"
INTO: Final = "merged_into"
CUSTOMERS: Final = "customers"


@dataclass(frozen=True)
class Aliases:
    """By the code of each merged customer the one that remains, which is itself no alias.

    >>> Aliases.of({"C2": "C1", "C3": "C2"}).into
    {'C2': 'C1', 'C3': 'C1'}
    """

    into: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.into)

    @classmethod
    def of(cls, merged: Mapping[str, str]) -> Aliases:
        """The aliases that these merges amount to, one after the other.

        Raises:
            LedgerError: `alias-circle` when customers would be merged into each other.
        """
        found = {}
        for code in sorted(merged):
            last, passed = code, {code}
            while last in merged:
                last = merged[last]
                if last in passed:
                    raise LedgerError("alias-circle", customer=code, into=merged[code])
                passed.add(last)
            found[code] = last
        return cls(found)

    def code(self, code: str) -> str:
        """The code of the customer that is meant by one."""
        return self.into.get(code, code)

    def members(self, codes: Iterable[str]) -> pl.DataFrame:
        """Under which codes these customers are spoken of: `_code`, `customer_id` and `_rank`.

        Their own code is the first, the others follow in order.
        """
        rows = [
            (member, code, rank)
            for code in codes
            for rank, member in enumerate((code, *self._merged.get(code, ())))
        ]
        schema = {"_code": pl.String, KEY: pl.String, "_rank": pl.Int64}
        return pl.DataFrame(rows, schema, orient="row")

    def other_codes(self) -> pl.DataFrame:
        """Which codes are of one customer: each `_code` with each `_other` of the same."""
        members = self.members(self._merged).drop("_rank")
        both = members.join(members.rename({"_code": "_other"}), on=KEY)
        return both.filter(pl.col("_code") != pl.col("_other")).select("_code", "_other")

    def differing(self, other: Aliases) -> set[str]:
        """Whose facts are others by these aliases than by `other`."""
        return {
            who
            for code in self.into.keys() | other.into.keys()
            if self.code(code) != other.code(code)
            for who in (code, self.code(code), other.code(code))
        }

    def applied(self, rows: ir.Table, kind: str = "") -> ir.Table:
        """Rows under the codes of the customers that remain; those of `customers` are joined.

        Rows that have a `code`, as `code_of` gives it, get that of the customer that remains.
        """
        if not self:
            return rows
        if kind == CUSTOMERS:
            everybody = ibis.memtable(self.members(self._merged).to_arrow())
            theirs = rows.join(everybody.rename(_own=KEY), rows[KEY] == everybody["_code"])
            theirs = theirs.mutate(**{KEY: ibis._["_own"]}).select(*rows.columns, "_rank")
            return rows.anti_join(everybody, rows[KEY] == everybody["_code"]).union(
                joined(theirs).select(rows.columns)
            )
        merged = ibis.memtable(self.frame().to_arrow())
        theirs = rows.join(merged.rename(_code=KEY), rows[KEY] == merged[KEY])
        theirs = theirs.mutate(**{KEY: ibis._[INTO]})
        if "code" in rows.columns:
            theirs = theirs.mutate(code=code_of(theirs[KEY]).cast(rows.code.type()))
        return rows.anti_join(merged, KEY).union(theirs.select(rows.columns))

    def frame(self) -> pl.DataFrame:
        """Each code with the one that remains."""
        columns = {KEY: list(self.into), INTO: list(self.into.values())}
        return pl.DataFrame(columns, {KEY: pl.String, INTO: pl.String})

    @cached_property
    def _merged(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for code in sorted(self.into):
            found.setdefault(self.into[code], []).append(code)
        return found


def joined(rows: ir.Table) -> ir.Table:
    """Customers, each once: of every column what the first row by `_rank` says that says anything.

    >>> import polars as pl
    >>> told = {"customer_id": ["C1", "C1"], "phone": [None, "139"], "_rank": [0, 1]}
    >>> joined(ibis.memtable(pl.DataFrame(told).to_arrow())).to_polars().rows()
    [('C1', '139')]
    """
    columns: dict[str, Any] = {
        name: ibis._[name].argmin(ibis._["_rank"], where=ibis._[name].notnull())
        for name in rows.columns
        if name not in (KEY, "_rank")
    }
    return rows.group_by(KEY).aggregate(**columns)


NONE: Final = Aliases()


class AliasFiles:
    """The aliases of the ledger in `folder`, one file for each step that changed them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "aliases"

    def read(self, step: str) -> Aliases:
        """The aliases that a step left.

        Raises:
            LedgerError: `ledger-damaged` when they cannot be understood.
        """
        if not step:
            return NONE
        path = self.folder / f"{step}.json"
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            return Aliases({one[KEY]: one[INTO] for one in told})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LedgerError("ledger-damaged", path=str(path), reason=str(error)) from error

    def write(self, step: str, aliases: Aliases) -> None:
        """Keep the aliases that a step leaves."""
        self.folder.mkdir(parents=True, exist_ok=True)
        told = [{KEY: code, INTO: into} for code, into in aliases.into.items()]
        write_whole(self.folder / f"{step}.json", json.dumps(told, ensure_ascii=False, indent=0))
