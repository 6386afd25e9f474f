"""The bytes of customers' files: what they are, where they lie, and that they go with their row."""

from __future__ import annotations

import contextlib
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import filetype
from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete

from kefen_crm.customer_files.models import CustomerFile

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER: Final = "customers"
PLAIN: Final = "application/octet-stream"
_HEAD: Final = 8_192
"""Bytes by which a file is known."""


def type_of(body: bytes) -> str:
    """The media type that the bytes tell; text where they are that, else just bytes."""
    found: str | None = filetype.guess_mime(body[:_HEAD])
    if found:
        return found
    try:
        text = body[:_HEAD].decode()
    except UnicodeDecodeError as error:
        text = body[: error.start].decode() if error.start > _HEAD - 4 else "\0"
    return PLAIN if "\0" in text else "text/plain"


def stored(body: bytes) -> str:
    """Write bytes to a place of their own; gives it, below the uploads.

    They are gone again when the transaction does not come to its end.
    """
    name = uuid.uuid4().hex
    path = f"{FOLDER}/{name[:2]}/{name}"
    place = Path(settings.MEDIA_ROOT) / path
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = place.with_suffix(".part")
    draft.touch(mode=0o600)
    draft.write_bytes(body)
    draft.rename(place)
    return path


def listen() -> None:
    """Follow rows that are deleted."""
    post_delete.connect(_forget, CustomerFile, dispatch_uid="customer_files_forget")


def _forget(instance: CustomerFile, **_more: Any) -> None:
    transaction.on_commit(lambda: instance.place.unlink(missing_ok=True))


def settle() -> None:
    """Remove files without a row, and rows without a file, after a customer was erased."""
    known = set(CustomerFile.objects.values_list("path", flat=True))
    root = Path(settings.MEDIA_ROOT)
    there = {path.relative_to(root).as_posix(): path for path in _files(root)}
    for name in there.keys() - known:
        with contextlib.suppress(OSError):
            there[name].unlink()
    CustomerFile.objects.filter(path__in=known - there.keys()).delete()


def _files(root: Path) -> Iterator[Path]:
    return (path for path in (root / FOLDER).rglob("*") if path.is_file())
