"""The bytes of files that an app keeps: what they are, where they lie, that they go with their row.

The model of an app has the `path` that `stored` gives, and says by `place` where that is. Its
`AppConfig.ready` calls `follow`, its plugin has `settle` called after a customer was erased, and
its `PersonalData` says `file="place"`.

    made = CustomerFile(customer=customer, type=type_of(body), path=stored(body, FOLDER))
"""

from __future__ import annotations

import contextlib
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import filetype
from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model

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


def stored(body: bytes, folder: str) -> str:
    """Write bytes to a place of their own in an app's folder; gives it, below the uploads.

    Whoever calls it removes them when their row is not made.
    """
    name = uuid.uuid4().hex
    path = f"{folder}/{name[:2]}/{name}"
    place = place_of(path)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = place.with_suffix(".part")
    draft.touch(mode=0o600)
    draft.write_bytes(body)
    draft.rename(place)
    return path


def place_of(path: str) -> Path:
    """Where the bytes of a path are."""
    return Path(settings.MEDIA_ROOT) / path


def follow(model: type[Model]) -> None:
    """Have the bytes of a model's rows leave the disk with their row, whoever deletes that."""
    uid = f"stored_files/{model._meta.label_lower}"  # noqa: SLF001  # Django's public name for it
    post_delete.connect(_forget, model, dispatch_uid=uid)


def _forget(instance: Any, **_more: Any) -> None:
    transaction.on_commit(lambda: instance.place.unlink(missing_ok=True))


def settle(model: type[Any], folder: str) -> None:
    """Remove files of a folder without a row, and rows of its model without a file."""
    known = set(model.objects.values_list("path", flat=True))
    root = Path(settings.MEDIA_ROOT)
    there = {path.relative_to(root).as_posix(): path for path in _files(root / folder)}
    for name in there.keys() - known:
        with contextlib.suppress(OSError):
            there[name].unlink()
    model.objects.filter(path__in=known - there.keys()).delete()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
