"""Changes to imports: a file comes, is understood, checked, landed, taken back, removed.

What takes long is asked for here and done by `imports.work` in the background.
"""

from __future__ import annotations

import shutil
import uuid
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from kefen_crm.gateway import KefenError, reading
from kefen_crm.imports.models import CHECK, LAND, TAKE_BACK, Import
from kefen_crm.platform.jobs import reason
from kefen_crm.platform.queue import enqueue
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.core.files import File

    from kefen_crm.team.models import User

KEEP_UP = "imports.keep_up"
LEDGER = "ledger"
"""The lock of jobs that write to the ledger: one after the other."""

Status = Import.Status
OPEN = frozenset({Status.UPLOADED, Status.CHECKED, Status.FAILED, Status.UNDONE})
"""States in which an import may still be changed and tried."""
_LONGEST_STEM = 60
_OF_THE_FILE = ("encoding", "delimiter", "header_row")
"""Ways of reading that belong to one file and not to its rows."""


def upload(by: User, file: File[bytes]) -> Import:
    """Keep a file and look at it at once; what cannot be read is kept as failed, with the reason.

    Raises:
        PermissionDenied: unless `by` may import.
    """
    require(by, Permit.IMPORT)
    name = PurePath(file.name or "").name.replace("\x00", "") or "upload"
    record = Import(name=name[-255:], size=file.size, by=by)
    record.file.save(f"{uuid.uuid4().hex}/{_stored_name(name)}", file, save=False)
    try:
        _understand(record, "", "")
    except KefenError as error:
        record.status = Status.FAILED
        record.reason = reason(error.code, error.data, "look")
    record.save()
    return record


def _stored_name(name: str) -> str:
    """A name safe on any disk, still telling: it is a hint to what the rows are."""
    suffix = PurePath(name).suffix[:8]
    stem = name.removesuffix(suffix)[:_LONGEST_STEM]
    return get_valid_filename(f"{stem or 'upload'}{suffix}".strip(". ") or "upload")


def _understand(
    record: Import, kind: str, sheet: str, options: Mapping[str, Any] | None = None
) -> None:
    preview = reading.look(record.path, kind, sheet, options)
    if not sheet and not kind and len(preview["sheets"]) > 1:
        # The check names the kind: it must not choose other sheets by it than are shown here.
        with_kind = reading.look(record.path, preview["kind"], "", options)
        if with_kind["taken"] != preview["taken"]:
            sheet = preview["sheet"]
            preview = reading.look(record.path, kind, sheet, options)
    record.options = dict(options or {})
    record.report = {"preview": preview}
    record.kind = preview["kind"] or ""
    record.sheet = sheet
    record.mapping = preview["mapping"]
    if record.mends is None and preview["mends"]:
        record.mends = Import.objects.filter(batch_id=preview["mends"]).order_by("pk").first()
    record.status, record.reason = Status.UPLOADED, {}


def understand_as(
    by: User, pk: int, kind: str, sheet: str, options: Mapping[str, Any] | None = None
) -> Import:
    """Look at a file again as this kind and sheet, read so; the mapping is guessed anew.

    Raises:
        PermissionDenied: unless `by` may import.
        ValidationError: when the import cannot be changed now.
        KefenError: when the file cannot be read so; nothing changes then.
    """
    require(by, Permit.IMPORT)
    with transaction.atomic():
        record = _changeable(pk, OPEN)
        _understand(record, kind, sheet, options)
        record.save()
    return record


def forget_mapping(by: User, pk: int) -> Import:
    """Forget the mapping that a file was understood by, and look at it again without.

    Raises:
        PermissionDenied: unless `by` may import.
        ValidationError: when the import cannot be changed now.
        KefenError: when the mapping is forgotten already, or the file cannot be read.
    """
    require(by, Permit.IMPORT)
    with transaction.atomic():
        record = _changeable(pk, OPEN)
        if mapping_id := record.remembered_mapping:
            reading.forget_mapping(mapping_id)
            _understand(record, "", record.sheet)
            record.save()
    return record


def request_check(by: User, pk: int, mapping: Mapping[str, str | None]) -> Import:
    """Queue a dry run with this mapping (heading → column; None leaves a heading out).

    Raises:
        PermissionDenied: unless `by` may import.
        ValidationError: when the import cannot be checked now.
    """
    require(by, Permit.IMPORT)
    with transaction.atomic():
        record = _changeable(pk, OPEN)
        if not record.kind:
            raise ValidationError(_("Say first what the rows are."))
        record.mapping = dict(mapping)
        record.report = {"preview": record.preview}
        return _begin(record, Status.CHECKING, CHECK)


def decide(by: User, pk: int, name: str, value: Any) -> Import:
    """Answer what a check asked, such as what known numbers are; then it is checked again.

    Raises:
        PermissionDenied: unless `by` may import.
        ValidationError: when the import cannot be checked now.
    """
    require(by, Permit.IMPORT)
    with transaction.atomic():
        record = _changeable(pk, {Status.CHECKED})
        record.options = record.options | {name: value}
        record.report = {"preview": record.preview}
        return _begin(record, Status.CHECKING, CHECK)


def mend(by: User, pk: int, cells: Mapping[int, Mapping[str, str]]) -> Import:
    """Make a new import of the rejected rows, with these cells (line → heading → cell) mended.

    Rows that nobody mended come along as they are; each keeps its line in the first file.

    Raises:
        PermissionDenied: unless `by` may import.
        ValidationError: when there are no rejected rows.
    """
    require(by, Permit.IMPORT)
    first = Import.objects.get(pk=pk)
    rows = reading.refused_rows(first.batch_id, None if first.batch_id else first.rejected_path)
    if not rows:
        raise ValidationError(_("No row of this import was rejected."))
    name = _("mended rows of %(name)s") % {"name": PurePath(first.name).stem}
    record = Import(name=f"{name}.csv"[-255:], size=0, by=by, kind=first.kind, mends=first)
    content = ContentFile(reading.mended(rows, cells))
    record.file.save(f"{uuid.uuid4().hex}/mended.csv", content, save=False)
    record.size = record.path.stat().st_size
    kept = {name: how for name, how in first.options.items() if name not in _OF_THE_FILE}
    _understand(record, first.kind, "", kept | {"delimiter": ",", "header_row": 1})
    headings = set(record.preview["headings"])
    record.mapping = {h: column for h, column in first.mapping.items() if h in headings}
    record.save()
    return request_check(by, record.pk, record.mapping)


def request_landing(by: User, pk: int) -> Import:
    """Queue the import of a checked file; a failed one may be tried again, an undone one redone.

    Raises:
        PermissionDenied: unless `by` may import.
        ValidationError: when the file was not checked, is at work, or awaits an answer about
            numbers that are known already.
    """
    require(by, Permit.IMPORT)
    with transaction.atomic():
        record = _changeable(pk, OPEN - {Status.UPLOADED})
        if not (record.file and record.checked):
            raise ValidationError(_("Check the file first."))
        if record.report.get("known_keys"):
            raise ValidationError(_("Say first what the known numbers are."))
        if record.report.get("asks"):
            raise ValidationError(_("Answer first what the check asks."))
        record.by = by
        return _begin(record, Status.COMMITTING, LAND, LEDGER)


def request_undo(by: User, pk: int) -> Import:
    """Queue taking an import back.

    Raises:
        PermissionDenied: unless `by` may import.
        ValidationError: when it has not landed, or is at work.
    """
    require(by, Permit.IMPORT)
    with transaction.atomic():
        record = _changeable(pk, {Status.COMMITTED})
        record.report = record.report | {"undone_by": by.display_name}
        return _begin(record, Status.UNDOING, TAKE_BACK, LEDGER, by=by.pk)


def remove(by: User, pk: int) -> None:
    """Throw an upload away that never landed.

    Raises:
        PermissionDenied: unless `by` may import.
        ValidationError: when it landed once, or is at work.
    """
    require(by, Permit.IMPORT)
    with transaction.atomic():
        record = _changeable(pk, OPEN - {Status.UNDONE})
        if record.batch_id:
            raise ValidationError(_("This file was imported once; its record stays."))
        folder = record.path.parent if record.file else None
        record.delete()
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


def let_go_of_file(record: Import, report: dict[str, Any]) -> dict[str, Any]:
    """Remove an upload that landed and names customers who were erased; gives its report without
    rows of the file.
    """
    shutil.rmtree(record.path.parent, ignore_errors=True)
    Import.objects.filter(pk=record.pk).update(file="")
    Import.history.filter(id=record.pk).update(file="")
    preview = (report.get("preview") or {}) | {"sample": []}
    return report | {"preview": preview, "sample": [], "faults": [], "repeats": []}


def forget_removed_files() -> None:
    """Note which uploads are no more, since they told of a customer that was erased."""
    for record in Import.objects.exclude(file=""):
        if record.path.exists():
            continue
        changes: dict[str, Any] = {"file": "", "name": record.name}
        if not record.batch_id:
            changes |= {"status": Status.FAILED, "reason": reason("upload-erased", {}, "look")}
        Import.objects.filter(pk=record.pk).update(**changes)
        Import.history.filter(id=record.pk).update(file="")


def _changeable(pk: int, states: Iterable[str]) -> Import:
    record = Import.objects.select_for_update().get(pk=pk)
    if record.busy:
        raise ValidationError(_("This file is being worked on. Wait until that is done."))
    if record.status not in set(states):
        raise ValidationError(
            _("That cannot be done now: %(status)s.") % {"status": record.get_status_display()}
        )
    return record


def _begin(record: Import, status: str, task: str, lock: str | None = None, **more: Any) -> Import:
    record.status = status
    record.progress, record.reason, record.finished = {}, {}, None
    record.save()
    enqueue(task, lock=lock, pk=record.pk, **more)
    return record
