"""Collects all that is held of one customer, with where each piece came from."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import ibis
from jinja2 import Environment, PackageLoader, StrictUndefined

from kefen.errors import KefenError
from kefen.ledger.erased import blank
from kefen.ledger.facts import KINDS
from kefen.privacy.collecting import find_customer, names_of, person_of, said_by_imports
from kefen.privacy.erasing import backups
from kefen.privacy.individual import individual
from kefen.privacy.retained import speaks_of_people
from kefen.privacy.searching import UPLOADS, places
from kefen.run import runs
from kefen.storage import written_file
from kefen.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kefen.ledger import Batch, Ledger
    from kefen.privacy.person import Person
    from kefen.run import Run

LANGUAGES: Final = ("zh", "en")
NO_FILES: Final[Mapping[str, Path]] = MappingProxyType({})


@dataclass(frozen=True)
class Section:
    """Rows of one sort. `title` is in both languages; a row's `source` says where it came from."""

    title: dict[str, str]
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Disclosure:
    """All that is held of a customer, of a `user` by the sign-in name, or of another `person`."""

    customer_id: str
    name: str
    made_at: datetime
    company: str
    sections: list[Section] = field(default_factory=list)
    subject: str = "customer"

    def document(self) -> dict[str, Any]:
        """The disclosure as JSON-able data."""
        told = {
            self.subject: self.customer_id,
            "subject": self.subject,
            "name": self.name,
            "made_at": self.made_at,
            "company": self.company,
            "sections": [vars(section) for section in self.sections],
        }
        plain: dict[str, Any] = json.loads(json.dumps(told, ensure_ascii=False, default=_plain))
        return plain


def disclose(ledger: Ledger, customer: str, database: Any = None) -> Disclosure:
    """All that a data directory holds of a customer, by its id or name.

    `database` has a method `disclose(customer_id)` that gives sections of the site's own tables.

    Raises:
        LedgerError: `no-such-customer`, `customer-ambiguous`, `already-erased`.
    """
    customer_id = find_customer(ledger, customer)
    person = person_of(ledger, customer_id, blank())
    batches = {batch.id: batch for batch in ledger.history()}
    sections = [
        *_facts(ledger, customer_id, batches),
        _section("disclosure-said", _said(ledger, customer_id, batches)),
        _section("disclosure-classes", list(_classes(ledger, customer_id))),
        _section("disclosure-overrides", list(_overrides(ledger, customer_id))),
        _section("disclosure-rejections", list(_rejections(ledger, person))),
        *(database.disclose(customer_id) if database else ()),
        _section("disclosure-uploads", list(_uploads(ledger, person))),
        _section("disclosure-backups", [{"file": name} for name in backups(ledger.path)]),
    ]
    return Disclosure(
        customer_id,
        names_of(ledger, customer_id)[-1],
        datetime.now(UTC),
        ledger.settings.company,
        [section for section in sections if section.rows],
    )


def disclose_individual(ledger: Ledger, words: Sequence[str], database: Any = None) -> Disclosure:
    """All that a data directory holds of somebody who is no customer, by `individual`.

    `database` has a method `telling(person)` that gives sections of the site's own tables.

    Raises:
        PrivacyError: those of `individual`.
    """
    person = individual(ledger, words, blank())
    batches = {batch.id: batch for batch in ledger.history()}
    sections = [
        *_speaking(ledger, person, batches),
        _section("disclosure-rejections", list(_rejections(ledger, person))),
        *(database.telling(person) if database else ()),
        _section("disclosure-uploads", list(_uploads(ledger, person))),
        _section("disclosure-backups", [{"file": name} for name in backups(ledger.path)]),
    ]
    return Disclosure(
        person.customer_id,
        person.words,
        datetime.now(UTC),
        ledger.settings.company,
        [section for section in sections if section.rows],
        "person",
    )


def write(told: Disclosure, path: Path, files: Mapping[str, Path] = NO_FILES) -> None:
    """Write a ZIP file with `disclosure.json` and a page to read in each language.

    `files` go along, by their names in it.

    Raises:
        StorageError: `file-not-writable`, `disk-full`.
    """
    with written_file(path), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        document = told.document()
        text = json.dumps(document, ensure_ascii=False, indent=1)
        archive.writestr("disclosure.json", text)
        for lang in LANGUAGES:
            archive.writestr(f"disclosure.{lang}.html", page(document, lang))
        for name, place in files.items():
            archive.write(place, name)


def page(document: dict[str, Any], lang: str) -> str:
    """The disclosure as a page for people."""
    environment = Environment(
        loader=PackageLoader("kefen.privacy"), autoescape=True, undefined=StrictUndefined
    )
    labels = {column.name: column.label[lang] for kind in KINDS.values() for column in kind.columns}

    def word(code: str, **data: Any) -> str:
        return sentence(code, data, lang)

    def label(name: str) -> str:
        told = sentence(f"disclosure-column-{name}", {}, lang)
        return labels.get(name, name if told.startswith("disclosure-column-") else told)

    template = environment.get_template("disclosure.html.j2")
    return template.render(told=document, lang=lang, word=word, label=label)


def _section(code: str, rows: list[dict[str, Any]]) -> Section:
    return Section({lang: sentence(code, {}, lang) for lang in LANGUAGES}, rows)


def _facts(ledger: Ledger, customer_id: str, batches: dict[str, Batch]) -> Iterator[Section]:
    for kind in KINDS.values():
        if not ledger.count(kind.name, whole=True):
            continue
        table = ledger.table(kind.name, whole=True)
        found = ledger.engine.fetch(table.filter(table.customer_id == customer_id)).to_pylist()
        yield Section(dict(kind.label), _sourced(found, batches))


def _said(ledger: Ledger, customer_id: str, batches: dict[str, Batch]) -> list[dict[str, Any]]:
    return _sourced(said_by_imports(ledger, customer_id).to_dicts(), batches)


def _speaking(ledger: Ledger, person: Person, batches: dict[str, Batch]) -> Iterator[Section]:
    """The facts of any customer that speak of somebody, by kind."""
    for kind in KINDS.values():
        texts = [
            column.name
            for column in kind.stored
            if column.type == "text" and speaks_of_people(kind.name, column.name)
        ]
        if not texts or not ledger.count(kind.name, whole=True):
            continue
        table = ledger.table(kind.name, whole=True)
        hits = [table[name].lower().contains(n.lower()) for name in texts for n in person.needles]
        found = ledger.engine.fetch(table.filter(ibis.or_(*hits))).to_pylist()
        rows = [row for row in found if any(person.found_in(row[name] or "") for name in texts)]
        yield Section(dict(kind.label), _sourced(rows, batches))


def _sourced(rows: list[dict[str, Any]], batches: dict[str, Batch]) -> list[dict[str, Any]]:
    return [_filled(row) | {"source": _source(batches, row["batch_id"])} for row in rows]


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in row.items()
        if value is not None and not name.startswith("_") and name != "batch_id"
    }


def _source(batches: dict[str, Batch], batch_id: str) -> str:
    batch = batches.get(batch_id)
    if batch is None:
        return batch_id
    told = [batch.source, f"{batch.at:%Y-%m-%d %H:%M} UTC" if batch.at else "", batch.by or ""]
    return " · ".join(part for part in [*told, batch.id] if part)


def _of_runs(ledger: Ledger) -> Iterator[tuple[Run, str]]:
    for run in runs(ledger):
        yield run, f"{run.id} · {run.as_of}"


def _classes(ledger: Ledger, customer_id: str) -> Iterator[dict[str, Any]]:
    for run, source in _of_runs(ledger):
        if run.status == "failed":
            continue
        row = run.classes.row(customer_id=customer_id)
        if row is not None:
            yield _filled(row) | {"why": _why(run, customer_id), "source": source}


def _why(run: Run, customer_id: str) -> dict[str, str]:
    try:
        explanation = run.explain(customer_id)
        return {lang: " ".join(explanation.sentences(lang)) for lang in LANGUAGES}
    except KefenError:
        return {}


def _overrides(ledger: Ledger, customer_id: str) -> Iterator[dict[str, Any]]:
    for run, source in _of_runs(ledger):
        for told in [*(one.to_dict() for one in run.overrides), *run.ignored_overrides]:
            if told["customer_id"] == customer_id:
                yield _filled(told) | {"source": source}


def _rejections(ledger: Ledger, person: Person) -> Iterator[dict[str, Any]]:
    for batch in ledger.history():
        for entry in [*ledger.rejections(batch.id), *ledger.repeats(batch.id)]:
            cells = [value for value in entry.row.values() if value]
            if any(person.is_named(cell) or person.found_in(cell) for cell in cells):
                yield {
                    **_filled(entry.row),
                    "source": f"{batch.source} · {batch.id} · {entry.line}",
                }


def _uploads(ledger: Ledger, person: Person) -> Iterator[dict[str, Any]]:
    for path in sorted((ledger.path / UPLOADS).rglob("*")):
        if path.is_file() and (count := places(path, ledger.path, person)):
            yield {"file": path.relative_to(ledger.path).as_posix(), "places": count}


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal | Path):
        return str(value)
    return repr(value)
