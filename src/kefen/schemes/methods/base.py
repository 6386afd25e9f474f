"""What a method is: a document, a standard, and the four things done with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from kefen.schemes.model import Scheme
from kefen.schemes.standard import Number, Standard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.errors import Fault
    from kefen.schemes.aggregate_cache import Memory
    from kefen.schemes.parts import Better
    from kefen.schemes.reason import Reason

Document = TypeVar("Document", bound=Scheme)
Fitted = TypeVar("Fitted", bound=Standard)


class Bounds(NamedTuple):
    """What classes are cut by: a column, and the bound of each class but the last, best first."""

    column: str
    cuts: Sequence[Number]
    better: Better = "higher"


@dataclass(frozen=True)
class Scored(Generic[Document, Fitted]):
    """The scores that a document gives the rows of a table, whatever its classes are.

    Attributes:
        held: the columns to keep, with `score`, on the engine; to be dropped when done.
        cut: the standard that `fit` gives for a document of other classes, and `held` with `class`.
    """

    held: ir.Table
    cut: Callable[[Document], tuple[Fitted, ir.Table]]


@dataclass(frozen=True)
class Method(Generic[Document, Fitted]):
    """One way of classifying.

    Attributes:
        document: the scheme document's model.
        standard: the model of what fitting gives.
        faults: what is wrong with a raw document beyond its form; must bear broken parts.
        fit: looks at all customers once.
        assign: adds `class`, `score` and the method's own columns, row by row.
        explain: the arithmetic behind one row's class. Of a row of a run it takes what `assign`
            gave, as far as the run kept it; of any other row (None) it works the same out.
        stage: columns over the raw table that cost much and that no weight and no cut changes, each
            as a call that gives its expression; `fit` and `assign` use them where a table has them.
            None without any.
        scored: scores worked out once and kept on the engine, for `fit` and `assign` with less work
            than both. None where it would be no less.
        bounds: the one column that classes are cut by, with the cuts; None where no single number
            decides.
        remember: keeps of a standard that was fitted on a lasting table what `fit` of a like
            document need not find again. None without any.
    """

    document: type[Document]
    standard: type[Fitted]
    faults: Callable[[Mapping[str, Any]], list[Fault]]
    fit: Callable[[Document, ir.Table, Engine], Fitted]
    assign: Callable[[Document, Fitted, ir.Table], ir.Table]
    explain: Callable[[Document, Fitted, Mapping[str, Any], Mapping[str, Any] | None], Reason]
    stage: Callable[[Document, ir.Table, Engine], dict[str, Callable[[], ir.Value]]] | None = None
    scored: (
        Callable[[Document, ir.Table, Engine, Sequence[str]], Scored[Document, Fitted]] | None
    ) = None
    bounds: Callable[[Fitted], Bounds] | None = None
    remember: Callable[[Document, Fitted, ir.Table, Memory], None] | None = None
