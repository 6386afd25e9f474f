"""Writes of programs: kept at once, landed in the order in which they came, many at a time.

A request lands its own write when nobody is before it and the ledger is free; else the worker
does, and the request is answered with an address to look at. Nothing that was kept is lost.
"""

from __future__ import annotations

import hashlib
import json
import logging
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Length
from django.utils import timezone

from kefen_crm.facts import actions, answers
from kefen_crm.facts.api.bodies import NamedFile
from kefen_crm.facts.models import RETENTION, FactWrite
from kefen_crm.gateway import KefenError, facts
from kefen_crm.gateway.facts import Sent
from kefen_crm.platform.events import KeyReused
from kefen_crm.platform.facts import announce
from kefen_crm.platform.queue import later_once
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from kefen_crm.team.models import User

LAND = "api.land_writes"
LEDGER = "ledger"
"""The lock of jobs that write to the ledger; imports have it too."""
LONGEST_WAIT = 30
"""Seconds that a request may ask to wait."""
PATIENCE = 20.0
"""Seconds that the worker waits for another writer before it looks again."""
LOOK = 0.05
MOST = 100
"""So many writes, of so many bytes, are landed together."""
MOST_BYTES = 8 << 20
_ALONE = 7_310_042

log = logging.getLogger(__name__)

Action, Status = FactWrite.Action, FactWrite.Status


@dataclass(frozen=True)
class Wanted:
    """What is to be written: the rows of `file` to send, or the fact `source` to take out."""

    action: str
    kind: str
    source: str
    options: dict[str, Any] = field(default_factory=dict)
    file: NamedFile | None = None

    @property
    def body(self) -> bytes:
        return self.file.getvalue() if self.file else b""

    @property
    def digest(self) -> str:
        """What makes two requests the same one."""
        plain = [self.action, self.kind, self.source, self.options]
        told = json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()
        return hashlib.sha256(told + b"\x00" + self.body).hexdigest()


def take(by: User, wanted: Wanted, key: str = "") -> tuple[FactWrite, bool]:
    """Keep a write, unless `by` sent it before under the same key; whether it is new.

    Raises:
        PermissionDenied: unless `by` may import.
        KeyReused: when the key came with another request before.
    """
    require(by, Permit.IMPORT)
    digest = wanted.digest
    if key and (known := _known(by, key, digest)):
        return known, False
    write = FactWrite(
        by=by,
        key=key,
        digest=digest,
        action=wanted.action,
        kind=wanted.kind,
        source=wanted.source,
        options=wanted.options,
        ignored=wanted.file.ignored if wanted.file else [],
        body=wanted.body,
        table=bool(wanted.file and wanted.file.table),
    )
    try:
        with transaction.atomic():
            write.save()
    except IntegrityError:
        known = _known(by, key, digest)
        if known is None:
            raise
        return known, False
    return write, True


def _known(by: User, key: str, digest: str) -> FactWrite | None:
    """The write of a key; one that failed by no fault of its own is queued again."""
    known = FactWrite.objects.filter(by=by, key=key).first()
    if known is None:
        return None
    if known.digest != digest:
        raise KeyReused(key)
    if known.status == Status.REFUSED and (known.code or 0) >= 500:
        known.status, known.code, known.answer, known.finished = Status.QUEUED, None, None, None
        known.save(update_fields=["status", "code", "answer", "finished"])
    return known


def attend(write: FactWrite, wait: float, *, later: bool = False) -> FactWrite:
    """Land a write now if that is possible within `wait` seconds, else leave it to the worker."""
    until = monotonic() + wait
    while not later and write.status == Status.QUEUED:
        if wait or not _before(write):
            with alone() as mine:
                if mine:
                    land_queued(until, write.pk)
            write.refresh_from_db()
        if write.status != Status.QUEUED or monotonic() >= until:
            break
        sleep(LOOK)
    if write.status == Status.QUEUED:
        later_once(LAND, lock=LEDGER)
    return write


def land_all() -> None:
    """What the worker does: land all that waits, then forget what is old."""
    with alone() as mine:
        done = mine and land_queued(monotonic() + PATIENCE)
    if not done:
        later_once(LAND, lock=LEDGER, seconds=1)
    FactWrite.objects.filter(finished__lt=timezone.now() - RETENTION).delete()


def land_queued(until: float, last: int | None = None) -> bool:
    """Land queued writes up to number `last`, oldest first; False when the ledger stays busy."""
    while True:
        queued = FactWrite.objects.filter(status=Status.QUEUED)
        if last is not None:
            queued = queued.filter(pk__lte=last)
        writes = _next(queued)
        if not writes:
            return True
        if not _land(writes, max(0.0, until - monotonic())):
            return False
        if last is not None and monotonic() >= until:
            return True


def _next(queued: QuerySet[FactWrite]) -> list[FactWrite]:
    """The oldest of these writes, with those after it that send facts of the same kind."""
    found = queued.order_by("pk").annotate(size=Length("body"))
    chosen: list[int] = []
    first, size = None, 0
    for pk, action, kind, more in found.values_list("pk", "action", "kind", "size")[:MOST]:
        size += more
        if first and (first != (Action.SEND, kind) or action != Action.SEND or size > MOST_BYTES):
            break
        first = first or (action, kind)
        chosen.append(pk)
    return list(FactWrite.objects.filter(pk__in=chosen).select_related("by").order_by("pk"))


def _land(writes: list[FactWrite], patience: float) -> bool:
    """Carry writes out, in their order; False when the ledger stays busy."""
    waiting = [write for write in writes if write.status == Status.QUEUED and _permitted(write)]
    if not waiting:
        return True
    try:
        if waiting[0].action == Action.SEND:
            _send(waiting, patience)
        else:
            _take_out(waiting[0], patience)
    except Exception as error:
        if isinstance(error, KefenError) and error.code == "ledger-busy":
            return False
        if len(waiting) > 1:  # some have landed, or one is to blame
            log.exception("Writes could not be landed together")
            left = [write for write in waiting if write.status == Status.QUEUED]
            return _land(left[:1], patience)
        _refuse(waiting[0], error)
    return True


def _permitted(write: FactWrite) -> bool:
    """Whether the sender may still import; else the write is refused."""
    try:
        require(write.by, Permit.IMPORT)
    except PermissionDenied as error:
        _refuse(write, error)
        return False
    return True


def _send(writes: list[FactWrite], patience: float) -> None:
    """Land facts, each write as a batch of its own; the runs that follow are told to all."""
    changed, batches = [], []
    with actions.loading([_sent(write) for write in writes], patience) as landed:
        for write, loaded in zip(writes, landed, strict=True):
            if isinstance(loaded, Exception):
                _refuse(write, loaded)
                continue
            ignored = [*loaded.ignored, *write.ignored[: actions.SHOWN]]
            notices = [*loaded.notices, *facts.unknown_fields(write.kind, ignored)]
            told = answers.landed(loaded.batch, loaded.rejections, ignored, notices=notices)
            _finish(write, 200 if loaded.batch.already else 201, told)
            if actions.changes(loaded.batch):
                changed.append(write)
                batches.append(loaded.batch)
    if changed:
        runs = [run.pk for run in announce(changed[-1].by, few=actions.few(batches))]
        for write in changed:
            write.answer = {**(write.answer or {}), "runs": runs}
        FactWrite.objects.bulk_update(changed, ["answer"])


def _sent(write: FactWrite) -> Sent:
    file = NamedFile(bytes(write.body), write.source)
    return Sent(write.kind, file, write.by.display_name, write.options, write.table)


def _take_out(write: FactWrite, patience: float) -> None:
    """Remove or cancel one fact."""
    cancel = write.action == Action.CANCEL
    batch, runs = actions.remove_fact(
        write.by, write.kind, write.source, cancel=cancel, patience=patience
    )
    told = answers.landed(batch, runs=[run.pk for run in runs])
    _finish(write, 200 if batch.already else 201, told)


def _refuse(write: FactWrite, error: Exception) -> None:
    _finish(write, *answers.refused(error))


def _finish(write: FactWrite, code: int, answer: dict[str, Any]) -> None:
    write.status = Status.LANDED if code < 400 else Status.REFUSED
    write.code, write.answer, write.finished = code, answer, timezone.now()
    if code < 500:  # else it may be tried again
        write.body = b""
    write.save(update_fields=["status", "code", "answer", "finished", "body"])


def _before(write: FactWrite) -> bool:
    return FactWrite.objects.filter(status=Status.QUEUED, pk__lt=write.pk).exists()


@contextmanager
def alone() -> Iterator[bool]:
    """Whether nobody else lands writes meanwhile, in any process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ALONE])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            # A connection that broke has given the lock back by itself.
            with suppress(Exception), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_ALONE])
