"""Reads what an installation sets through environment variables."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from psycopg.conninfo import conninfo_to_dict

if TYPE_CHECKING:
    from pathlib import Path


FIRST_LOGIN = "first-login"
"""The file of the data directory with the first administrator's name and password."""


def flag(name: str) -> bool:
    """Whether the variable `name` is switched on."""
    return os.environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def names(name: str) -> list[str]:
    """The comma-separated words of the variable `name`."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def database(url: str) -> dict[str, Any]:
    """Django's description of a PostgreSQL address, in any form libpq understands.

    >>> database("postgresql://ann:secret@db:5433/kefen?sslmode=require")["HOST"]
    'db'
    >>> database("postgresql:///kefen?host=/run/kefen")["HOST"]
    '/run/kefen'
    """
    parts: dict[str, Any] = {"connect_timeout": "10", **conninfo_to_dict(url)}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "kefen"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": parts,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


def mail_server(url: str) -> dict[str, Any]:
    """Django's settings of a mail server's address; of an empty one nothing is sent.

    `smtp` is TLS by STARTTLS, `smtps` TLS from the first byte, `smtp+plain` none. Name and password
    are percent-encoded.

    >>> found = mail_server("smtp://crm%40example.com:secret@mail.example.com:587")
    >>> found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_HOST_USER"], found["EMAIL_USE_TLS"]
    ('mail.example.com', 587, 'crm@example.com', True)
    """
    parts = urlsplit(url)
    if url and (parts.scheme not in _MAIL_PORTS or not parts.hostname):
        raise ValueError(_BAD_MAIL)
    return {
        "EMAIL_BACKEND": f"django.core.mail.backends.{'smtp' if url else 'console'}.EmailBackend",
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": parts.port or _MAIL_PORTS.get(parts.scheme, 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 30,
    }


_MAIL_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_BAD_MAIL = "KEFEN_SMTP is no address of a mail server such as smtp://name:password@host:587"


def secret_key(path: Path) -> str:
    """The signing key: `KEFEN_SECRET_KEY`, else the one kept in `path`, made on first use.

    Without a data directory (a tool that only reads the settings) the key lasts one process.
    """
    if key := os.environ.get("KEFEN_SECRET_KEY"):
        return key
    if not path.exists() and path.parent.is_dir():
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except (FileExistsError, PermissionError):
            pass
        else:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(50))
    return path.read_text().strip() if path.exists() else secrets.token_urlsafe(50)
