"""Has what customers are promised follow their classes and the playbooks in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import connection, transaction
from django.dispatch import receiver
from django.utils import timezone

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.grading.scopes import divided
from kefen_crm.grading.signals import classes_changed
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.queue import later_once
from kefen_crm.playbooks.document import PLAYBOOK
from kefen_crm.playbooks.models import Commitment
from kefen_crm.playbooks.preview import PROMISED

if TYPE_CHECKING:
    from datetime import date

    from kefen_crm.platform.due import Due
    from kefen_crm.platform.models import Event

FOLLOW: Final = "playbooks.follow"
BATCH: Final = 5_000
GATHERED: Final = 10
"""Seconds in which live classes gather before promises follow them."""


@receiver(classes_changed, dispatch_uid="playbooks_follow")
def follow_classes(**_more: Any) -> None:
    """Queue following the classes, where any playbook is in force."""
    if rules.published(PLAYBOOK):
        later_once(FOLLOW, lock=FOLLOW, seconds=GATHERED)


def follow_rules(found: list[Event]) -> None:
    """Queue following the playbooks after they were published."""
    if any((one.after or {}).get("kind") == PLAYBOOK for one in found):
        later_once(FOLLOW, lock=FOLLOW)


def daily(due: Due) -> None:
    """Follow whoever changed hands, moved or was archived."""
    follow(due.day)


@transaction.atomic
def follow(day: date | None = None) -> int:
    """Have every customer be promised what its playbook says; gives how many promises began."""
    day = day or current().today(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('playbooks/follow', 0))")
    found = rules.published(PLAYBOOK)
    held_now = Commitment.objects.filter(until=None)
    if found is None:
        held_now.update(until=day)
        return 0
    wording: int = found.version or 0
    begun = 0
    names = []
    for rule, held in divided(
        rules.parse(rules.kinds()[PLAYBOOK], found.document),
        Customer.objects.filter(standing__in=CURRENT),
    ):
        names.append(rule.name)
        same = held_now.filter(wording=wording, rule=rule.name)
        same.exclude(customer__in=held).update(until=day)
        held_now.filter(customer__in=held).exclude(wording=wording, rule=rule.name).update(
            until=day
        )
        promised = {name: getattr(rule, name) for name in PROMISED}
        missing = held.exclude(pk__in=held_now.values("customer")).order_by("pk")
        ids = list(missing.values_list("pk", flat=True))
        Commitment.objects.bulk_create(
            (
                Commitment(customer_id=pk, wording=wording, rule=rule.name, since=day, **promised)
                for pk in ids
            ),
            batch_size=BATCH,
        )
        begun += len(ids)
    held_now.exclude(wording=wording, rule__in=names).update(until=day)
    # What began and ended on one day was never promised.
    Commitment.objects.filter(since=day, until=day).delete()
    return begun
