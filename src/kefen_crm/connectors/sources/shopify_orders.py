"""Orders that a Shopify shop posts as they come and change.

Shopify signs the body alone, by the secret of its app: neither the headers nor a time. So the body
tells a message from others, and the order's own `updated_at` how old it is.

https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from kefen_crm.connectors.sources import shopify
from kefen_crm.connectors.sources.base import Fetched, Message, Receiver, Source, SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TOLERANCE: Final = timedelta(days=1)
"""An order that changed before that is an old message; Shopify tries again for hours only."""


def _proven(secrets: Sequence[str], message: Message) -> str:
    given = message.headers.get("x-shopify-hmac-sha256", "").encode()
    digests = [hmac.digest(one.encode(), message.body, hashlib.sha256) for one in secrets]
    fits = [hmac.compare_digest(base64.b64encode(one), given) for one in digests]
    if not any(fits):
        return ""
    changed = _changed(_document(message.body))
    if changed is not None and abs(message.at - changed) > TOLERANCE:
        return ""
    return hashlib.sha256(message.body).hexdigest()


def read(settings: Mapping[str, str], message: Message) -> Fetched:
    """What an order says as of when it changed; messages about something else are left out.

    Raises:
        SourceError: where it is an order that cannot be read.
    """
    order = _document(message.body)
    if not isinstance(order, dict) or not isinstance(order.get("line_items"), list):
        found = Fetched()
        found.leave_out("no-order")
        return found
    try:
        found = shopify.read([order], settings.get("prefix", ""))
        found.about, found.as_of = f"{order['id']}"[:80], _changed(order)
    except (KeyError, TypeError, AttributeError, ArithmeticError):
        raise SourceError("not-read") from None
    if found.as_of is None:
        raise SourceError("not-read")
    return found


def _document(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _changed(order: Any) -> datetime | None:
    """When an order changed last; None where it does not say so."""
    try:
        told = datetime.fromisoformat(order["updated_at"])
    except (KeyError, TypeError, ValueError):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)


SOURCE: Final = Source(
    name="shopifyorders",
    title=_("Shopify webhook"),
    text=_("Orders that a shop posts at once, as they come and change"),
    icon="webhook",
    settings=tuple(one for one in shopify.SOURCE.settings if one.name == "prefix"),
    secret=_("Client secret of the app"),
    secret_help=_("By which Shopify signs what it posts."),
    receiver=Receiver(
        proven=_proven,
        read=read,
        makes_secret=False,
        how=_(
            "Have the topics orders/create and orders/updated posted there, as JSON. A connector "
            "of the source Shopify beside it brings what was missed."
        ),
    ),
)
