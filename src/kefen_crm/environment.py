"""Reads what an installation sets through environment variables."""

from __future__ import annotations

import os
import re
import secrets
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from kefen import variables
from kefen.errors import KefenError
from kefen.ledger.settings import VARIABLES, clean
from kefen.storage import is_shared
from kefen.variables import given, refused, whole
from kefen.variables import switch as switch  # the site's settings take it

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


FIRST_LOGIN = "first-login"
"""The file of the data directory with the first administrator's name and password."""


def names(name: str) -> list[str]:
    """The comma-separated words of the variable `name`."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def hosts() -> list[str]:
    """The host names of `KEFEN_HOSTS`. KefenError `bad-variable` for an address or a port."""
    found = names("KEFEN_HOSTS")
    if wrong := [name for name in found if not _HOST.fullmatch(name)]:
        raise refused("KEFEN_HOSTS", wrong[0], "crm.example.com, .example.com, 10.0.0.5, [::1]")
    return found


def address() -> str:
    """Where people find the site by `KEFEN_URL`, without a slash at its end; empty without it.

    Raises:
        KefenError: `bad-variable`.
    """
    url = given("KEFEN_URL").rstrip("/")
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        fine = False
    if url and not fine:
        raise refused("KEFEN_URL", url, "https://crm.example.com")
    return url


def upload_limit() -> int:
    """Bytes of the largest upload by `KEFEN_UPLOAD_MB`. KefenError `bad-variable`."""
    return whole("KEFEN_UPLOAD_MB", 500, 1, 1_000_000) << 20


def trusted_proxies() -> int:
    """How many proxies stand before the site by `KEFEN_TRUSTED_PROXIES`. KefenError
    `bad-variable`.
    """
    return whole("KEFEN_TRUSTED_PROXIES", 0, 0, 100)


def database(url: str) -> dict[str, Any]:
    """Django's description of a PostgreSQL address, in any form libpq understands.

    >>> database("postgresql://ann:secret@db:5433/kefen?sslmode=require")["HOST"]
    'db'
    >>> database("postgresql:///kefen?host=/run/kefen")["HOST"]
    '/run/kefen'

    Raises:
        KefenError: `bad-variable` for an address of anything else.
    """
    try:
        parts: dict[str, Any] = {"connect_timeout": "10", **conninfo_to_dict(url)}
    except psycopg.Error:
        raise refused("DATABASE_URL", url, _DATABASE) from None
    ports = str(parts.get("port") or "").split(",")
    if any(port and not port.isdecimal() for port in ports):
        raise refused("DATABASE_URL", url, _DATABASE)
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

    Raises:
        KefenError: `bad-variable` for what is no such address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise refused("KEFEN_SMTP", url, _MAIL) from None
    if url and (parts.scheme not in _MAIL_PORTS or not parts.hostname or port == 0):
        raise refused("KEFEN_SMTP", url, _MAIL)
    return {
        "EMAIL_BACKEND": f"django.core.mail.backends.{'smtp' if url else 'console'}.EmailBackend",
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": port or _MAIL_PORTS.get(parts.scheme, 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 30,
    }


_MAIL_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_MAIL = "smtp://name:password@host:587, smtps://…:465, smtp+plain://host:25"
_DATABASE = "postgresql://name:password@host:5432/kefen"
_HOST = re.compile(r"\*|\.?[\w-]+(?:\.[\w-]+)*\.?|\[[0-9a-fA-F:.]+\]")
_SETTINGS = {
    "currency": "CNY, EUR",
    "timezone": "Asia/Shanghai, Europe/Paris",
    "language": "zh, en",
}
SWITCHES = ("KEFEN_HTTPS", "KEFEN_DEMO", "KEFEN_DEBUG")
"""Variables that are on (1) or off (0)."""


def faults() -> list[KefenError]:
    """What is wrong with the variables of an installation, each as `bad-variable`."""
    found: list[KefenError] = []
    readers: list[Callable[[], Any]] = [
        variables.memory,
        variables.threads,
        variables.engine,
        is_shared,
        hosts,
        address,
        upload_limit,
        trusted_proxies,
        lambda: mail_server(given("KEFEN_SMTP")),
        lambda: database(os.environ.get("DATABASE_URL", "")),
        *(partial(switch, name) for name in SWITCHES),
    ]
    for read in readers:
        try:
            read()
        except KefenError as error:
            found.append(error)
    return found


def setting_faults() -> list[KefenError]:
    """What is wrong with variables that only data without settings of their own go by."""
    found: list[KefenError] = []
    for name, variable in VARIABLES.items():
        value = given(variable)
        try:
            if value:
                clean(name, value)
        except KefenError:
            found.append(refused(variable, value, _SETTINGS[name]))
    return found


def refuse_faults() -> None:
    """Refuse an environment that cannot be used. KefenError `bad-variable`, the first of all."""
    for error in faults():
        raise error


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
