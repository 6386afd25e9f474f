"""Files on their way into the ledger: looked at, checked, landed, taken back.

What comes back is JSON-able, so that the site can keep it beside the upload.
"""

from __future__ import annotations

import math
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kefen.errors import KefenError, ReadingError
from kefen.ledger.facts import COUNTED, KINDS, SALES
from kefen.ledger.facts import kind as find
from kefen.ledger.options import LANDING
from kefen.ledger.reading import column_mapping
from kefen.ledger.reading.model import CUSTOMER_NAME
from kefen.ledger.rejections import MENDS, Rejections, first_line, mended_import
from kefen.ledger.rejections import write as write_rejected
from kefen.wording import briefly, sentence
from kefen_crm.gateway import PAGE, language
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from kefen.ledger import Ledger, Progress
    from kefen.ledger.facts import Kind
    from kefen.ledger.reading.model import Notice, Rejection
    from kefen.ledger.records import Batch, Counts

    Mapped = Mapping[str, str | None]
    Tell = Callable[[Progress], None]

COUNTS = ("rows", "added", "replaced", "unchanged", "repeated", "rejected", "created_customers")
SAMPLE = 10
"""Rows kept of a file as it stands, and of the facts it would become."""
FAULTS = 50
"""Rejected rows and notices kept to be shown; all rejected rows are in their file."""
LONGEST = 120
ATTRIBUTE = column_mapping.ATTRIBUTE
"""Begins what a heading is mapped to that gives a further attribute by a name of its own."""
OF_STATUSES = {
    f"{of}-{code}": said
    for of in ("status", "document")
    for code, said in {
        "counts": (True, True),
        "counts-not": (False, True),
        "unknown": (True, False),
        "unclear": (True, False),
    }.items()
}
"""The notices of what counts as a sale: whether it does, and whether the word is known."""
UNCLEAR = "status-unclear"
"""The notice of a status that is a code: somebody has to say whether it counts."""
ASKED = frozenset(
    {
        UNCLEAR,
        "codes-of-several-names",
        "rows-of-known-days",
        "rows-known-without-numbers",
        "rows-known-as-lines",
        "numbers-written-otherwise",
    }
)
"""The notices of a check that an import refuses until they are answered."""


@dataclass(frozen=True)
class Column:
    """A column a heading may stand for, in this request's language."""

    name: str
    title: str
    required: bool
    note: str


@dataclass(frozen=True)
class Need:
    """Something each row of a kind must have, and the headings that give it, if any do."""

    title: str
    met: bool
    headings: list[str]


def kinds() -> dict[str, str]:
    """The title of every kind of fact, by its name."""
    lang = language()
    return {name: kind.label[lang] for name, kind in KINDS.items()}


def columns(kind: str) -> list[Column]:
    """The columns a heading may be mapped to, the required ones first."""
    lang = language()
    found = [
        Column(one.name, one.label[lang], one.required, one.note.get(lang, ""))
        for one in find(kind).columns
        if one.name != "attributes"
    ]
    return sorted(found, key=lambda column: not column.required)


def keeps_more(kind: str) -> bool:
    """Whether a kind keeps what no column stands for, as further fields."""
    return kind in KINDS and KINDS[kind].has("attributes")


def needs(kind: str, mapping: Mapped) -> list[Need]:
    """What each row must have, and whether this mapping supplies it."""
    found = find(kind)
    missing = column_mapping.missing_columns(
        found, [column for column in mapping.values() if column]
    )
    return [_need(found, one.name, mapping, one.name not in missing) for one in found.required]


def _need(kind: Kind, name: str, mapping: Mapped, met: bool) -> Need:
    lang = language()
    others: tuple[str, ...] = ()
    if name == "customer_id":
        others = (CUSTOMER_NAME,) if kind.has(CUSTOMER_NAME) else ("name",)
    elif kind.name == "order_lines" and name == "amount":
        others = ("quantity", "unit_price")
    title = kind.column(name).label[lang]
    if others:
        joint = {"zh": " 或 ", "en": " or "}[lang]
        plus = " × "
        title += joint + plus.join(kind.column(other).label[lang] for other in others)
    wanted = (name, *others)
    return Need(title, met, [heading for heading, column in mapping.items() if column in wanted])


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn whatever a file brings its readers to into a KefenError, `unreadable` at worst."""
    try:
        yield
    except KefenError as error:
        if "name" in error.data:  # not where it lies on the server
            error.data["name"] = name
        raise
    except Exception as error:
        raise ReadingError("unreadable", name=name, error=_short(repr(error))) from error
    except BaseException as error:
        # Readers written in Rust give up with something that is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise ReadingError("unreadable", name=name, error=_short(str(error))) from error


def look(
    path: Path,
    kind: str | None = None,
    sheet: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """How a file would be understood: format, headings, kind, mapping, its first rows.

    Raises:
        ReadingError: when it is no table, or has no headings.
    """
    with readable(path.name), opened() as ledger:
        preview = ledger.inspect(path, kind or None, sheet or None, **for_reading(options or {}))
    notices = _notices(preview.notices)
    told: dict[str, Any] = {"sample": preview.sample[:SAMPLE], "notices": notices}
    told["mends"] = mended_import(preview)
    told["mapping"] = preview.mapping | {h: ATTRIBUTE + one for h, one in preview.named.items()}
    plain: dict[str, Any] = storable(asdict(preview) | told)
    # Headings stay whole: the mapping names them.
    return plain | {"headings": [_without_nul(heading) for heading in preview.headings]}


def forget_mapping(mapping_id: str) -> None:
    """Use a remembered mapping no longer.

    Raises:
        LedgerError: `unknown-mapping`.
    """
    with opened() as ledger:
        ledger.forget_mapping(mapping_id)


def for_reading(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the options that say how cells are read, not how rows land."""
    return {name: value for name, value in options.items() if name not in LANDING}


def check(
    ledger: Ledger,
    path: Path,
    kind: str,
    mapping: Mapped,
    sheet: str | None,
    tell: Tell,
    rejected: Path,
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What landing a file would do, without doing it; all its rejected rows go to `rejected`."""
    with readable(path.name):
        made = ledger.check(
            path,
            kind,
            dict(mapping),  # type: ignore[arg-type]
            sheet or None,
            progress=tell,
            **(options or {}),
        )
        rejected.unlink(missing_ok=True)
        if made.rejections:
            Rejections(rejected).append(made.rejections)
    sample = made.sample.head(SAMPLE) if made.sample is not None else None
    filled = (
        [] if sample is None else [one.name for one in sample if one.null_count() < len(sample)]
    )
    used = [name for name in filled if name != COUNTED]  # what counts is told by status
    told = _counts(made) | {
        "already": made.already,
        "known_keys": made.known_keys,
        "asks": sorted({notice.code for notice in made.notices} & ASKED),
        "notices": _notices(made.notices),
        "faults": _faults(made.rejections),
        "repeats": _rows(made.repeats),
        "columns": used,
        "sample": [] if sample is None else sample.select(used).rows(),
    }
    plain: dict[str, Any] = storable(told)
    return plain


def land(
    ledger: Ledger,
    path: Path,
    kind: str,
    mapping: Mapped,
    sheet: str | None,
    by: str,
    tell: Tell,
    note: str = "",
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Import a file; one that stands already gives the import it landed with."""
    with readable(path.name):
        made = ledger.load(
            path,
            kind,
            dict(mapping),  # type: ignore[arg-type]
            sheet or None,
            by=by,
            note=note,
            progress=tell,
            **(options or {}),
        )
    return _batch(ledger, ledger.batch(made.id)) | {"already": made.id if made.already else None}


def take_back(ledger: Ledger, batch_id: str, by: str, tell: Tell) -> None:
    """Undo an import.

    Raises:
        LedgerError: `already-undone`, `unknown-batch`, `ledger-busy`.
    """
    ledger.undo(batch_id, by=by, progress=tell)


def is_sales(kind: str) -> bool:
    """Whether rows of a kind are what schemes grade by: orders or their lines."""
    return kind in SALES


def sales_without(ledger: Ledger, batch_id: str) -> bool:
    """Whether sales are left once an import is undone: another one that stands brought some."""
    return any(
        is_sales(one.kind)
        and one.status == "committed"
        and one.added + one.replaced + one.unchanged
        for one in ledger.history()
        if one.id != batch_id
    )


def batches(ledger: Ledger) -> list[Batch]:
    """Every import of the ledger, oldest first, whoever made it."""
    return ledger.history()


def report_of(ledger: Ledger, batch: Batch) -> dict[str, Any]:
    """An import made elsewhere, in the shape of `land`."""
    return _batch(ledger, batch)


def _batch(ledger: Ledger, batch: Batch) -> dict[str, Any]:
    first = ledger.rejections(batch.id, most=FAULTS) if batch.rejected else []
    told = _counts(batch) | {
        "batch": batch.id,
        "version": batch.version,
        "by": batch.by or "",
        "notices": _notices(batch.notices),
        "faults": _faults(first),
        "repeats": _rows(ledger.repeats(batch.id)) if batch.repeated else [],
    }
    plain: dict[str, Any] = storable(told)
    return plain


def write_template(kind: str, path: Path, lang: str = "") -> None:
    """Write the XLSX file to fill in for a kind; LedgerError `unknown-kind`."""
    with opened() as ledger:
        ledger.template(kind, path, lang or language())


def write_refused(batch_id: str, kept: Path | None, path: Path, form: str) -> int:
    """Write rejected rows to mend and import again: those of an import, or those `kept`."""
    lang = language()

    def tell(code: str, data: Mapping[str, Any]) -> str:
        return sentence(code, data, lang)

    if kept is not None:
        return write_rejected(Rejections(kept), path, form, tell, lang)
    with opened() as ledger:
        return ledger.write_rejections(batch_id, path, form, tell, lang)


def refused_rows(batch_id: str, kept: Path | None) -> list[Rejection]:
    """The rejected rows of an import, or those `kept` by its check, by line."""
    if kept is not None:
        return list(Rejections(kept).by_line())
    with opened() as ledger:
        return ledger.rejections(batch_id)


def mended(rows: Sequence[Rejection], cells: Mapping[int, Mapping[str, str]]) -> bytes:
    """A CSV file of rejected rows with some cells replaced, by line and heading."""
    lang = language()
    fixed = [
        replace(row, row=row.row | dict(cells.get(row.line, {})), also=())
        if row.line in cells
        else row
        for row in rows
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mended.csv"
        write_rejected(fixed, path, "csv", lambda code, data: sentence(code, data, lang), lang)
        return path.read_bytes()


def mended_by(batch: Batch) -> str:
    """The batch whose rejected rows a batch brought mended; empty for none."""
    _note, mark, first = batch.note.rpartition(MENDS)
    return first if mark else ""


def line_of(row: Rejection) -> int | str:
    """The line of a rejected row in the file it first came in."""
    return first_line(row)


def say_briefly(notices: Iterable[Mapping[str, Any]]) -> list[str]:
    """Notices in sentences, many of one kind in few; what counts as a sale is shown elsewhere."""
    told = [(one["code"], one["data"]) for one in notices if one["code"] not in OF_STATUSES]
    return briefly(told, language(), PAGE)


def say_fault(fault: Mapping[str, Any]) -> str:
    """Why a row was rejected, without saying its line again."""
    return sentence(fault["code"], fault["data"], language(), placed=False)


def _counts(of: Counts) -> dict[str, Any]:
    return {name: getattr(of, name) for name in COUNTS}


def _notices(notices: Iterable[Notice]) -> list[dict[str, Any]]:
    return [asdict(one) for one in islice(notices, FAULTS)]


def _faults(rejections: Iterable[Rejection]) -> list[dict[str, Any]]:
    return [
        {
            "line": first_line(one),
            "place": one.place,
            "heading": one.heading or "",
            "value": one.value or "",
            "code": one.code,
            "data": one.data,
        }
        for one in islice(rejections, FAULTS)
    ]


def _rows(listed: Iterable[Rejection]) -> list[dict[str, Any]]:
    """Rows as they stood, each with its line."""
    return [{"line": first_line(one), "row": one.row} for one in islice(listed, FAULTS)]


def storable(value: Any) -> Any:
    """As PostgreSQL keeps it in JSON: no NUL characters, no long texts, nothing but JSON."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, dict):
        return {_without_nul(str(key)): storable(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [storable(one) for one in value]
    return _short(str(value))


def _without_nul(text: str) -> str:
    return text.replace("\x00", "")


def _short(text: str) -> str:
    text = _without_nul(text)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
