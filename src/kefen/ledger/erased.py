"""The register of erased customers: `<data>/erasures.json`.

It holds no personal data: of each customer the anonymous key that stands for it now, when and why
it was erased, and keyed hashes of what it was called by, so that a later import of the same
customer is noticed. A copy beside the backups has them re-applied when an older one is restored.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import unicodedata
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from kefen.errors import LedgerError
from kefen.storage import exclusive, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FILE: Final = "erasures.json"
BACKUPS: Final = "backups"
PENDING: Final = "erasing.json"
"""Stands in a data directory while a customer is being erased, or a restored one searched."""
KEY_START: Final = "erased-"


@dataclass(frozen=True)
class Erasure:
    """One customer that was erased.

    Attributes:
        id: what it is called by; the customer's anonymous key is made of it.
        at: when it was asked for, UTC.
        by: who asked, by number: `user 3`, or `shell`.
        reason: why, in the person's words, without the customer's data.
        secret: the key of the hashes.
        marks: keyed hashes of the customer's id and names.
        state: `begun`; `done` when nothing of the customer is found any more; `returned` when the
            customer came back and was let in.
        told: what was rewritten, removed and kept, as counts.
    """

    id: str
    at: datetime
    by: str
    reason: str
    secret: str
    marks: tuple[str, ...]
    state: Literal["begun", "done", "returned"] = "begun"
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What stands for the customer where its facts are kept."""
        return KEY_START + self.id


class ErasureRegister:
    """The register of the data directory `data`; there need not be any yet."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.path = data / FILE

    def all(self) -> list[Erasure]:
        """Every erasure, oldest first."""
        return read_register(self.path)

    def find(self, erasure_id: str) -> Erasure:
        """The erasure of this id; LedgerError `unknown-erasure` when there is none."""
        found = next((one for one in self.all() if one.id == erasure_id), None)
        if found is None:
            raise LedgerError("unknown-erasure", erasure=erasure_id)
        return found

    def begin(self, names: Iterable[str], reason: str, by: str) -> Erasure:
        """Enter a customer called by `names`; its data are still there."""
        known = self.all()
        secret = known[0].secret if known else secrets.token_hex(32)
        marks = tuple(sorted({mark(secret, name) for name in names if name}))
        made = Erasure(secrets.token_hex(6), datetime.now(UTC), by, reason, secret, marks)
        self.keep(made)
        return made

    def keep(self, entry: Erasure) -> None:
        """Write an erasure down, in place of what was known of it."""
        self.merge([entry])

    def finish(self, erasure_id: str, told: dict[str, Any]) -> Erasure:
        """Say that nothing of the customer is found any more."""
        done = replace(self.find(erasure_id), state="done", told=told)
        self.keep(done)
        return done

    def release(self, ids: Iterable[str]) -> None:
        """Take customers for erased no longer, who were let in again."""
        if self.path.exists():
            self.merge([replace(one, state="returned") for one in self.matching(ids).values()])

    def merge(self, entries: Iterable[Erasure]) -> None:
        """Take in erasures, such as those known beside a backup."""
        with exclusive(self.data):
            found = {one.id: one for one in self.all()} | {one.id: one for one in entries}
            listed = sorted(found.values(), key=lambda one: (one.at, one.id))
            text = json.dumps([_document(one) for one in listed], ensure_ascii=False, indent=1)
            write_whole(self.path, text, 0o600)
            copies = self.data / BACKUPS
            copies.mkdir(mode=0o700, exist_ok=True)
            write_whole(copies / FILE, text, 0o600)

    def matching(self, ids: Iterable[str]) -> dict[str, Erasure]:
        """Those of these customer ids, or names, that are of erased customers."""
        by_secret: dict[str, dict[str, Erasure]] = {}
        for one in self.all():
            if one.state != "returned":
                by_secret.setdefault(one.secret, {}).update(dict.fromkeys(one.marks, one))
        found = {}
        for name in ids if by_secret else ():
            for secret, marks in by_secret.items():
                if (known := marks.get(mark(secret, name))) is not None:
                    found[name] = known
        return found


def read_register(path: Path) -> list[Erasure]:
    """The erasures of a register's file; none when there is no file.

    Raises:
        LedgerError: `register-damaged` when it cannot be understood.
    """
    if not path.exists():
        return []
    known = {one.name for one in fields(Erasure)}
    try:
        return [
            Erasure(
                **{name: value for name, value in told.items() if name in known}
                | {"at": datetime.fromisoformat(told["at"]), "marks": tuple(told["marks"])}
            )
            for told in json.loads(path.read_text(encoding="utf-8"))
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LedgerError("register-damaged", path=str(path), reason=str(error)) from error


def ask_again(data: Path) -> None:
    """Have whoever goes on with erasures look for customers of the register first."""
    if not (data / PENDING).exists():
        write_whole(data / PENDING, json.dumps({"erasure": ""}), 0o600)


def blank() -> Erasure:
    """An erasure that is entered nowhere, to look what one would do."""
    return Erasure("?", datetime.now(UTC), "", "", secrets.token_hex(32), ())


def mark(secret: str, name: str) -> str:
    """The keyed hash of what a customer is called by; case, width and spaces aside."""
    plain = "".join(unicodedata.normalize("NFKC", name).casefold().split())
    return hmac.new(bytes.fromhex(secret), plain.encode(), hashlib.sha256).hexdigest()


def _document(entry: Erasure) -> dict[str, Any]:
    return asdict(entry) | {"at": entry.at.isoformat()}
