"""Lists of customers written to files in the background."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kefen_crm.customer_pages import export
from kefen_crm.customer_pages.listing import totals
from kefen_crm.customer_pages.models import WRITE_FILE, ListFile
from kefen_crm.customer_pages.selecting import listed
from kefen_crm.platform.downloads import write
from kefen_crm.platform.events import record
from kefen_crm.platform.jobs import busy, fail_orphans, failing
from kefen_crm.platform.queue import enqueue
from kefen_crm.team.models import User
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Iterator


ASKED, WRITTEN, FAILED = "list.asked", "list.written", "listfile.failed"
AT_ONCE: Final = 5_000
"""Lists up to that long are downloaded at once."""
WAITING: Final = 3
"""Files that one person may be waiting for."""
KEPT: Final = timedelta(days=1)
_STEP = 20_000


def ask(by: User, query: str, form: str) -> ListFile:
    """Queue a file of a list, as the address filters, orders or picks it.

    Raises:
        PermissionDenied: unless `by` may export.
        ValidationError: when others of theirs are still being written.
    """
    require(by, Permit.EXPORT)
    fail_orphans(ListFile)
    count = totals(listed(_request(by, query)))["customers"]
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)
        if busy(ListFile).filter(by=by).count() >= WAITING:
            raise ValidationError(_("Wait until the files before it are written."))
        file = ListFile.objects.create(
            by=by,
            query=query,
            form=ListFile.Form(form),
            name=f"{secrets.token_hex(16)}.{form}",
            customers=count,
            language=translation.get_language(),
        )
        record(by, ASKED, file, after=_said(file))
        enqueue(WRITE_FILE, pk=file.pk)
    return file


def make(pk: int) -> None:
    """Write a file that was asked for, of what `by` sees now."""
    file = ListFile.objects.select_related("by").filter(pk=pk).first()
    if file is None or not file.busy:
        return
    with failing(ListFile, [pk]), translation.override(file.language):
        require(file.by, Permit.EXPORT)
        ListFile.objects.filter(pk=pk).update(status=ListFile.Status.RUNNING)
        request = _request(file.by, file.query)
        rows = export.rows(request)
        file.path.parent.mkdir(parents=True, exist_ok=True)
        file.draft.touch(mode=0o600)
        write(_counted(rows, file), _("Customers"), file.form, file.draft)
        _finish(file)


def _counted(rows: Iterator[list[Any]], file: ListFile) -> Iterator[list[Any]]:
    """The rows, told from time to time how many are written."""
    total = file.customers
    at = -1
    for at, row in enumerate(rows):
        if at and at % _STEP == 0:
            told = {"done": at, "total": max(at, total)}
            if not ListFile.objects.filter(pk=file.pk).update(progress=told):
                raise LookupError(f"{file} was removed")
        yield row
    file.customers = max(at, 0)


@transaction.atomic
def _finish(file: ListFile) -> None:
    held = ListFile.objects.select_for_update().filter(pk=file.pk).first()
    if held is None:
        file.draft.unlink(missing_ok=True)
        return
    file.draft.replace(file.path)
    held.customers, held.status = file.customers, ListFile.Status.FINISHED
    held.progress, held.finished = {}, timezone.now()
    held.save()
    record(None, WRITTEN, held, after=_said(file))


def _said(file: ListFile) -> dict[str, Any]:
    return {"form": file.form, "count": file.customers}


def remove(file: ListFile) -> None:
    """Remove a file; what is still being written is given up."""
    file.delete()
    file.path.unlink(missing_ok=True)
    file.draft.unlink(missing_ok=True)


def clear(_due: object = None) -> None:
    """Remove what was asked for a day ago."""
    for file in ListFile.objects.filter(created__lt=timezone.now() - KEPT):
        remove(file)


def remove_all() -> None:
    """Remove every file: a customer was erased, who may be in some."""
    for file in ListFile.objects.all():
        remove(file)


def _request(by: User, query: str) -> HttpRequest:
    """What the list is asked by, as `by` would ask."""
    request = HttpRequest()
    request.GET, request.user = QueryDict(query), by
    request.session = SessionBase()  # in the background nothing was chosen before
    return request
