"""One version of the ledger: which files hold each kind's rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kefen.ledger.aliases import Aliases, AliasFiles
from kefen.ledger.facts import kind as kind_of
from kefen.ledger.tables import FactTable

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.ledger.versions import Manifest


@dataclass(frozen=True)
class Snapshot:
    """The facts of `manifest` in the ledger folder `folder`."""

    folder: Path
    manifest: Manifest

    @cached_property
    def aliases(self) -> Aliases:
        """Whose facts are read as those of whom."""
        return AliasFiles(self.folder).read(self.manifest.aliases)

    def table(self, kind: str) -> FactTable:
        """The kind's table, whatever its version."""
        return FactTable(self.folder / "facts" / kind, kind_of(kind))

    def delta_version(self, kind: str) -> int | None:
        """The Delta version of the kind's table; None when it has none yet."""
        return self.manifest.tables.get(kind)

    def rows(self, engine: Engine, kind: str) -> ir.Table:
        """The kind's rows at this version, under the codes that files gave."""
        return self.table(kind).rows(engine, self.delta_version(kind))

    def count(self, kind: str) -> int:
        """How many rows the kind has at this version, as its files' records say."""
        version = self.delta_version(kind)
        return 0 if version is None else self.table(kind).count(version)

    def uncounted(self, kind: str) -> int:
        """How many of the kind's rows count as no sale at this version."""
        return self.table(kind).uncounted(self.delta_version(kind))
