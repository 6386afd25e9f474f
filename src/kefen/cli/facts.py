"""Facts come in and go out again: import, check, undo, history, template."""

from __future__ import annotations

from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text
from typing_extensions import TypeIs

import kefen
from kefen.cli.console import HERE, Data, Face, Json, Lang
from kefen.cli.group import REJECTED
from kefen.cli.reading import (
    DecimalSign,
    Delimiter,
    Empty,
    Encoding,
    Gone,
    HeaderRow,
    Known,
    Order,
    Prefix,
    Repeated,
    Shared,
    Sheet,
    Statuses,
    statuses,
)
from kefen.cli.render import cell, table, whole
from kefen.cli.settings import tell_conflicts
from kefen.cli.words import word
from kefen.errors import KefenError
from kefen.ledger.options import given
from kefen.wording import briefly, sentence

if TYPE_CHECKING:
    from rich.table import Table

    from kefen.ledger import Batch, Check, Ledger
    from kefen.ledger.figures import ColumnFigures
    from kefen.ledger.reading.model import Preview

SHOWN = 10
"""Rejected rows told on the screen; the file of `--rejections` has all of them."""

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE…", exists=True, dir_okay=False, help=word("arg-file"))
]
Kind = Annotated[str | None, typer.Option("--kind", help=word("option-kind"))]
Map = Annotated[
    list[str] | None, typer.Option("--map", metavar="HEADING=COLUMN", help=word("option-map"))
]
Rejections = Annotated[
    Path | None, typer.Option("--rejections", metavar="OUT.csv", help=word("option-rejections"))
]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("import", help=word("help-import"))(import_)
    app.command(help=word("help-check"))(check)
    app.command(help=word("help-undo"))(undo)
    app.command(help=word("help-history"))(history)
    app.command(help=word("help-template"))(template)


def import_(
    files: Files,
    *,
    kind: Kind = None,
    columns: Map = None,
    sheet: Sheet = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    decimal: DecimalSign = None,
    date_order: Order = None,
    header_row: HeaderRow = None,
    repeated_lines: Repeated = None,
    known_keys: Known = None,
    shared_codes: Shared = None,
    prefix: Prefix = None,
    blanks: Empty = None,
    erased: Gone = None,
    status: Statuses = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=word("option-dry-run"))] = False,
    rejections: Rejections = None,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Load files into the ledger."""
    face = Face(lang, machine=machine)
    mapping = _mapping(columns)
    how = given(
        encoding=encoding,
        delimiter=delimiter,
        decimal=decimal,
        date_order=date_order,
        header_row=header_row,
        repeated_lines=repeated_lines,
        known_keys=known_keys,
        shared_codes=shared_codes,
        prefix=prefix,
        blanks=blanks,
        erased=erased,
        statuses=statuses(status),
    )
    ledger = kefen.open(data)
    landed: list[Batch | Check] = []
    refused: KefenError | None = None
    with face.progress() as bars:
        for file in files:
            take = ledger.check if dry_run else ledger.load
            told = bars.begin(file.name)
            try:
                landed.append(take(file, kind, mapping, sheet, progress=told, **how))
            except KefenError as error:
                refused = error
                break
    if refused is not None and len(files) == 1:
        raise refused
    tell_conflicts(face, ledger)
    if landed:
        _tell(face, ledger, landed, dry_run=dry_run)
    _keep(face, ledger, landed, rejections)
    if refused is not None:
        raise _of_several(files, len(landed), refused, dry_run=dry_run)
    if any(batch.rejected for batch in landed):
        raise typer.Exit(REJECTED)


def check(
    files: Files,
    *,
    kind: Kind = None,
    columns: Map = None,
    sheet: Sheet = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    decimal: DecimalSign = None,
    date_order: Order = None,
    header_row: HeaderRow = None,
    repeated_lines: Repeated = None,
    known_keys: Known = None,
    shared_codes: Shared = None,
    prefix: Prefix = None,
    blanks: Empty = None,
    erased: Gone = None,
    status: Statuses = None,
    rejections: Rejections = None,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Say what importing these files would do, and how their headings are understood."""
    face = Face(lang, machine=machine)
    mapping = _mapping(columns)
    how = given(
        encoding=encoding,
        delimiter=delimiter,
        decimal=decimal,
        date_order=date_order,
        header_row=header_row,
        repeated_lines=repeated_lines,
        known_keys=known_keys,
        shared_codes=shared_codes,
        prefix=prefix,
        blanks=blanks,
        erased=erased,
        statuses=statuses(status),
    )
    ledger = kefen.open(data)
    with face.progress() as bars:
        checks = [
            ledger.check(file, kind, mapping, sheet, progress=bars.begin(file.name), **how)
            for file in files
        ]
    for made in checks:
        if made.preview is not None:
            face.show(_columns(face, made, made.preview))
    _tell(face, ledger, list(checks), dry_run=True)
    _keep(face, ledger, list(checks), rejections)
    if any(made.rejected for made in checks):
        raise typer.Exit(REJECTED)


def _columns(face: Face, made: Check, preview: Preview) -> Table:
    """Each heading with what it was understood as, its first cells, sum and span."""
    rows: list[tuple[Any, ...]] = [
        (c.heading, c.column, " · ".join(c.samples), c.filled, _sum(c.sum), _span(c))
        for c in made.columns
    ]
    rows += [
        (name, "–", " · ".join(preview.samples(name)), "", "", "") for name in preview.unmapped
    ]
    names = ("heading", "column", "samples", "filled", "sum", "span")
    return table([face(name) for name in names], rows, title=f"{made.source} → {made.kind}")


def _sum(total: Any) -> Any:
    return "" if total is None else Text(str(cell(total)), justify="right")


def _span(column: ColumnFigures) -> str:
    if column.least is None:
        return ""
    return f"{cell(column.least)} – {cell(column.greatest)}"


def undo(
    batch: Annotated[str, typer.Argument(metavar="BATCH", help=word("arg-batch"))],
    *,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Take a batch back."""
    face = Face(lang, machine=machine)
    with face.progress() as bars:
        undone = kefen.open(data, existing=True).undo(batch, progress=bars.begin(batch))
    face.answer(_document(undone, face.lang))
    face.say("undone", batch=undone.id, source=undone.source, rows=_held(undone))


def history(*, data: Data = HERE, lang: Lang = "", machine: Json = False) -> None:
    """List the batches, newest first."""
    face = Face(lang, machine=machine)
    ledger = kefen.open(data, existing=True)
    batches = sorted(ledger.history(), key=lambda batch: batch.version, reverse=True)
    face.answer([_document(batch, face.lang) for batch in batches])
    if not batches:
        face.say("no-batches")
        return
    names = ("batch", "at", "kind", "source", "rows-landed", "repeated", "rejected", "status")
    local = ledger.settings.local_or_none
    rows = [
        (
            *(whole(b.id), local(b.at), b.kind, b.source),
            *(_held(b), b.repeated, b.rejected),
            face(f"status-{b.status}"),
        )
        for b in batches
    ]
    face.show(table([face(name) for name in names], rows))


def template(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=word("option-kind"))],
    path: Annotated[Path | None, typer.Argument(metavar="[FILE]", help=word("arg-out"))] = None,
    *,
    data: Data = HERE,
    lang: Lang = "",
) -> None:
    """Write an empty workbook with the columns of a kind and an example row."""
    face = Face(lang)
    target = path or Path(f"{kind}.xlsx")
    kefen.open(data).template(kind, target, face.lang)
    face.say("written", path=target)


def _of_several(files: list[Path], landed: int, error: KefenError, *, dry_run: bool) -> KefenError:
    """The refusal of one of several files, with its name and what became of the others."""
    code = "cli-file-of-checked" if dry_run else "cli-file-of-several"
    return KefenError(
        code,
        file=files[landed].name,
        reason={"code": error.code, "data": error.data},
        landed=[file.name for file in files[:landed]] or None,
        left=[file.name for file in files[landed + 1 :]] or None,
    )


def _held(batch: Batch) -> int:
    """How many rows of the file the ledger holds; repeated ones are held once."""
    return batch.rows - batch.repeated


def _landed(batch: Batch | Check) -> TypeIs[Batch]:
    """Whether this import landed: a check has no id."""
    return hasattr(batch, "id")


def _mapping(columns: list[str] | None) -> dict[str, str] | None:
    """`--map 标题=column` options as a mapping."""
    pairs = [text.rpartition("=") for text in columns or []]
    if wrong := [text for text, pair in zip(columns or [], pairs, strict=True) if not pair[0]]:
        raise KefenError("cli-bad-map", value=wrong[0])
    return {heading.strip(): column.strip() for heading, _, column in pairs} or None


_RARE = {
    "replaced": "replaced",
    "unchanged": "unchanged",
    "repeated": "repeated",
    "rejected": "rejected",
    "new-customers": "created_customers",
}
"""Counts that are shown when there are any, by the word for them."""


def _tell(face: Face, ledger: Ledger, landed: list[Batch | Check], *, dry_run: bool) -> None:
    face.answer([_document(batch, face.lang) for batch in landed])
    rare = {
        name: attribute
        for name, attribute in _RARE.items()
        if any(getattr(batch, attribute) for batch in landed)
    }
    headings = [face(name) for name in ("source", "kind", "added", *rare)]
    rows: list[list[Any]] = [
        [b.source, b.kind, b.added, *(getattr(b, attribute) for attribute in rare.values())]
        for b in landed
    ]
    if not dry_run:
        headings.append(face("batch"))
        for row, batch in zip(rows, landed, strict=True):
            row.append(whole(batch.id) if _landed(batch) else "")
    face.show(table(headings, rows))
    for batch in landed:
        _notices(face, batch, named=len(landed) > 1)
        if batch.rejected:
            _reasons(face, ledger, batch)
        if getattr(batch, "already", None):
            face.say("already", source=batch.source)
    if dry_run:
        face.say("dry-run")


def _notices(face: Face, batch: Batch | Check, *, named: bool) -> None:
    """What was assumed or left out, a line each; with the file's name where there are several."""
    mark = f"{batch.source}: " if named else ""
    for told in briefly([(notice.code, notice.data) for notice in batch.notices], face.lang):
        face.show(Text(f"• {mark}{told}"))


def _reasons(face: Face, ledger: Ledger, batch: Batch | Check) -> None:
    """The first rejected rows, each with its reason."""
    shown = ledger.rejections(batch.id, most=SHOWN) if _landed(batch) else batch.rejections[:SHOWN]
    headings = [face("line"), face("column"), face("value"), face("reason")]
    rows = [
        (r.place, r.heading or r.column, r.value, sentence(r.code, r.data, face.lang))
        for r in shown
    ]
    title = face("rejected-rows", count=batch.rejected, source=batch.source)
    face.show(table(headings, rows, title=title))


def _keep(face: Face, ledger: Ledger, landed: list[Batch | Check], path: Path | None) -> None:
    """Write rejected rows to `path`; with several files, one each: `out-<file>.csv`."""
    if path is None:
        return
    refused = [batch for batch in landed if batch.rejected]
    for batch in refused:
        target = path
        if len(landed) > 1:
            target = path.with_stem(f"{path.stem}-{Path(batch.source).stem}")
        of = batch.id if _landed(batch) else batch
        tell = partial(sentence, lang=face.lang)
        ledger.write_rejections(of, target, tell=tell, lang=face.lang)
        face.say("rejections-written", path=target, count=batch.rejected)


def _document(batch: Batch | Check, lang: str = "en") -> dict[str, Any]:
    """An import for programs; its notices carry their sentence beside code and data."""
    if _landed(batch):
        document = batch.document() | {"status": batch.status, "already": batch.already}
    else:
        hidden = ("preview", "rejections", "repeats", "sample")
        document = {f.name: getattr(batch, f.name) for f in fields(batch) if f.name not in hidden}
    document["notices"] = [
        asdict(notice) | {"text": sentence(notice.code, notice.data, lang)}
        for notice in batch.notices
    ]
    return document
