"""Mails that came back: delivery status notifications (RFC 3464), and what they say of messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any, Final

from kefen_crm.outreach.models import Channel, Message
from kefen_crm.outreach.sending import report

if TYPE_CHECKING:
    from collections.abc import Iterator

_IDS: Final = re.compile(r"<[^<>\s]{1,250}>")
_STATUS: Final = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})")
_OURS: Final = re.compile(r"5\.(2\.[23]|3\.4|6\.\d+|7\.\d+)")
"""Statuses (RFC 3463) that say nothing against an address: full, too large, content, policy."""
_DEEPEST: Final = 30
"""Parts of a mail that are looked at."""


@dataclass(frozen=True)
class Returned:
    """What a notification says of one recipient.

    Attributes:
        ids: the Message-IDs of the mail that it is about.
        addresses: of the recipient, as it was written to and as it was at last.
        action: `failed`, `delayed`, `delivered`, `relayed` or `expanded`.
        status: of RFC 3463, such as 5.1.1; empty where there is none.
        told: what the other server said.
    """

    ids: tuple[str, ...]
    addresses: frozenset[str]
    action: str
    status: str
    told: str


def read(raw: bytes) -> list[Returned]:
    """What a mail tells of recipients; nothing where it is no delivery status notification."""
    found = message_from_bytes(raw, policy=policy.compat32)
    if found.get_content_type() != "multipart/report":
        return []
    ids, blocks = _IDS.findall(f"{_field(found, 'In-Reply-To')} {_field(found, 'References')}"), []
    for part in _parts(found):
        kind = part.get_content_type()
        if kind == "message/delivery-status" and part.is_multipart():
            blocks += [one for one in part.get_payload() if one.get("Action")]
        elif kind == "message/rfc822" and part.is_multipart():
            ids += _IDS.findall(_field(part.get_payload(0), "Message-ID"))
        elif kind == "text/rfc822-headers":
            body = part.get_payload(decode=True)
            headers = message_from_bytes(body if isinstance(body, bytes) else b"")
            ids += _IDS.findall(_field(headers, "Message-ID"))
    return [_block(one, tuple(dict.fromkeys(ids))) for one in blocks]


def _parts(found: Any) -> Iterator[Any]:
    """The parts of a report, without what the returned mail is made of."""
    payload = found.get_payload() if found.is_multipart() else []
    yield from payload[:_DEEPEST]


def _block(one: Any, ids: tuple[str, ...]) -> Returned:
    recipients = (_field(one, name) for name in ("Original-Recipient", "Final-Recipient"))
    addresses = frozenset(
        value.rpartition(";")[2].strip().strip("<>").lower() for value in recipients if value
    )
    told = " ".join(_field(one, "Diagnostic-Code").split())
    status = _STATUS.search(_field(one, "Status"))
    # Many servers say 5.0.0 of everything, and more in the words of the other one.
    if status and status[0].endswith(".0.0"):
        status = _STATUS.search(told) or status
    return Returned(
        ids, addresses, _field(one, "Action").strip().lower(), status[0] if status else "", told
    )


def _field(found: Any, name: str) -> str:
    return str(found.get(name) or "").replace("\x00", "").replace("\r", "").replace("\n", " ")


def note(told: list[Returned]) -> int:
    """Note of the messages that notifications are about what became of them; gives of how many.

    A message is known by its Message-ID, which only who got the mail can know. Its address is
    suppressed where the notification says that there is no such mailbox, and of that address.
    """
    count = 0
    for one in told:
        if one.action not in ("failed", "delivered"):
            continue
        state = Message.State.BOUNCED if one.action == "failed" else Message.State.DELIVERED
        lasting = one.status.startswith("5.") and not _OURS.fullmatch(one.status)
        messages = Message.objects.filter(channel=Channel.EMAIL, provider_id__in=one.ids)
        for message in messages.exclude(provider_id=""):
            shut = lasting and message.address in one.addresses
            report(message, state, f"{one.status} {one.told}".strip()[:200], shut=shut)
            count += 1
    return count
