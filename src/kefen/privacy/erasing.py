"""Erases a customer everywhere in a data directory; begun again after a kill, it goes on.

Each file is replaced whole by one without the person, and what was done is found done the second
time. So the work is the same however often it is begun: what tells of the person is written down
in one private file first, which is removed when a search finds nothing any more.
"""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from kefen.errors import KefenError
from kefen.ledger.erased import (
    KEY_START,
    PENDING,
    Erasure,
    ErasureRegister,
    ask_again,
    blank,
    read_register,
)
from kefen.privacy import rewriting
from kefen.privacy.collecting import emptied, find_customer, mentioned, names_of, person_of
from kefen.privacy.person import Person
from kefen.privacy.retained import BOOKS
from kefen.privacy.searching import UPLOADS, Found, files, places, search
from kefen.storage import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Set
    from pathlib import Path

    from kefen.ledger import Ledger

ROUNDS: Final = 3
"""So often what is left is gone through, such as what a run wrote meanwhile."""
ABANDONED: Final = 3_600.0
"""Seconds after which a draft is of a writer that is gone."""
LONGEST_REASON: Final = 500


class PrivacyError(KefenError):
    """A customer cannot be disclosed or erased, or traces of it remain."""


class Database(Protocol):
    """The database that belongs to a data directory."""

    def erase(self, person: Person) -> dict[str, int]:
        """Take the person out; gives the rows changed by table."""
        ...

    def settle(self) -> None:
        """Note which files are gone."""
        ...

    def search(self, person: Person) -> list[Found]:
        """The tables that tell of the person."""
        ...

    def asking(self, fields: Set[str]) -> dict[str, list[str]]:
        """The schemes in force that ask about any of these fields of customers, with those."""
        ...

    def compact(self) -> None:
        """Have deleted rows leave the disk, too."""
        ...


@dataclass(frozen=True)
class Preview:
    """What an erasure would do.

    Attributes:
        customer_id: whom it is about.
        name: what it is called now.
        found: where it is found: files below the data directory, and tables of the database.
        kept: `{kind: {"rows", "amount"}}` of what stays for the books, under an anonymous key.
        shared: how many of its values other customers have, too; they stay with those.
        code_short: whether the id is too short to be looked for in texts.
        backups: the backups that hold it until they are let go.
        asked: `{scheme: [field]}` of what goes and schemes in force ask about: the customer may
            leave their population, and with it sums and shares of classes move.
    """

    customer_id: str
    name: str
    found: list[Found]
    kept: dict[str, dict[str, Any]]
    shared: int
    code_short: bool
    backups: list[str]
    asked: dict[str, list[str]]


def preview(ledger: Ledger, customer: str, database: Database | None = None) -> Preview:
    """What erasing a customer would do, without doing it.

    Raises:
        LedgerError: `no-such-customer`, `customer-ambiguous`, `already-erased`.
    """
    customer_id = find_customer(ledger, customer)
    person = person_of(ledger, customer_id, blank())
    found = [*search(ledger.path, person), *(database.search(person) if database else ())]
    names = names_of(ledger, customer_id)
    return Preview(
        customer_id,
        names[-1],
        found,
        books(ledger, customer_id),
        len(person.shared),
        customer_id not in person.traces,
        backups(ledger.path),
        database.asking(emptied(ledger, person)) if database else {},
    )


def begin(ledger: Ledger, customer: str, reason: str, by: str) -> Erasure:
    """Enter a customer in the register and write down what tells of it; nothing is erased yet.

    Raises:
        LedgerError: those of `preview`.
        PrivacyError: `erasure-reason-needed`, `erasure-at-work` while another is not done.
    """
    refuse_to_begin(ledger, reason)
    customer_id = find_customer(ledger, customer)
    names = names_of(ledger, customer_id)
    person = person_of(ledger, customer_id, blank())
    told = person.masked(reason.strip())[:LONGEST_REASON]
    register = ErasureRegister(ledger.path)
    for code, into in ledger.aliases.items():
        if into == customer_id:  # taken up one after the other
            register.begin(names_of(ledger, code), told, by)
    entry = register.begin(names, told, by)
    write_down(ledger, person.called(entry.key, entry.secret))
    return entry


def refuse_to_begin(ledger: Ledger, reason: str) -> None:
    """Refuse an erasure without a reason, or beside another.

    Raises:
        PrivacyError: `erasure-reason-needed`, `erasure-at-work`.
    """
    if not reason.strip():
        raise PrivacyError("erasure-reason-needed")
    if pending(ledger.path) is not None:
        raise PrivacyError("erasure-at-work")


def write_down(ledger: Ledger, person: Person) -> None:
    """Write down what tells of somebody in the register, for `carry_out` to erase."""
    entry = ErasureRegister(ledger.path).find(person.key.removeprefix(KEY_START))
    kept = books(ledger, person.customer_id)
    told = {"erasure": entry.id, "person": person.document(), "kept": kept, "told": {}}
    write_whole(ledger.path / PENDING, json.dumps(told, ensure_ascii=False), 0o600)


def pending(data: Path) -> str | None:
    """The id of the erasure that is not done yet; None when there is none.

    It is empty where a backup was restored and the register is to be applied again.
    """
    file = data / PENDING
    return str(json.loads(file.read_text(encoding="utf-8"))["erasure"]) if file.exists() else None


def carry_out(
    ledger: Ledger,
    database: Database | None = None,
    tell: Callable[[str], None] = lambda _stage: None,
) -> list[Erasure]:
    """Do what was begun, and what a restored backup has brought back; gives what was done.

    `tell` is called with the name of each stage.

    Raises:
        PrivacyError: `traces-remain` with the places, when something of the person is still found;
            calling this again goes on.
        LedgerError: `ledger-busy`.
    """
    done: list[Erasure] = []
    while True:
        if not pending(ledger.path) and not _take_up(ledger):
            (ledger.path / PENDING).unlink(missing_ok=True)
            return done
        done.append(_carry_out(ledger, database, tell))


def _take_up(ledger: Ledger) -> bool:
    """Write down the next customer of the register that the ledger knows by its name."""
    register = ErasureRegister(ledger.path)
    if not register.all():
        return False
    for customer_id, entry in register.matching(sorted(mentioned(ledger))).items():
        write_down(ledger, person_of(ledger, customer_id, entry))
        return True
    for entry in register.all():
        if entry.state == "begun":  # nothing of it is there
            register.finish(entry.id, entry.told)
    return False


def _carry_out(ledger: Ledger, database: Database | None, tell: Callable[[str], None]) -> Erasure:
    told = json.loads((ledger.path / PENDING).read_text(encoding="utf-8"))
    person = Person.parse(told["person"])
    count: Counter[str] = Counter(told["told"])
    left: list[Found] = []
    for _round in range(ROUNDS):
        if database:
            tell("database")
            count.update(database.erase(person))
        tell("files")
        with ledger.held():
            count.update(take_out(ledger, person))
        write_whole(
            ledger.path / PENDING, json.dumps(told | {"told": count}, ensure_ascii=False), 0o600
        )
        if database:
            database.settle()
        tell("searching")
        left = [*search(ledger.path, person), *(database.search(person) if database else ())]
        if not left:
            break
    if left:
        names = [person.masked(one.path) for one in left]
        raise PrivacyError("traces-remain", places=names[:10], count=len(names))
    if database:
        tell("compacting")
        database.compact()
    done = ErasureRegister(ledger.path).finish(
        told["erasure"], {"changed": dict(count), "kept": told["kept"]}
    )
    ask_again_after = ledger.path / PENDING
    write_whole(ask_again_after, json.dumps({"erasure": ""}), 0o600)
    return done


def take_out(ledger: Ledger, person: Person) -> Counter[str]:
    """Take a person out of every file of the data directory; gives the places by folder.

    The caller holds the ledger's writing place.
    """
    count: Counter[str] = Counter()
    data = ledger.path
    folded = False
    shutil.rmtree(ledger.folder / "measures", ignore_errors=True)
    shutil.rmtree(ledger.folder / "statements", ignore_errors=True)
    for path in files(data):
        try:
            changed = _take_out_of(path, data, person)
        except FileNotFoundError:  # cleared away meanwhile
            continue
        if not changed:
            continue
        parts = path.relative_to(data).parts
        count["/".join(parts[:2]) if parts[0] == "ledger" else parts[0]] += changed
        if parts[:3] == ("ledger", "facts", "order_lines"):
            folded = True
            for piece in (ledger.folder / "daybook").glob(f"*/{path.name}"):
                piece.unlink()
    for folder in (ledger.folder / "facts").glob("*"):
        rewriting.delta_sizes(folder)
    ledger.refresh()
    if folded:
        ledger.folded(make=True)
    return count


def _take_out_of(path: Path, data: Path, person: Person) -> int:
    top = path.relative_to(data).parts[0]
    if path.suffix == rewriting.DRAFT or _is_abandoned(path):
        path.unlink()
        return 0
    if "_delta_log" in path.parts or path.parent.parent.name == "daybook":
        return 0
    if top == "cache":
        path.unlink()
        return 0
    if top == UPLOADS and path.suffix != ".jsonl":
        if not places(path, data, person):
            return 0
        path.unlink()
        return 1
    if path.suffix == ".parquet":
        kind = path.parent.name if path.parent.parent.name == "facts" else None
        claims = path.name.endswith(".customers.parquet")
        return rewriting.parquet(path, person, "customers" if claims else kind)
    if path.suffix == ".jsonl":
        return rewriting.lines(path, person)
    if path.suffix == ".json":
        return rewriting.document(path, person)
    written = top == "logs" or path.suffix in {".log", ".txt", ".csv"}
    return rewriting.log(path, person) if written else 0


def _is_abandoned(path: Path) -> bool:
    """Whether a file is the draft of a writer that is gone."""
    return path.suffix == ".part" and time.time() - path.stat().st_mtime > ABANDONED


def books(ledger: Ledger, customer_id: str) -> dict[str, dict[str, Any]]:
    """What is kept for the books of a customer: rows by kind and their money."""
    found = {}
    for kind in BOOKS:
        if not ledger.count(kind, whole=True):
            continue
        rows = ledger.table(kind, whole=True)
        own = rows.filter(rows.customer_id == customer_id)
        row = ledger.engine.fetch(own.aggregate(rows=own.count(), amount=own.amount.sum()))
        [told] = row.to_pylist()
        if told["rows"]:
            found[kind] = {"rows": told["rows"], "amount": str(told["amount"] or 0)}
    return found


def backups(data: Path) -> list[str]:
    """The names of the backups in the data directory, newest first."""
    return sorted((path.name for path in (data / "backups").glob("*.zip")), reverse=True)


def reapply(data: Path, registers: list[Path]) -> int:
    """Take registers over that were found beside a backup; gives how many erasures are known.

    `carry_out` then erases again whom the backup brought back.

    Raises:
        LedgerError: `register-damaged`.
    """
    register = ErasureRegister(data)
    found = [entry for path in registers for entry in read_register(path)]
    if found:
        register.merge(found)
        ask_again(data)
    return len(register.all())
