"""The note with the first administrator's password, there until the password is changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from django.conf import settings

from kefen_crm.environment import FIRST_LOGIN

if TYPE_CHECKING:
    from pathlib import Path

USERNAME = "admin"


def path() -> Path:
    """Where the note is: a user name and a password, for the eyes of the folder's owner."""
    found: Path = settings.KEFEN_DATA / FIRST_LOGIN
    return found


def write(password: str) -> None:
    """Leave the note."""
    path().parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{USERNAME} {password}\n")


def forget(username: str) -> None:
    """Take the note away once its user has another password."""
    if username == USERNAME:
        path().unlink(missing_ok=True)
