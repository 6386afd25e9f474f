"""What Ibis says to Spark, mended where it is not what Ibis promises."""

from __future__ import annotations

import warnings
from math import isfinite
from typing import Any

import ibis.expr.operations as ops
import sqlglot.expressions as sge

# Spark doubts pandas 3 aloud, at import and after; nothing goes through pandas here.
warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)

from ibis.backends.pyspark import Backend as PySpark  # noqa: E402
from ibis.backends.pyspark.datatypes import PySparkSchema  # noqa: E402
from ibis.backends.sql.compilers.pyspark import PySparkCompiler  # noqa: E402

PySpark.register_options()


def spark_schema(schema: Any) -> Any:
    """A schema as Spark writes it."""
    return PySparkSchema.from_ibis(schema)


class Compiler(PySparkCompiler):  # type: ignore[misc]  # Ibis ships no types
    """Ibis's own, but for what comes out otherwise than on the embedded engine."""

    __slots__ = ()

    # Ibis makes methods of these that would take the place of those below.
    SIMPLE_OPS = {
        op: name
        for op, name in PySparkCompiler.SIMPLE_OPS.items()
        if op is not ops.UnwrapJSONString
    }

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:  # noqa: N802
        """Spark reads `0.5` as a decimal and goes on with decimal digits."""
        if dtype.is_floating() and isfinite(value):
            return self.cast(repr(float(value)), dtype)
        return super().visit_NonNullLiteral(op, value=value, dtype=dtype)

    def visit_CountStar(self, op: Any, *, arg: Any, where: Any) -> Any:  # noqa: N802
        """A count with a condition is 0 where no row meets it, not null."""
        if where is None:
            return super().visit_CountStar(op, arg=arg, where=where)
        return self.f.count(self.if_(where, sge.convert(1), sge.Null()))

    def visit_JSONGetItem(self, op: Any, *, arg: Any, index: Any) -> Any:  # noqa: N802
        """By any key, whatever letters are in it."""
        if op.index.dtype.is_integer():
            return super().visit_JSONGetItem(op, arg=arg, index=index)
        entries = self.f.anon.from_json(arg, sge.convert("MAP<STRING, STRING>"))
        return self.f.anon.try_element_at(entries, index)

    def visit_UnwrapJSONString(self, op: Any, *, arg: Any) -> Any:  # noqa: ARG002, N802
        """The text of an entry; Ibis would parse it again, in Python."""
        return arg


class Backend(PySpark):  # type: ignore[misc]  # Ibis ships no types
    """Ibis's own, with rows handed over as Arrow instead of through pandas."""

    compiler = Compiler()

    def _register_udfs(self, expr: Any) -> None:
        """Nothing here needs a Python function."""

    def _register_in_memory_table(self, op: Any) -> None:
        rows = op.data.to_pyarrow(op.schema)
        frame = self._session.createDataFrame(rows, schema=spark_schema(op.schema))
        frame.createOrReplaceTempView(op.name)
