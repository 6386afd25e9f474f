"""Levels that another system gave: read from its export, matched to customers, made a scheme."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.cells import restored
from kefen.errors import RunError
from kefen.schemes import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen.ledger import Ledger
    from kefen.schemes import Scheme

ATTRIBUTE: Final = "对方等级"
"""The attribute of customers that holds the levels of the other system."""
NAME: Final = "theirs"
GONE: Final = "–"
"""The level of whoever had one before and is not in the newest export."""
MOST: Final = 20
"""Of more levels no scheme is made."""
ENCODINGS: Final = ("utf-8-sig", "gb18030")


@dataclass(frozen=True)
class Matched:
    """Whose levels are known here.

    Attributes:
        rows: `customer_id` and `level`, one row a customer.
        unknown: how many rows name nobody who is known here; `near` the first of them.
        twice: how many rows name a customer of an earlier row, and were passed over.
    """

    rows: pl.DataFrame
    unknown: int
    near: tuple[str, ...]
    twice: int


def read_table(path: str | Path) -> pl.DataFrame:
    """The first sheet of a workbook, or a CSV file, as texts under their headings.

    Raises:
        RunError: `levels-unreadable` where there is no table with two columns or more.
    """
    path = Path(path)
    try:
        if path.suffix.lower() in (".xlsx", ".xls", ".xlsb", ".ods"):
            rows = _of_workbook(path)
        else:
            rows = _of_text(path.read_bytes())
    except Exception as error:
        raise RunError("levels-unreadable", name=path.name) from error
    rows = [row for row in rows if any(row)]
    if len(rows) < 2 or sum(map(bool, rows[0])) < 2:
        raise RunError("levels-unreadable", name=path.name)
    kept = [at for at, name in enumerate(rows[0]) if name]
    names = [rows[0][at] for at in kept]
    data = [[row[at] if at < len(row) else "" for at in kept] for row in rows[1:]]
    unique = [name if names.index(name) == at else f"{name} {at}" for at, name in enumerate(names)]
    return pl.DataFrame(data, schema=dict.fromkeys(unique, pl.String), orient="row")


def suggest(ledger: Ledger, table: pl.DataFrame) -> tuple[str, str]:
    """Which column names customers, and which their level: best known here, and fewest values."""
    known = _known(ledger)
    hits = {
        name: sum(one in known for one in table[name].head(500).to_list()) for name in table.columns
    }
    customer = max(table.columns, key=lambda name: hits[name])
    rest = [name for name in table.columns if name != customer]
    several = [name for name in rest if 2 <= len(levels_of(table, name)) <= MOST]
    words = ("级", "类", "level", "class", "grade", "tier", "rank")
    named = [name for name in several if any(word in name.lower() for word in words)]
    among = named or several or rest
    return customer, min(among, key=lambda name: len(levels_of(table, name)))


def levels_of(table: pl.DataFrame, column: str) -> list[str]:
    """The levels of a column, in the order of the alphabet."""
    return sorted({one for one in table[column].to_list() if one})


def match(ledger: Ledger, table: pl.DataFrame, customer: str, level: str) -> Matched:
    """Whose level each row tells, by code, else by name where it is one customer's alone.

    Raises:
        RunError: `levels-nobody` when nobody of the file is known here.
    """
    known = _known(ledger)
    found: dict[str, str] = {}
    unknown: list[str] = []
    twice = 0
    for who, given in table.select(customer, level).rows():
        if not who or not given:
            continue
        code = known.get(who)
        if code is None:
            unknown.append(who)
        elif code in found:
            twice += 1
        else:
            found[code] = given
    if not found:
        raise RunError("levels-nobody", column=customer, near=unknown[:3])
    rows = pl.DataFrame(
        {"customer_id": list(found), "level": list(found.values())},
        schema={"customer_id": pl.String, "level": pl.String},
    )
    return Matched(rows, len(unknown), tuple(unknown[:3]), twice)


def land(ledger: Ledger, matched: Matched, by: str | None = None) -> str | None:
    """Have customers carry their levels as an attribute; gives the batch, which can be undone."""
    rows = matched.rows.rename({"level": ATTRIBUTE})
    before = _carrying(ledger)
    gone = sorted(set(before) - set(rows["customer_id"].to_list()))
    if gone:
        rows = pl.concat([rows, pl.DataFrame({"customer_id": gone, ATTRIBUTE: [GONE] * len(gone)})])
    batch = ledger.load(
        rows, "customers", by=by, note=ATTRIBUTE, known_keys="replace", shared_codes="one"
    )
    return batch.id


def scheme_of(levels: Sequence[str], title: dict[str, str] | None = None) -> Scheme:
    """The scheme of levels, best first: each customer is in the class of their level.

    >>> [part.title.en for part in scheme_of(["Gold", "Silver"]).classes]
    ['Gold', 'Silver']

    Raises:
        RunError: `levels-number` for fewer than two or more than twenty.
    """
    listed = list(dict.fromkeys(one.strip() for one in levels if one.strip()))
    if not 2 <= len(listed) <= MOST:
        raise RunError("levels-number", count=len(listed), most=MOST)
    document: dict[str, Any] = {
        "name": NAME,
        "method": "rules",
        "title": title or {"zh": "对方系统的等级", "en": "The other system's levels"},
        "rules": [
            {"class": f"L{at}", "when": {"attribute": ATTRIBUTE, "is": level}}
            for at, level in enumerate(listed, 1)
        ],
        "classes": [
            {"key": f"L{at}", "title": {"zh": level, "en": level}}
            for at, level in enumerate(listed, 1)
        ],
    }
    return load(document)


def _known(ledger: Ledger) -> dict[str, str]:
    """Customers by their codes, and by names that are one customer's alone."""
    rows = ledger.table("customers")
    names = rows.select("customer_id", "name") if "name" in rows.columns else None
    if names is None:
        return {str(code): str(code) for (code,) in rows.select("customer_id").to_polars().rows()}
    found: dict[str, str] = {}
    shared: set[str] = set()
    listed = names.to_polars().rows()
    for code, name in listed:
        if name and found.setdefault(str(name).strip(), str(code)) != str(code):
            shared.add(str(name).strip())
    for name in shared:
        del found[name]
    return found | {str(code): str(code) for code, _ in listed}


def _carrying(ledger: Ledger) -> list[str]:
    """Who has a level of an earlier export."""
    rows = ledger.table("customers")
    if "attributes" not in rows.columns:
        return []
    known = rows.select("customer_id", "attributes").to_polars()
    held = known.filter(pl.col("attributes").fill_null("").str.contains(ATTRIBUTE, literal=True))
    return [str(one) for one in held["customer_id"].to_list()]


def _of_workbook(path: Path) -> list[list[str]]:
    from python_calamine import load_workbook  # for workbooks only

    workbook = load_workbook(path)
    sheet = workbook.get_sheet_by_index(0)
    return [[_cell(value) for value in row] for row in sheet.to_python()]


def _of_text(content: bytes) -> list[list[str]]:
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise ValueError("no text")
    if "\0" in text:
        raise ValueError("no text")
    head = text[:10_000]
    delimiter = max(",;\t", key=head.count)
    return [
        [_cell(value) for value in row] for row in csv.reader(StringIO(text), delimiter=delimiter)
    ]


def _cell(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value if value is not None else "").strip()
    return restored(text)
