"""Classes of a scheme as customer tags of WeCom: what differs from what was sent is sent."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings as site
from django.db import IntegrityError, transaction
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone
from django.utils.translation import override

from kefen_crm.connectors.models import Connector, SentTag
from kefen_crm.connectors.sources.base import Sent, SourceError
from kefen_crm.connectors.wecom import LONGEST, Corp, Refused
from kefen_crm.custom_fields.models import FieldValue
from kefen_crm.custom_fields.queries import fields
from kefen_crm.customers.queries import visible_to
from kefen_crm.grading.models import CustomerClass, Scheme
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer

    Pair = tuple[str, str]

AT_ONCE: Final = 500
PAUSE: Final = 15
"""So many customers' tags are changed, and the next ones so many seconds later: 2,000 a minute and
120,000 an hour. WeCom takes 10,000 and 150,000 calls, and then none for a minute or an hour:
https://developer.work.weixin.qq.com/document/path/90454
"""
REST: Final = timedelta(days=1)
"""So long a customer that WeCom does not know is left alone."""


def send(connector: Connector) -> Sent:
    """Bring the tags of WeCom up to the classes; other tags are left alone.

    Raises:
        SourceError: where nothing can be sent.
    """
    if not may(connector.by, Permit.OPERATE):
        raise SourceError("not-operating")
    name = connector.settings["scheme"]
    scheme = Scheme.objects.select_related("current").filter(name=name).first()
    if scheme is None:
        raise SourceError("no-scheme", name=name)
    sent = Sent(cursor=dict(connector.cursor))
    wanted = _wanted(connector, scheme, sent)
    told = connector.settings
    corp = Corp(told.get("base", ""), told["corp"], connector.secret)
    groups = corp.groups()
    known = {str(tag["id"]) for group in groups for tag in group["tag"]}
    tags: dict[str, str] = {}
    if wanted:
        sent.cursor["tags"] = tags = _tags(corp, connector, scheme, groups)
    held = {(one.member, one.contact): one for one in SentTag.objects.filter(connector=connector)}
    asked = 0
    for pair in sorted(wanted.keys() | held.keys()):
        row = held.get(pair) or SentTag(connector=connector, member=pair[0], contact=pair[1])
        to = tags.get(wanted.get(pair, ""), "")
        if row.tag not in known | set(tags.values()):
            row.tag = ""  # WeCom has that tag no more
        if not _differs(row, to, sent):
            continue
        if asked == AT_ONCE:
            sent.more, sent.pause = True, PAUSE
            break
        asked += 1
        if not _unchanged(connector):
            break
        try:
            _mark(corp, row, to, sent)
        except SourceError as error:
            sent.why = error
            break
    return sent


def _differs(row: SentTag, to: str, sent: Sent) -> bool:
    """Whether a customer is to have another tag than it has; what is of no use is forgotten."""
    if row.tag == to:
        if row.pk and not to:
            row.delete()
        return False
    if row.refused and row.at > timezone.now() - REST:
        sent.leave_out("no-contact")
        return False
    return True


def _mark(corp: Corp, row: SentTag, to: str, sent: Sent) -> None:
    """Change the tag of a customer, and remember it at once."""
    try:
        corp.mark(row.member, row.contact, to, row.tag)
    except Refused as refused:
        row.refused = refused.code
        if to:
            sent.leave_out("no-contact")
    else:
        sent.added += bool(to)
        sent.removed += bool(row.tag)
        row.tag, row.refused = to, 0
    row.at = timezone.now()
    with suppress(IntegrityError), transaction.atomic():  # the connector was removed meanwhile
        if to:
            row.save()
        elif row.pk:
            row.delete()


def _unchanged(connector: Connector) -> bool:
    """Whether nobody changed it, turned it off or removed it since this began."""
    same = Connector.objects.filter(pk=connector.pk, active=True, version=connector.version)
    return same.exists()


def _wanted(connector: Connector, scheme: Scheme, sent: Sent) -> dict[Pair, str]:
    """The class by member and customer of WeCom; of several customers the best class."""
    customers = visible_to(connector.by)
    contacts = _values(customers, connector.settings["contact"])
    name = connector.settings.get("member", "")
    members = _values(customers, name) if name else _owners(customers)
    place = {one.key: one.number for one in scheme.classes}
    rows = CustomerClass.objects.filter(scheme=scheme, class_key__in=place)
    found: dict[Pair, str] = {}
    for customer, key in rows.values_list("customer", "class_key").iterator():
        contact, member = contacts.get(customer), members.get(customer)
        if not contact or key is None:
            continue
        if not member:
            sent.leave_out("no-member")
            continue
        other = found.get((member, contact))
        if other is not None:
            sent.leave_out("same-contact")
        if other is None or place[key] < place[other]:
            found[member, contact] = key
    return found


def _owners(customers: QuerySet[Customer]) -> dict[int, str]:
    """The user name of the owner of each customer."""
    owned = customers.filter(owner__isnull=False, owner__is_active=True)
    return dict(owned.order_by().values_list("pk", "owner__username"))


def _values(customers: QuerySet[Customer], name: str) -> dict[int, str]:
    """What customers have in a custom field or, where there is none, in an attribute.

    Raises:
        SourceError: where there is neither.
    """
    field = next((one for one in fields() if name in one.headings), None)
    rows: Any
    if field is not None:
        of_these = customers.order_by().values("pk")
        rows = FieldValue.objects.filter(field=field, customer__in=of_these)
        rows = rows.values_list("customer", "value")
    else:
        rows = customers.order_by().filter(attributes__has_key=name)
        rows = rows.values_list("pk", KeyTextTransform(name, "attributes"))
        if not rows.exists():
            raise SourceError("no-field", name=name)
    texts = {customer: str(value or "").strip() for customer, value in rows}
    return {customer: text for customer, text in texts.items() if 0 < len(text) <= 64}


def _tags(
    corp: Corp, connector: Connector, scheme: Scheme, groups: list[dict[str, Any]]
) -> dict[str, str]:
    """The tag of each class by its key: the one it had, one of its name, or a new one."""
    with override(connector.by.language or site.LANGUAGE_CODE):
        title = (connector.settings.get("group") or scheme.title)[:LONGEST]
        names = {one.key: one.title[:LONGEST] for one in scheme.classes}
    group = next((one for one in groups if one["group_name"] == title), None)
    there = {str(tag["id"]): str(tag["name"]) for tag in (group or {}).get("tag", ())}
    by_name = {name: pk for pk, name in there.items()}
    had: Mapping[str, str] = connector.cursor.get("tags") or {}
    found = {key: had[key] for key in names if had.get(key) in there}
    for key, name in names.items():
        if key not in found and by_name.get(name) not in {None, *found.values()}:
            found[key] = by_name[name]
    if new := {key: name for key, name in names.items() if key not in found}:
        where = {"group_id": str(group["group_id"])} if group else {"group_name": title}
        made = corp.add_tags(where, list(dict.fromkeys(new.values())))
        found |= {key: made[name] for key, name in new.items() if name in made}
    return found
