"""What Ibis says to Spark, mended where it is not what Ibis promises."""

from __future__ import annotations

import warnings
from typing import Any

from ibis.backends.sql.compilers.pyspark import PySparkCompiler

with warnings.catch_warnings():
    # Spark doubts pandas 3; nothing goes through pandas here.
    warnings.filterwarnings("ignore", "PySpark does not yet", FutureWarning)
    from ibis.backends.pyspark import Backend as PySpark
    from ibis.backends.pyspark.datatypes import PySparkSchema

PySpark.register_options()


def spark_schema(schema: Any) -> Any:
    """A schema as Spark writes it."""
    return PySparkSchema.from_ibis(schema)


class Compiler(PySparkCompiler):  # type: ignore[misc]  # Ibis ships no types
    """Ibis's, but for what it leaves to Python functions or gets wrong."""

    __slots__ = ()

    def visit_UnwrapJSONString(self, op: Any, *, arg: Any) -> Any:  # noqa: N802, ARG002, D102
        return arg


class Backend(PySpark):  # type: ignore[misc]  # Ibis ships no types
    """Ibis's, with rows handed over as Arrow instead of through pandas."""

    compiler = Compiler()

    def _register_in_memory_table(self, op: Any) -> None:
        rows = op.data.to_pyarrow(op.schema)
        frame = self._session.createDataFrame(rows, schema=spark_schema(op.schema))
        frame.createOrReplaceTempView(op.name)
