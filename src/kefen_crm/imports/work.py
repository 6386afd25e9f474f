"""What the background worker does with an import, and what becomes of work that was lost.

Every piece may be begun again: a worker that was killed leaves its job to the next one.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from kefen_crm.gateway import KefenError, reading
from kefen_crm.gateway.feeding import SITE
from kefen_crm.gateway.ledger import newest_version, opened
from kefen_crm.imports.actions import let_go_of_file
from kefen_crm.imports.models import Import
from kefen_crm.platform.facts import announce
from kefen_crm.platform.jobs import fail_orphans, failing
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kefen_crm.gateway.facts import Batch
    from kefen_crm.gateway.ledger import Ledger

logger = logging.getLogger(__name__)

Status = Import.Status
ERASED = "erased-left-out"
"""The notice of a file that names customers who were erased: the file itself is not kept then."""
_ADOPTION = 7_240_131
"""Key of the database's lock under which imports made elsewhere are taken over."""


def check(pk: int) -> None:
    """Find out what landing a file would do."""
    with _work(pk, Status.CHECKING) as record:
        if record is None:
            return
        began = time.monotonic()
        with opened() as ledger:
            told = reading.check(
                ledger,
                record.path,
                record.kind,
                record.mapping,
                record.sheet,
                _teller(pk),
                record.rejected_path,
                record.options,
            )
        took = time.monotonic() - began
        report = {"preview": record.preview, **told, "checked": True, "took": took}
        _settle(pk, Status.CHECKED, report)


def land(pk: int) -> None:
    """Import a checked file; then the schemes that imports set off are graded again."""
    with _work(pk, Status.COMMITTING) as record:
        if record is None:
            return
        began = time.monotonic()
        with opened() as ledger:
            told = reading.land(
                ledger,
                record.path,
                record.kind,
                record.mapping,
                record.sheet,
                record.by.display_name if record.by else "",
                _teller(pk),
                _note(record),
                record.options,
            )
            # A killed worker may have landed it without saying so: then it is this import's own.
            others = Import.objects.filter(batch_id=told["batch"]).exclude(pk=pk)
            again = told["already"] if others.exists() else None
        _follow(pk, record.by)
        took = time.monotonic() - began
        report = {**record.report, **told, "already": again, "took": took}
        if any(one["code"] == ERASED for one in told["notices"]):
            report = let_go_of_file(record, report)
        _settle(pk, Status.COMMITTED, report, batch_id=told["batch"])


def take_back(pk: int, by: int) -> None:
    """Take an import back; then the schemes that imports set off are graded again."""
    with _work(pk, Status.UNDOING) as record:
        if record is None:
            return
        who = User.objects.filter(pk=by).first()
        with opened() as ledger:
            try:
                reading.take_back(
                    ledger, record.batch_id, who.display_name if who else "", _teller(pk)
                )
            except KefenError as error:
                if error.code != "already-undone":  # by a worker that was killed, or elsewhere
                    raise
        _follow(pk, who)
        with transaction.atomic():
            _settle(pk, Status.UNDONE, record.report)
            same = Import.objects.filter(batch_id=record.batch_id, status=Status.COMMITTED)
            for other in same:
                _settle(other.pk, Status.UNDONE, other.report)


def _follow(pk: int, by: User | None) -> None:
    """Show customers and queue runs; what goes wrong is made good by the clock."""
    Import.objects.filter(pk=pk).update(progress={"stage": "customers"})
    try:
        announce(by)
    except Exception:
        logger.exception("Import %s landed; what follows from it will be tried again", pk)


def keep_up() -> None:
    """Bring the site up to a ledger that others write to, and make good what was lost."""
    fail_orphans(Import)
    catch_up()
    announce()


@contextmanager
def _work(pk: int, status: str) -> Iterator[Import | None]:
    """The import, if it still wants this done; whatever goes wrong is written down."""
    record = Import.objects.select_related("by", "mends").filter(pk=pk, status=status).first()
    with failing(Import, [pk]):
        yield record


def _teller(pk: int) -> Callable[[Any], None]:
    record, began = Import.objects.filter(pk=pk), time.monotonic()

    def tell(progress: Any) -> None:
        told = {"stage": progress.stage, "done": progress.done, "total": progress.total}
        if progress.holder:
            told["holder"] = dict(progress.holder)
        record.update(progress=told | {"seconds": time.monotonic() - began})

    return tell


@transaction.atomic
def _settle(pk: int, status: str, report: dict[str, Any], batch_id: str | None = None) -> None:
    record = Import.objects.select_for_update().get(pk=pk)
    record.status = status
    record.report = report
    record.progress, record.reason = {}, {}
    record.finished = timezone.now()
    if batch_id is not None:
        record.batch_id = batch_id
    record.save()


def catch_up() -> None:
    """Take over imports made, and note those taken back, from the shell or by the API."""
    newest = (str(settings.KEFEN_DATA), newest_version())
    if cache.get("imports-known") == newest:
        return
    with opened() as ledger, transaction.atomic():
        # What the site wrote itself is no import.
        batches = [one for one in reading.batches(ledger) if one.note != SITE]
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADOPTION])
        if Import.objects.filter(status__in=Import.BUSY - {Status.CHECKING}).exists():
            return  # the newest batch may be theirs
        known = set(Import.objects.values_list("batch_id", flat=True))
        people = {name: user for user in User.objects.all() for name in _names(user)}
        own = _landed_unsaid(ledger, [batch for batch in batches if batch.id not in known])
        fresh = [batch for batch in batches if batch.id not in known | own]
        # In bulk, so that the history does not call it the doing of whoever looks.
        records = Import.objects.bulk_create(
            Import(
                name=batch.source[-255:] or batch.id,
                size=0,
                kind=batch.kind,
                status=Status.COMMITTED,
                report=reading.report_of(ledger, batch),
                batch_id=batch.id,
                by=people.get(batch.by or ""),
                finished=batch.at,
            )
            for batch in fresh
        )
        mended = {batch.id: reading.mended_by(batch) for batch in fresh}
        firsts = {
            one.batch_id: one
            for one in Import.objects.filter(batch_id__in=filter(None, mended.values()))
        }
        for record, batch in zip(records, fresh, strict=True):
            record.created = batch.at or record.created
            record.mends = firsts.get(mended[batch.id])
        Import.objects.bulk_update(records, ["created", "mends"])
        undone = [batch.id for batch in batches if batch.status == "undone"]
        gone = Import.objects.filter(batch_id__in=undone, status=Status.COMMITTED)
        gone.update(status=Status.UNDONE)
    cache.set("imports-known", newest, None)


def _note(record: Import) -> str:
    """What the ledger's history says of an upload, by which its batch is known again."""
    mended = record.mends.batch_id if record.mends else ""
    return f"upload {record.pk}, mends {mended}" if mended else f"upload {record.pk}"


def _landed_unsaid(ledger: Ledger, batches: list[Batch]) -> set[str]:
    """Batches of uploads that failed only after they had landed; those uploads have landed now."""
    failed = (
        Import.objects.filter(status=Status.FAILED, batch_id="")
        .exclude(file="")
        .select_related("mends")
    )
    by_note = {_note(record): record for record in failed}
    found = set()
    for batch in batches:
        record = by_note.get(batch.note)
        if record and record.path.name == batch.source:
            report = {**record.report, **reading.report_of(ledger, batch), "already": None}
            _settle(record.pk, Status.COMMITTED, report, batch_id=batch.id)
            found.add(batch.id)
    return found


def _names(user: User) -> tuple[str, ...]:
    return tuple(name for name in (user.display_name, user.username) if name)
