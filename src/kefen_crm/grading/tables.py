"""The rows behind a run: the ABC table in pages, and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from django.conf import settings
from django.utils.translation import gettext as _

from kefen_crm.gateway import members as engine
from kefen_crm.gateway.filters import UNRATED, Cell, OfClass, Scored
from kefen_crm.grading.pictures import mark
from kefen_crm.grading.queries import BESIDE
from kefen_crm.platform.downloads import download

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl
    from django.http import HttpResponse, QueryDict

    from kefen_crm.grading.models import Run

PER_PAGE = 50
_AT_ONCE = 10_000


class Rows(Sequence[dict[str, Any]]):
    """Rows that are read a page at a time, for Django's paginator."""

    def __init__(self, rows: pl.LazyFrame) -> None:
        self._rows = rows
        self._height = engine.height(rows)

    def __len__(self) -> int:
        return self._height

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, int):
            return engine.page(self._rows, place, 1)[0]
        start, stop, _step = place.indices(self._height)
        return engine.page(self._rows, start, stop - start)


def abc_table(run: Run, params: QueryDict) -> Rows:
    """The ABC table of a run, narrowed as the run's pictures say: class, cell, score."""
    kept = settings.KEFEN_DATA / "cache" / "tables" / f"{mark(run)}.parquet"
    rows = engine.table(run.engine_id, kept)
    key, scores, bounds = (_whole(run, params.get(name, "")) for name in ("class", "cell", "score"))
    asked, cell, span = OfClass.read(key), Cell.read(scores), Scored.read(bounds)
    return Rows(
        engine.narrowed(
            rows,
            key=asked.key if asked else "",
            cell=_recency_and_frequency(cell) if cell else None,
            score=(_number(span.low), _number(span.high)) if span else None,
        )
    )


def _whole(run: Run, value: str) -> str:
    """`A` is `abc:A`: the scheme is known."""
    return value if ":" in value else f"{run.scheme.name}:{value}"


def _recency_and_frequency(cell: Cell) -> tuple[int, int] | None:
    scores = dict(cell.scores)
    return (scores["r"], scores["f"]) if scores.keys() == {"r", "f"} else None


def _number(text: str) -> float | None:
    return float(text) if text else None


def file(run: Run, rows: Rows, form: str) -> HttpResponse:
    """The ABC table as a download."""
    title = f"{run.version.title} {run.as_of:%F}"
    return download(_lines(run, rows), title, form)


def _lines(run: Run, rows: Rows) -> Iterator[list[Any]]:
    titles = {one.key: one.title for one in run.version.classes} | dict(BESIDE)
    yield [
        _("Rank"), _("Code"), _("Customer"), _("Cumulative customers"), _("Value"),
        _("Cumulative value"), _("Cumulative share of value"), _("Class"), _("Score"),
    ]  # fmt: skip
    for start in range(0, len(rows), _AT_ONCE):
        for row in rows[start : start + _AT_ONCE]:
            yield [
                row["rank"], row["customer_id"], row["name"] or "",
                _share(row["cumulative_customers_share"]), row["value"], row["cumulative_value"],
                _share(row["cumulative_share"]), str(titles[row["class"] or UNRATED]),
                row["score"],
            ]  # fmt: skip


def _share(share: float | None) -> float | None:
    """To a ten-thousandth of a percent: no digits that are only a float's."""
    return None if share is None else round(share, 6)
