"""Reads of imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen_crm.imports.models import Import
from kefen_crm.platform import jobs
from kefen_crm.platform.queue import WAITING, state

if TYPE_CHECKING:
    from django.db.models import QuerySet


def listed() -> QuerySet[Import]:
    """Every import, newest first, without the parts that only its own page shows."""
    return Import.objects.select_related("by").order_by("-created", "-pk")


def busy() -> bool:
    """Whether any import is being worked on."""
    return jobs.busy(Import).exists()


def waiting(record: Import) -> bool:
    """Whether the work on an import has not begun yet."""
    task, arguments = record.place_in_queue()
    return state(task, **arguments) == WAITING


def ahead(record: Import) -> Import | None:
    """The import that is written to the ledger now, while this one waits for its turn."""
    writing = Import.objects.filter(status__in=Import.BUSY - {Import.Status.CHECKING})
    return writing.exclude(pk=record.pk).exclude(progress={}).first()


def landed_as(batch_id: str, besides: Import) -> Import | None:
    """The import by which a batch came into the ledger, when that is another one."""
    same = Import.objects.select_related("by").filter(batch_id=batch_id).exclude(pk=besides.pk)
    return same.order_by("created").first() if batch_id else None


def mended() -> QuerySet[Import, int | None]:
    """The ids of imports whose rejected rows another one took over and landed."""
    landed = Import.objects.filter(status=Import.Status.COMMITTED, mends__isnull=False)
    return landed.values_list("mends", flat=True)


def mendings(record: Import) -> list[Import]:
    """The imports that took over the rejected rows of this one, first those that landed."""
    found = record.mended_by.exclude(status=Import.Status.UNDONE).order_by("-created")
    return sorted(found, key=lambda one: one.status != Import.Status.COMMITTED)
