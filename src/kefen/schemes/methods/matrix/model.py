"""What a matrix says: two whole schemes, and which cells make a class."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from kefen.schemes.methods.inner import InnerScheme, InnerStandard  # noqa: TC001  fields
from kefen.schemes.model import Scheme
from kefen.schemes.parts import ClassPart, Part
from kefen.schemes.presentation import Presentation
from kefen.schemes.standard import Standard

if TYPE_CHECKING:
    from kefen.indicators import Request

Side = Literal["rows", "columns"]
SIDES: tuple[Side, Side] = ("rows", "columns")


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Keys = Annotated[list[str], BeforeValidator(_listed), Field(min_length=1)]


class Cell(Part):
    """Cells of the matrix: these classes of the rows with these of the columns; all by default."""

    row: Keys | None = None
    column: Keys | None = None

    def holds(self, row: str, column: str) -> bool:
        """Whether a pair of classes is among the cells."""
        return (self.row is None or row in self.row) and (
            self.column is None or column in self.column
        )


class MatrixClass(ClassPart):
    """`cells`: what it holds, less what a class before it does; the last may leave them out."""

    cells: list[Cell] | None = Field(default=None, min_length=1)


class MatrixScheme(Scheme):
    """Two schemes crossed. Each of them is a document of its own, or the name of a ready-made one.

    Names are resolved when the document is loaded, so its hash tells all that it rests on.
    """

    presentation: ClassVar = Presentation(
        "两个方案交叉", "Matrix of two schemes", ranked=False, described=True
    )

    method: Literal["matrix"] = "matrix"
    rows: InnerScheme
    columns: InnerScheme
    classes: list[MatrixClass] = Field(min_length=2)  # type: ignore[assignment]

    def side(self, name: Side) -> Scheme:
        """One of the two schemes."""
        found: Scheme = self.rows if name == "rows" else self.columns
        return found

    def references(self) -> list[str]:
        """What the two schemes read, each indicator with its window where it is not this one's."""
        found = []
        for side in SIDES:
            inner = self.side(side)
            for reference in inner.references():
                name, _, window = reference.partition("@")
                own = window or inner.window
                found.append(name if own == self.window else f"{name}@{own}")
        return list(dict.fromkeys(found))

    def requests(self) -> list[Request]:
        """What the two schemes and this one need, each column once."""
        found = {request.column: request for request in super().requests()}
        for side in SIDES:
            for request in self.side(side).requests():
                column = self._own(request)
                found.setdefault(column, replace(request, column=column))
        return list(found.values())

    def demands(self) -> list[tuple[Request, int | float | None]]:
        """What this scheme and the two inside it demand, in the columns of this one."""
        found: list[tuple[Request, int | float | None]] = [
            (self.request(name), least) for name, least in self.minimum.items()
        ]
        for side in SIDES:
            for request, amount in self.side(side).demands():
                found.append((replace(request, column=self._own(request)), amount))
        return found

    def attributes(self) -> list[str]:
        """The customer attributes that any of the conditions asks about."""
        every = [super().attributes(), *(self.side(side).attributes() for side in SIDES)]
        return list(dict.fromkeys(name for each in every for name in each))

    def columns_of(self, side: Side) -> dict[str, str]:
        """What one of the two schemes calls a column, and what this one does."""
        inner = self.side(side)
        found = {request.column: self._own(request) for request in inner.requests()}
        for name in inner.attributes():
            found[inner.attribute_column(name)] = self.attribute_column(name)
        return found

    def _own(self, request: Request) -> str:
        return self.column(f"{request.indicator}@{request.window}")

    def class_of(self, row: str, column: str) -> str:
        """The class of a cell."""
        for part in self.classes:
            if part.cells is None or any(cell.holds(row, column) for cell in part.cells):
                return part.key
        raise KeyError((row, column))

    def dump(self) -> dict[str, Any]:
        """The document in its canonical form, both schemes in full."""
        return super().dump() | {side: self.side(side).dump() for side in SIDES}


class MatrixStandard(Standard):
    """The standards of the two schemes."""

    method: Literal["matrix"] = "matrix"
    rows: InnerStandard
    columns: InnerStandard

    def side(self, name: Side) -> Standard:
        """One of the two standards."""
        found: Standard = self.rows if name == "rows" else self.columns
        return found
