"""How Spark goes about its work, by the size of the data a session reads.

Spark's own settings are made for much data: two hundred partitions, a program compiled for each
statement, plans made again while they run. Over a few megabytes that takes a hundred times as long
as the work itself. What `KEFEN_SPARK` sets is left as it is set.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kefen.engines.embedded import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql import DataFrame

SMALL: Final = 32 * 2**20
"""Up to so many bytes of Parquet files are worked through in one piece."""
PIECE: Final = 16 * 2**20
"""Of more, about so many bytes of Parquet files are one partition's."""
MOST: Final = 2000
"""Partitions beyond which Spark is busier with them than with their rows."""
_PARTITIONS: Final = "spark.sql.shuffle.partitions"

_OF_LITTLE: Final = {
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    # Both sides of a join lie in the one partition already.
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.join.preferSortMergeJoin": "false",
}


class Extent:
    """How much a session has read, and its settings for that.

    Args:
        session: the session.
        given: settings that a person has chosen; they stay.
    """

    def __init__(self, session: Any, given: Mapping[str, str]) -> None:
        self._session = session
        self._given = given
        self._sizes: dict[str, int] = {}
        self._usual = {name: session.conf.get(name) for name in _OF_LITTLE}
        self._least = int(session.sparkContext.defaultParallelism)
        self._set()

    @property
    def bytes(self) -> int:
        """The size of all files read so far."""
        return sum(self._sizes.values())

    def part(self, rows: DataFrame, uris: Sequence[str]) -> DataFrame:
        """The rows of these files, in one partition where the session reads little."""
        for uri in uris:
            if uri not in self._sizes:
                self._sizes[uri] = _size(Path(plain(str(uri))))
        self._set()
        return rows.coalesce(1) if self._in_one() else rows

    def _in_one(self) -> bool:
        return self.bytes <= SMALL and _PARTITIONS not in self._given

    def _set(self) -> None:
        wanted = {_PARTITIONS: str(min(max(self._least, self.bytes // PIECE), MOST))} | self._usual
        if self._in_one():
            wanted = {_PARTITIONS: "1"} | _OF_LITTLE
        for name, value in wanted.items():
            if name not in self._given:
                self._session.conf.set(name, value)


def _size(path: Path) -> int:
    """Bytes of a file, or of the files of a folder; none where it cannot be seen from here."""
    try:
        if path.is_dir():
            return sum(file.stat().st_size for file in path.iterdir())
        return path.stat().st_size
    except OSError:
        return 0
