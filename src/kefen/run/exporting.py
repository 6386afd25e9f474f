"""The customers of a run as a file: CSV, XLSX or Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from kefen.cells import FORMULA_OR_MARK, NEGATIVE
from kefen.errors import RunError
from kefen.explain.headings import headings, values
from kefen.run.table import named
from kefen.storage import written_file

if TYPE_CHECKING:
    from kefen.run.classified import Classified

FORMATS: Final = (".csv", ".xlsx", ".parquet")
SHEET_ROWS: Final = 1_048_575
"""Rows below the headings that a sheet of a workbook holds."""


def export(run: Classified, path: str | Path, lang: str = "en") -> Path:
    """Write the classes of a run, best first, with names and titles; money keeps every digit.

    Headings of CSV and XLSX are Chinese where `lang` is; else, and in Parquet, the columns keep
    the names that programs know. Texts that a spreadsheet would run as a formula are marked in CSV
    (`kefen.cells`), and are texts in XLSX.

    Raises:
        RunError: `export-format` for another ending than `.csv`, `.xlsx` or `.parquet`,
            `export-large` for more rows than a sheet holds, `run-failed`.
        StorageError: `file-not-writable`, `disk-full`.
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in FORMATS:
        raise RunError("export-format", path=str(target), allowed=list(FORMATS))
    rows = exported(run, lang)
    if ending == ".xlsx" and rows.height > SHEET_ROWS:
        raise RunError("export-large", rows=rows.height, most=SHEET_ROWS)
    if ending != ".parquet" and lang.startswith("zh"):
        rows = _in_words(run, rows, lang)
    beside = target.with_name(f".{target.name}.part")
    with written_file(target):
        try:
            _WRITE[ending](rows, beside)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    return target


def exported(run: Classified, lang: str = "en") -> pl.DataFrame:
    """One row per customer, best class first: name and title of the class beside `classes`."""
    titles = {part.key: part.title.of(lang) for part in run.scheme.classes}
    order = {key: place for place, key in enumerate(titles)}
    rows = named(run, run.classes.to_polars())
    place = pl.col("class").replace_strict(order, default=len(order), return_dtype=pl.Int64)
    title = pl.col("class").replace_strict(titles, default=None, return_dtype=pl.String)
    listed = rows.with_columns(_place=place, class_title=title)
    listed = listed.sort("_place", run.value_column, descending=[False, True], nulls_last=True)
    first = [name for name in ("customer_id", "name", "class", "class_title") if name in listed]
    rest = [name for name in listed.columns if name not in (*first, "_place")]
    return listed.select(*first, *rest)


def _in_words(run: Classified, rows: pl.DataFrame, lang: str) -> pl.DataFrame:
    """The rows with headings, and columns of a few codes, in words."""
    told = {name: values(name, lang) for name in rows.columns}
    worded = [pl.col(name).replace(words) for name, words in told.items() if words]
    return rows.with_columns(worded).rename(headings(run.scheme, rows.columns, lang))


def _csv(rows: pl.DataFrame, path: Path) -> None:
    """UTF-8 with a mark of its encoding, which Excel needs."""
    marked = [
        pl.when(pl.col(name).str.contains(FORMULA_OR_MARK) & ~pl.col(name).str.contains(NEGATIVE))
        .then("'" + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name, type_ in rows.schema.items()
        if type_ == pl.String
    ]
    rows.with_columns(marked).write_csv(path, include_bom=True)


def _xlsx(rows: pl.DataFrame, path: Path) -> None:
    import xlsxwriter  # only this format needs it

    told = {"strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with path.open("wb") as file, xlsxwriter.Workbook(file, {"in_memory": True, **told}) as book:
        rows.write_excel(book, "classes", autofit=rows.height < 10_000)


def _parquet(rows: pl.DataFrame, path: Path) -> None:
    rows.write_parquet(path)


_WRITE: Final = {".csv": _csv, ".xlsx": _xlsx, ".parquet": _parquet}
