"""A folder of an SFTP server, whose host key a person confirmed before anything was told to it."""

from __future__ import annotations

import io
import stat
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from kefen_crm.connectors.sources.base import (
    MOST_BYTES,
    Asked,
    Fetched,
    Setting,
    Source,
    SourceError,
)
from kefen_crm.connectors.sources.listing import STILL, changed_files
from kefen_crm.webhooks.posting import Private, connected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paramiko import PKey, SFTPClient, Transport

PORT: Final = 22
SECONDS: Final = 30
PARTS: Final = (".part", ".partial", ".filepart", ".tmp")
"""The ends of names of files that programs are still sending."""


def fetch(asked: Asked) -> Fetched:
    """The files of the folder that are not as they were fetched before, by their time and size."""
    folder = asked.settings.get("folder") or "."
    with _opened(asked) as client:

        def read(name: str, size: int) -> tuple[str, bytes]:
            return name, _read(client, f"{folder.rstrip('/')}/{name}", size)

        return changed_files(asked, _files(client, folder), read)


def _files(client: SFTPClient, folder: str) -> Iterator[tuple[str, str, int]]:
    """The name, the mark and the size of each file that nobody writes to any more."""
    now = time.time()
    for one in client.listdir_attr(folder):
        name, changed, size = one.filename, one.st_mtime or 0, one.st_size or 0
        plain = stat.S_ISREG(one.st_mode or 0) and not name.startswith(".")
        if plain and not name.endswith(PARTS) and abs(now - changed) >= STILL:
            yield name, f"{changed}-{size}", size


def _read(client: SFTPClient, path: str, size: int) -> bytes:
    with client.open(path, "rb") as file:
        file.prefetch(size)
        content: bytes = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise SourceError("too-large", megabytes=MOST_BYTES >> 20)
    return content


@contextmanager
def _opened(asked: Asked) -> Iterator[SFTPClient]:
    """A session with the server, signed in.

    Raises:
        SourceError: where there is none, or what it does fails.
    """
    import paramiko  # takes as long to import as the rest of the site's start; few need it

    transport = None
    try:
        key = _key(asked.secret)
        host, port = _place(asked.settings["host"])
        transport = paramiko.Transport(connected(host, port))
        transport.banner_timeout = transport.auth_timeout = SECONDS
        transport.start_client(timeout=SECONDS)
        _confirmed(transport, asked.settings.get("fingerprint", ""))
        if key is None:
            transport.auth_password(asked.settings["user"], asked.secret)
        else:
            transport.auth_publickey(asked.settings["user"], key)
        client = paramiko.SFTPClient.from_transport(transport)
        if client is None:
            raise SourceError("not-read")
        client.get_channel().settimeout(SECONDS)
        yield client
    except paramiko.AuthenticationException:
        raise SourceError("sign-in", status="SFTP") from None
    except Private:
        raise SourceError("private") from None
    except TimeoutError:
        raise SourceError("timeout") from None
    except ConnectionRefusedError:
        raise SourceError("refused") from None
    except (FileNotFoundError, PermissionError) as error:
        raise SourceError("missing", status=error.strerror or "SFTP") from None
    except (paramiko.SSHException, OSError, EOFError):
        raise SourceError("unreachable") from None
    except ValueError:  # such as a name that is no UTF-8
        raise SourceError("not-read") from None
    finally:
        if transport is not None:
            transport.close()


def _place(told: str) -> tuple[str, int]:
    """The host and the port of `sftp.example.com:2222`."""
    host, colon, port = told.removeprefix("sftp://").rstrip("/").rpartition(":")
    if not colon or not port.isdecimal():
        return told.removeprefix("sftp://").rstrip("/"), PORT
    return host.strip("[]"), int(port)


def _confirmed(transport: Transport, fingerprint: str) -> None:
    """Refuse a server whose key is not the one that a person confirmed; nothing is told to it."""
    shown = transport.get_remote_server_key().fingerprint
    if not fingerprint:
        raise SourceError("host-key", fingerprint=shown)
    if shown != fingerprint.strip().rstrip("="):
        raise SourceError("other-host-key", fingerprint=shown)


def _key(text: str) -> PKey | None:
    """The private key that a text holds; None where it is a password.

    Raises:
        SourceError: where it holds a key that cannot be read.
    """
    import paramiko

    if "PRIVATE KEY" not in text:
        return None
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(text.strip() + "\n"))
        except (paramiko.SSHException, ValueError):
            continue
    raise SourceError("no-key")


SOURCE: Final = Source(
    name="sftp",
    title=_("SFTP"),
    text=_("Files of a folder of an SFTP server"),
    icon="server-2",
    fetch=fetch,
    settings=(
        Setting("host", _("Server"), placeholder="sftp.example.com:22"),
        Setting("user", _("User name")),
        Setting("folder", _("Folder"), required=False, placeholder="/out"),
        Setting(
            "fingerprint",
            _("Fingerprint of the server's key"),
            _("Ask whoever runs the server. Empty: the page shows it, to be compared there."),
            required=False,
            placeholder="SHA256:…",
        ),
    ),
    secret=_("Password or private key"),
    secret_help=_("A private key in the format of OpenSSH or PEM, without a passphrase."),
    secret_lines=True,
)
