"""Reads what is new in a mailbox over IMAP (RFC 3501) with TLS, and changes nothing there."""

from __future__ import annotations

import imaplib
import re
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kefen_crm.mailbox.models import Mailbox

SECONDS: Final = 20
"""So long the server may take to connect, and for each answer."""
AT_ONCE: Final = 50
"""Mails that are read in one turn; the next turn goes on."""
LARGEST: Final = 32 << 20
"""Bytes of a mail that are read."""
_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


class MailboxError(Exception):
    """Why a mailbox could not be read: `unreachable`, `certificate`, `sign-in`, `folder` …"""


@dataclass(frozen=True)
class Box:
    """What a server tells of a folder: its UIDVALIDITY, and the next UID."""

    validity: int
    following: int


class Reader:
    """A connection to a mailbox, signed in, its folder open for reading only."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    def __enter__(self) -> Reader:
        mailbox = self.mailbox
        try:
            self.server = imaplib.IMAP4_SSL(
                mailbox.host,
                mailbox.port,
                ssl_context=ssl.create_default_context(),
                timeout=SECONDS,
            )
        except ssl.SSLError as error:
            raise MailboxError("certificate") from error
        except (OSError, imaplib.IMAP4.error) as error:
            raise MailboxError("unreachable") from error
        try:
            self._asked("sign-in", self.server.login, mailbox.account, mailbox.secret)
            folder = '"' + mailbox.folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
            self._asked("folder", self.server.select, folder, readonly=True)
        except MailboxError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        try:
            self.server.logout()
        except (OSError, imaplib.IMAP4.error):
            self.server.shutdown()

    def box(self) -> Box:
        """What the server told when the folder was opened.

        Raises:
            MailboxError: where it tells no UIDVALIDITY, by which mails are known.
        """
        validity = self._told("UIDVALIDITY")
        if validity is None:
            raise MailboxError("folder")
        return Box(validity, self._told("UIDNEXT") or 0)

    def new(self, after: int) -> Iterator[tuple[int, bytes | None]]:
        """Mails with a UID above `after`, the first ones, None for one that is too large."""
        day = self.mailbox.since
        since = f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"
        found = self._asked("answer", self.server.uid, "SEARCH", f"UID {after + 1}:* SINCE {since}")
        told = found[0] if found and isinstance(found[0], bytes) else b""
        # A range that ends with * holds the last mail, even if it comes before the first number.
        for uid in sorted(uid for uid in map(int, told.split()) if uid > after)[:AT_ONCE]:
            yield uid, self._fetched(uid)

    def _fetched(self, uid: int) -> bytes | None:
        size = self._asked("answer", self.server.uid, "FETCH", str(uid), "(RFC822.SIZE)")
        number = re.search(rb"RFC822\.SIZE (\d+)", b" ".join(_flat(size)))
        if number and int(number[1]) > LARGEST:
            return None
        found = self._asked("answer", self.server.uid, "FETCH", str(uid), "(BODY.PEEK[])")
        bodies = (one[1] for one in found if isinstance(one, tuple))
        return next(bodies, b"")

    def _told(self, name: str) -> int | None:
        _name, found = self.server.response(name)
        value = found[0] if found else None
        return int(value) if isinstance(value, bytes) and value.isdigit() else None

    def _asked(self, why: str, ask: Any, *given: Any, **more: Any) -> list[Any]:
        try:
            status, found = ask(*given, **more)
        except imaplib.IMAP4.abort as error:
            raise MailboxError("unreachable") from error
        except imaplib.IMAP4.error as error:
            raise MailboxError(why) from error
        except OSError as error:
            raise MailboxError("unreachable") from error
        if status != "OK":
            raise MailboxError(why)
        return found  # type: ignore[no-any-return]  # of imaplib


def _flat(found: list[Any]) -> Iterator[bytes]:
    for one in found:
        if isinstance(one, bytes):
            yield one
        elif isinstance(one, tuple):
            yield from (part for part in one if isinstance(part, bytes))
