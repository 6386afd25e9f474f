"""Makes the messages of many customers at once, deciding as if each were written to alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.outreach import reaching, sending
from kefen_crm.outreach.models import Channel, Message, Why
from kefen_crm.outreach.wording import values_of, written
from kefen_crm.platform.bulk import into_temporary, texts
from kefen_crm.platform.calendar import current

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from kefen_crm.outreach.models import Template, TemplateVersion
    from kefen_crm.team.models import User

_COLUMNS: Final = {
    "customer_id": "bigint",
    "key": "text",
    "contact_id": "bigint",
    "to_whom": "text",
    "address": "text",
    "subject": "text",
    "body": "text",
    "field_values": "jsonb",
}
_MADE: Final = """
    INSERT INTO outreach_message
        (key, customer_id, contact_id, "to", address, channel, wording_id, subject, body, values,
         state, why, provider_id, digest, due, until, created, moved_at, by_id, version)
    SELECT key, customer_id, contact_id, to_whom, address, %(channel)s, %(wording)s, subject, body,
        field_values, %(state)s, '', '', '', %(due)s, %(until)s, %(created)s, %(now)s, %(by)s, 1
    FROM queued_messages
    ON CONFLICT (key) DO NOTHING
    RETURNING customer_id, id
"""


@dataclass(frozen=True)
class _Order:
    """What is the same for all messages of a `queue`."""

    template: Template
    words: TemplateVersion
    language: str
    now: datetime
    due: datetime
    until: datetime | None
    contacts: Collection[int] | None
    by: User | None
    despite_holdout: bool


@transaction.atomic
def queue(
    template: Template,
    customers: Collection[int],
    keys: Mapping[int, str],
    now: datetime,
    *,
    language: str = "zh",
    contacts: Collection[int] | None = None,
    extra: Mapping[int, Mapping[str, str]] | None = None,
    by: User | None = None,
    after: datetime | None = None,
    until: datetime | None = None,
    despite_holdout: bool = False,
) -> tuple[dict[int, int], dict[int, Why]]:
    """Make the messages of customers, by their ids, and queue their sending.

    `keys` by customer tell messages apart for good: one whose key there is already is not made.
    Gives the ids of the messages by customer, and for each other customer why there is none.
    Nothing goes before `after`, nor later than `until`. `despite_holdout`: as of
    `reaching.reached`.

    Raises:
        ValidationError: where the template is not in use, or has no words in the language.
    """
    words = template.words
    if not template.active or not words.of(language)[1]:
        told = _("The template “%(name)s” is not in use, or has no text in this language.")
        raise ValidationError(told % {"name": template.name})
    at = after if after and after > now else now
    due = at if template.channel == Channel.GROUP else reaching.due(at, current())
    order = _Order(template, words, language, now, due, until, contacts, by, despite_holdout)
    made: dict[int, int] = {}
    refused: dict[int, Why] = {}
    every = list(customers)
    for start in range(0, len(every), reaching.AT_ONCE):
        _part(order, every[start : start + reaching.AT_ONCE], keys, extra, made, refused)
    if made and template.channel != Channel.HAND:
        sending.send_soon(template.channel)
    return made, refused


def _part(
    order: _Order,
    part: Sequence[int],
    keys: Mapping[int, str],
    extra: Mapping[int, Mapping[str, str]] | None,
    made: dict[int, int],
    refused: dict[int, Why],
) -> None:
    """Make the messages of some customers; of a text with an empty field none is made."""
    whom = reaching.asked(
        part,
        order.template.channel,
        order.template.purpose,
        order.now,
        contacts=order.contacts,
        despite_holdout=order.despite_holdout,
    )
    refused |= whom.refused
    values = values_of(
        [whom.customers[pk] for pk in whom.recipients],
        {pk: to.contact for pk, to in whom.recipients.items()},
        extra,
        language=order.language,
    )
    wanted = Message.objects.filter(key__in=texts([keys[pk] for pk in whom.recipients]))
    known = set(wanted.order_by().values_list("key", flat=True))
    rows: list[dict[str, Any]] = []
    for pk, to in whom.recipients.items():
        if whom.full(pk):
            refused[pk] = Why.CAP
            continue
        found = written(order.words, order.language, values[pk])
        if found.missing:
            refused[pk] = Why.EMPTY_FIELD
        elif keys[pk] in known:
            refused[pk] = Why.TWICE
        else:
            whom.count(pk)
            rows.append(
                {
                    "customer_id": pk,
                    "key": keys[pk],
                    "contact_id": to.contact.pk if to.contact else None,
                    "to_whom": to.name[:120],
                    "address": to.address,
                    "subject": found.subject,
                    "body": found.body,
                    "field_values": json.dumps(
                        values[pk] | {"language": order.language}, ensure_ascii=False
                    ),
                }
            )
    fresh = _inserted(order, rows)
    made |= fresh
    refused |= {row["customer_id"]: Why.TWICE for row in rows if row["customer_id"] not in fresh}


def _inserted(order: _Order, rows: Sequence[dict[str, Any]]) -> dict[int, int]:
    """The ids of the messages of these rows, by customer, without those whose key was there."""
    if not rows:
        return {}
    whole = {"customer_id": pl.Int64, "contact_id": pl.Int64}
    into_temporary(
        "queued_messages",
        _COLUMNS,
        pl.DataFrame(rows, schema={name: whole.get(name, pl.String) for name in _COLUMNS}),
    )
    about: dict[str, Any] = {
        "channel": order.template.channel,
        "wording": order.words.pk,
        "state": Message.State.QUEUED,
        "due": order.due,
        "until": order.until,
        "created": timezone.now(),
        "now": order.now,
        "by": order.by.pk if order.by else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MADE, about)
        return dict(cursor.fetchall())
