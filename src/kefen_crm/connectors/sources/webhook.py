"""Facts that another system posts by itself, signed after the Standard Webhooks specification.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from kefen_crm.connectors.sources.base import Fetched, Message, Receiver, Source, SourceError
from kefen_crm.gateway import facts
from kefen_crm.platform.api.parsing import parsed
from kefen_crm.platform.api.problems import Refused
from kefen_crm.webhooks import signing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def _proven(secrets: Sequence[str], message: Message) -> str:
    return signing.proven(secrets, message.headers, int(message.at.timestamp()), message.body)


def read(_settings: Mapping[str, str], message: Message) -> Fetched:
    """The facts of a message: `type` is their kind, `data` one or a list of them.

    Raises:
        SourceError: where it is no such message.
    """
    try:
        told: Any = parsed(message.body)
    except Refused as refused:
        raise SourceError("no-message", detail=refused.detail) from None
    if not isinstance(told, dict) or told.get("type") not in facts.NAMES:
        raise SourceError("no-kind", kinds=", ".join(facts.NAMES))
    rows = told.get("data")
    rows = rows if isinstance(rows, list) else [rows]
    if not rows or not all(isinstance(one, dict) and one for one in rows):
        raise SourceError("no-rows")
    return Fetched(rows={told["type"]: rows})


SOURCE: Final = Source(
    name="webhook",
    title=_("Webhook"),
    text=_("Facts that another system posts at once, each message signed"),
    icon="webhook",
    receiver=Receiver(
        proven=_proven,
        read=read,
        makes_secret=True,
        how=_(
            "Post JSON there: “type” is the kind of facts, “data” one or a list of them, as "
            "the API takes them. Sign each message by the secret, after Standard Webhooks."
        ),
    ),
)
