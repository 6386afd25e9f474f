"""The signatures of providers, as they document them.

- Tencent Cloud, signature v3 (TC3-HMAC-SHA256): https://cloud.tencent.com/document/api/213/30654
- Aliyun, V3 (ACS3-HMAC-SHA256):
  https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature
- DingTalk robots: https://open.dingtalk.com/document/robots/customize-robot-security-settings
- Feishu robots: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON = "application/json; charset=utf-8"


def tc3(
    key_id: str, secret: str, *, service: str, host: str, payload: bytes, timestamp: int
) -> str:
    """The header `Authorization` of a POST of JSON to Tencent Cloud."""
    day = datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d")
    signed, scope = "content-type;host", f"{day}/{service}/tc3_request"
    headers = f"content-type:{JSON}\nhost:{host}\n"
    request = "\n".join(["POST", "/", "", headers, signed, _sha256(payload)])
    told = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{_sha256(request.encode())}"
    key = hmac256(hmac256(hmac256(b"TC3" + secret.encode(), day), service), "tc3_request")
    signature = hmac256(key, told).hex()
    return (
        f"TC3-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={signed}, "
        f"Signature={signature}"
    )


def acs3(
    key_id: str, secret: str, *, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
) -> str:
    """The header `Authorization` of a POST to Aliyun; `headers` are `host` and the `x-acs-` ones.

    Their `x-acs-content-sha256` is of the body.
    """
    given = {name.lower(): value.strip() for name, value in headers.items()}
    names = sorted(given)
    signed = ";".join(names)
    parts = [
        *("POST", "/", canonical(query)),
        "".join(f"{name}:{given[name]}\n" for name in names),
        *(signed, _sha256(body)),
    ]
    told = "ACS3-HMAC-SHA256\n" + _sha256("\n".join(parts).encode())
    signature = hmac256(secret.encode(), told).hex()
    return f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={signed},Signature={signature}"


def canonical(query: Mapping[str, str]) -> str:
    """A query in the order and the encoding that Aliyun signs."""
    return "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in sorted(query.items())
    )


def dingtalk(secret: str, milliseconds: int) -> str:
    """What stands in the address of a DingTalk robot: `timestamp` and `sign`."""
    digest = hmac256(secret.encode(), f"{milliseconds}\n{secret}")
    return f"timestamp={milliseconds}&sign={quote_plus(base64.b64encode(digest).decode())}"


def feishu(secret: str, seconds: int) -> str:
    """The `sign` in the body of a message to a Feishu robot: of nothing, by time and secret."""
    return base64.b64encode(hmac256(f"{seconds}\n{secret}".encode(), "")).decode()


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def hmac256(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
