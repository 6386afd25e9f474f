"""Signatures of what is sent, after the Standard Webhooks specification.

What is signed is the id, the time and the body, joined by dots, by HMAC-SHA256; the signature is
`v1,` and base64. A receiver refuses what is older than some minutes, and what it had before.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PREFIX: Final = "whsec_"
TOLERANCE: Final = 300
"""Seconds that the time of a message may differ from now, as the specification recommends."""
_BYTES: Final = 32
_LONGEST: Final = 200


def new_secret() -> str:
    """A secret of 256 bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def signature(secret: str, identity: str, seconds: int, body: bytes) -> str:
    """The signature of a body that is sent at a time, in seconds since 1970.

    >>> secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    >>> signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    key = base64.b64decode(secret.removeprefix(PREFIX))
    told = f"{identity}.{seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()


def headers(keys: Iterable[str], identity: str, seconds: int, body: bytes) -> dict[str, str]:
    """What tells a receiver what this is and that it is Kefen's."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Kefen",
        "webhook-id": identity,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(signature(one, identity, seconds, body) for one in keys),
    }


def proven(keys: Iterable[str], told: Mapping[str, str], seconds: int, body: bytes) -> str:
    """The id of a message that one of the keys signed; empty for any other, or for an old one.

    Args:
        told: its headers, by names in lower case.
        seconds: now, since 1970.
    """
    identity, at = told.get("webhook-id", ""), told.get("webhook-timestamp", "")
    if not 0 < len(identity) <= _LONGEST or not (at.isascii() and at.isdecimal()):
        return ""
    given = told.get("webhook-signature", "").encode().split()[:10]
    if len(at) > 12 or abs(seconds - int(at)) > TOLERANCE:
        return ""
    right = [signature(key, identity, int(at), body).encode() for key in keys]
    fits = [hmac.compare_digest(one, other) for one in given for other in right]
    return identity if any(fits) else ""
