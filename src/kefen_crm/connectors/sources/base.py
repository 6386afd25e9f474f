"""What a source is asked for and what it gives."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from kefen_crm.webhooks.posting import Answer, request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from django.utils.functional import _StrPromise

    from kefen_crm.connectors.models import Connector

    Text = str | _StrPromise

MOST_BYTES: Final = 64 << 20
"""So much of an answer is read; a longer one is refused."""
MOST_REDIRECTS: Final = 5


class SourceError(Exception):
    """Why a source gave nothing.

    Attributes:
        code: `sign-in`, `missing`, `busy`, `status`, `unreachable`, `too-large`, `not-read`,
            or what `webhooks.posting.Answer` says.
        data: what the sentence about it needs.
    """

    def __init__(self, code: str, **data: Any) -> None:
        super().__init__(code)
        self.code, self.data = code, data


@dataclass(frozen=True)
class Setting:
    """Something that a source has to know; `secret` for what opens it."""

    name: str
    title: Text
    help: Text = ""
    required: bool = True
    placeholder: str = ""
    url: bool = False


@dataclass(frozen=True)
class Asked:
    """What a source is given: its settings, what opens it, how far was fetched, its own folder."""

    settings: Mapping[str, str]
    secret: str
    cursor: Mapping[str, Any]
    folder: Path


@dataclass
class Fetched:
    """What a source had.

    Attributes:
        rows: facts by the name of their kind, with the columns of the kind.
        files: files with their names, which are imported as if somebody sent them.
        cursor: how far was fetched once this has landed.
        more: there is more now.
        left_out: how many there were that are no facts, by the reason.
        taken: called once all is kept, such as to move files away.
        about, as_of: of a message, what it tells and as of when: one that is older than what is
            known of the same is left out.
    """

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    cursor: dict[str, Any] = field(default_factory=dict)
    more: bool = False
    left_out: dict[str, int] = field(default_factory=dict)
    taken: Callable[[], None] = lambda: None
    about: str = ""
    as_of: datetime | None = None

    def leave_out(self, reason: str) -> None:
        """Count one that is no fact."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1


@dataclass(frozen=True)
class Message:
    """What another system posted: its headers by names in lower case, its body, and when."""

    headers: Mapping[str, str]
    body: bytes
    at: datetime


@dataclass(frozen=True)
class Receiver:
    """How a source takes what others post.

    Attributes:
        proven: what tells a message from every other, where one of the secrets signed it and it
            is not an old one; empty where not.
        read: what a proven message says, or raises a `SourceError`.
        makes_secret: Kefen makes the secret; else the other system does.
        how: what whoever sets up the other system has to know.
    """

    proven: Callable[[Sequence[str], Message], str]
    read: Callable[[Mapping[str, str], Message], Fetched]
    makes_secret: bool
    how: Text


@dataclass
class Sent:
    """What was sent to a place.

    Attributes:
        added, removed: how many customers were given a tag, and how many lost one.
        cursor: what the place has to know next time.
        more: there is more now, to be sent after a `pause` of seconds.
        left_out: how many were not sent, by the reason.
        why: why it ended before everything was sent.
    """

    added: int = 0
    removed: int = 0
    cursor: dict[str, Any] = field(default_factory=dict)
    more: bool = False
    pause: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    why: SourceError | None = None

    def leave_out(self, reason: str) -> None:
        """Count one that is not sent."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1


@dataclass(frozen=True)
class Source:
    """A kind of place to fetch from, or to send to.

    Attributes:
        name: tells it from others for good.
        settings: what it has to know, in the order of its form.
        secret: the words for what opens it; empty where nothing does. With `secret_lines` it has
            several lines.
        fetch: gives what is new since the cursor, or raises a `SourceError`.
        send: of a place that is sent to, sends what differs, or raises a `SourceError`.
        receiver: of a system that posts what is new by itself, how that is taken.
    """

    name: str
    title: Text
    text: Text
    icon: str
    fetch: Callable[[Asked], Fetched] = lambda _asked: Fetched()
    send: Callable[[Connector], Sent] | None = None
    receiver: Receiver | None = None
    settings: tuple[Setting, ...] = ()
    secret: Text = ""
    secret_help: Text = ""
    secret_required: bool = True
    secret_lines: bool = False

    @property
    def sends(self) -> bool:
        """Whether it is sent to, rather than fetched from."""
        return self.send is not None


def ask(
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    *,
    fine: tuple[int, ...] = (),
) -> Answer:
    """The answer to a request, whole; `fine` are answers beside 2xx that are none of trouble.

    Raises:
        SourceError: where there is no such answer.
    """
    told = {"User-Agent": "Kefen", "Accept-Encoding": "identity", **(headers or {})}
    answer = request(method, url, body, told, read=MOST_BYTES + 1)
    if len(answer.body) > MOST_BYTES:
        raise SourceError("too-large", megabytes=MOST_BYTES >> 20)
    if answer.fine or answer.status in fine:
        return answer
    if answer.status is None:
        raise SourceError(answer.error)
    if answer.status in (401, 403):
        raise SourceError("sign-in", status=answer.status)
    if answer.status in (404, 410):
        raise SourceError("missing", status=answer.status)
    if answer.status in (429, 503):
        raise SourceError("busy", status=answer.status)
    raise SourceError("status", status=answer.status)


def got(url: str, headers: Mapping[str, str] | None = None) -> tuple[Answer, str]:
    """The answer to a GET after its redirects, and the address that gave it.

    What opens the first host is told to no other.

    Raises:
        SourceError: where there is none.
    """
    told = dict(headers or {})
    for _hop in range(MOST_REDIRECTS):
        answer = ask("GET", url, told, fine=(301, 302, 303, 304, 307, 308))
        place = answer.headers.get("location")
        if answer.fine or answer.status == 304 or not place:
            return answer, url
        following = urljoin(url, place)
        if urlsplit(following).netloc != urlsplit(url).netloc:
            told.pop("Authorization", None)
        if urlsplit(following).scheme not in ("http", "https"):
            break
        url = following
    raise SourceError("not-read")


def document(answer: Answer) -> tuple[Any, Mapping[str, str]]:
    """The JSON of an answer, and its headers.

    Raises:
        SourceError: where it is none.
    """
    try:
        return json.loads(answer.body), answer.headers
    except (ValueError, RecursionError):
        raise SourceError("not-read") from None


def basic(user: str, password: str) -> dict[str, str]:
    """The header of a name and a password."""
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


def following_page(headers: Mapping[str, str]) -> str:
    """The address of the next page by the header `Link` (RFC 8288); empty at the last."""
    found = re.search(r'<([^>]+)>\s*;\s*rel="?next"?', headers.get("link", ""))
    return found[1] if found else ""


def day(moment: Any) -> str:
    """The day of a moment as written, `2026-11-29T10:00:00+08:00`; empty for none."""
    return str(moment or "")[:10]


def joined(*parts: Any) -> str:
    """What is there of some texts, with blanks between."""
    return " ".join(str(one).strip() for one in parts if one and str(one).strip())
