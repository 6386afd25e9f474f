"""Reads a mail: who wrote, what, with which files, and whether a program wrote it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from email.message import EmailMessage, MIMEPart

LONGEST: Final = 5_000
"""Characters of a text that are read; the rest is cut off."""
_AUTOMATIC: Final = {"bulk", "list", "junk", "auto_reply"}
_QUOTED: Final = re.compile(
    r"^\s*(-{2,}\s*(original message|原始邮件|forwarded message)\s*-{2,}|_{10,}"
    r"|on .{4,200} wrote:|在.{4,200}写道[:：]|发件人[:：].*|from:\s.*@.*)\s*$",
    re.IGNORECASE,
)
"""A line from which on a mail repeats an earlier one."""


@dataclass(frozen=True)
class Letter:
    """A mail as far as Kefen reads it.

    Attributes:
        message_id: a digest of the mail where it has none.
        sender, name: who wrote, the address in small letters.
        to: every address it went to, as headers tell.
        answers: the Message-IDs that it answers.
        automatic: why nobody wrote it, in a word; empty where somebody did.
        files: the names and bytes of what is attached.
    """

    message_id: str
    sender: str
    name: str
    subject: str
    text: str
    to: list[str]
    answers: list[str]
    at: datetime
    automatic: str = ""
    files: list[tuple[str, bytes]] = field(default_factory=list)


def read(raw: bytes) -> Letter:
    """Read a mail; one that breaks the rules is read as far as it goes."""
    found: EmailMessage = message_from_bytes(raw, policy=policy.default)
    senders = getaddresses([_header(found, "From")])
    name, sender = senders[0] if senders else ("", "")
    to = [
        address.lower()
        for header in ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
        for _name, address in getaddresses([_header(found, header)])
    ]
    answers = re.findall(
        r"<[^<>\s]{1,250}>", f"{_header(found, 'In-Reply-To')} {_header(found, 'References')}"
    )
    # As it stands: what breaks the rules, such as a space in it, is a name like any other.
    raw_ids = (str(one) for name, one in found.raw_items() if name.lower() == "message-id")
    message_id = " ".join(next(raw_ids, "").replace("\x00", "").split())[:250]
    return Letter(
        message_id=message_id or f"sha256:{hashlib.sha256(raw).hexdigest()}",
        sender=sender.lower()[:254],
        name=name[:120],
        subject=" ".join(_header(found, "Subject").split())[:200],
        text=_text(found)[:LONGEST].strip(),
        to=to,
        answers=answers,
        at=_moment(found),
        automatic=_automatic(found),
        files=list(_files(found)),
    )


def _header(found: EmailMessage, name: str) -> str:
    try:
        value = found.get(name)
    except Exception:  # whatever a broken header raises
        return ""
    return str(value or "").replace("\x00", "").replace("\r", "").replace("\n", " ")


def _moment(found: EmailMessage) -> datetime:
    try:
        moment = parsedate_to_datetime(_header(found, "Date"))
    except (ValueError, TypeError):
        return datetime.now(UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _automatic(found: EmailMessage) -> str:
    """Why nobody wrote a mail (RFC 3834, and what was done before it)."""
    if _header(found, "Auto-Submitted").split(";")[0].strip().lower() not in ("", "no"):
        return "automatic"
    if _header(found, "Precedence").strip().lower() in _AUTOMATIC:
        return "bulk"
    if found.get("List-Id") or found.get("List-Unsubscribe"):
        return "bulk"
    if _header(found, "Return-Path").strip() == "<>":
        return "bounce"
    if found.get_content_type() == "multipart/report":
        return "bounce"
    return ""


def _text(found: EmailMessage) -> str:
    """What was written, without what it repeats of earlier mails."""
    part = found.get_body(("plain",))
    text = _decoded(part) if part is not None else ""
    if not text.strip():
        part = found.get_body(("html",))
        text = as_text(_decoded(part)) if part is not None else ""
    return without_quotes(text.replace("\x00", "").replace("\r\n", "\n"))


def without_quotes(text: str) -> str:
    """A text up to where it repeats an earlier mail; the whole where it does nothing else.

    >>> without_quotes("Yes.\\n\\nOn Monday, Li <li@a.cn> wrote:\\n> Is it?")
    'Yes.'
    """
    kept: list[str] = []
    for line in text.split("\n"):
        if _QUOTED.match(line):
            break
        kept.append(line)
    while kept and (not kept[-1].strip() or kept[-1].startswith(">")):
        kept.pop()
    return "\n".join(kept).strip() or text.strip()


def _decoded(part: MIMEPart) -> str:
    raw = part.get_payload(decode=True)
    body = raw if isinstance(raw, bytes) else b""
    told = part.get_content_charset() or "utf-8"
    for charset in (told, "gb18030"):
        try:
            return body.decode(charset)
        except (LookupError, UnicodeDecodeError):
            continue
    return body.decode("utf-8", "replace")


def _files(found: EmailMessage) -> list[tuple[str, bytes]]:
    files = []
    for part in found.iter_attachments():
        raw = part.get_payload(decode=True)
        body = raw if isinstance(raw, bytes) else b""
        try:
            name = part.get_filename() or ""
        except Exception:  # whatever a broken header raises
            name = ""
        if body and (name or part.get_content_disposition() == "attachment"):
            files.append((name or "file", body))
    return files


class _Words(HTMLParser):
    """The words of a page; what stands in blocks stands on lines of its own."""

    BLOCKS: Final = {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "table", "blockquote"}
    SILENT: Final = {"style", "script", "head", "title"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.silent += tag in self.SILENT
        if tag in self.BLOCKS:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in self.SILENT and self.silent > 0
        if tag in self.BLOCKS - {"br"}:
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(re.sub(r"\s+", " ", data))


def as_text(html: str) -> str:
    """The words of HTML, line by line.

    >>> as_text("<style>p{}</style><p>One&nbsp;&amp;<b>two</b></p><div>three<br>four</div>")
    'One &two\\nthree\\nfour'
    """
    words = _Words()
    words.feed(html)
    words.close()
    lines = (" ".join(line.split()) for line in "".join(words.found).split("\n"))
    return "\n".join(line for line in lines if line)
