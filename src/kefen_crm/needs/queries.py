"""Reads of talks, and how many customers of each class need what."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.queries import changeable_by, in_reach_of, sees_all, visible_to
from kefen_crm.grading.by_class import in_order, with_class
from kefen_crm.needs.models import Need, Participant, Talk
from kefen_crm.platform.intervals import wilson

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.team.models import User


@dataclass(frozen=True)
class Share:
    """How many customers of a class told of a need; with the 95 % interval (Wilson 1927)."""

    count: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class NeedsOfClass:
    """Which needs the customers of a class told of; its key is empty for all together.

    Attributes:
        asked: customers who took part in a talk.
        shares: by need, in the order of the list.
    """

    key: str
    title: str
    asked: int
    shares: list[Share]


def talks_for(user: User) -> QuerySet[Talk]:
    """The talks of which `user` may see every participant, archived ones too."""
    found = Talk.objects.select_related("leading", "by")
    if sees_all(user):
        return found
    theirs = Participant.objects.filter(talk=OuterRef("pk"))
    return found.filter(~Exists(theirs.exclude(customer__in=in_reach_of(user))))


def may_edit(user: User, talk: Talk) -> bool:
    """Whether `user` may change every participant of a talk."""
    return not talk.participants.exclude(customer__in=changeable_by(user)).exists()


def counted(user: User) -> tuple[list[Need], list[NeedsOfClass]]:
    """The needs that were told of, and how many customers of each class told, of those in reach."""
    scheme = leading_scheme()
    found = Participant.objects.filter(customer__in=visible_to(user))
    rows = with_class(found, scheme).order_by()
    told: dict[int, set[int]] = defaultdict(set)
    classes: dict[int, str] = {}
    for customer, key, need in rows.values_list("customer", "class_key", "talk__needs"):
        classes[customer] = key
        told[need].add(customer)
    needs = [one for one in Need.objects.all() if told[one.pk]]
    titles = {one.key: one.title for one in scheme.classes} if scheme else {}
    groups = [
        _of(key, titles.get(key, key) or _("Unrated"), needs, told,
            {one for one, of in classes.items() if of == key})
        for key in in_order(scheme, set(classes.values()))
    ]  # fmt: skip
    return needs, [*groups, _of("", _("Together"), needs, told, set(classes))]


def _of(
    key: str, title: str, needs: list[Need], told: dict[int, set[int]], asked: set[int]
) -> NeedsOfClass:
    shares = []
    for one in needs:
        count = len(told[one.pk] & asked)
        low, high = wilson(count, len(asked)) if asked else (0.0, 1.0)
        shares.append(Share(count, count / len(asked) if asked else 0.0, low, high))
    return NeedsOfClass(key, title, len(asked), shares)


def leading_needs(customers: set[int]) -> dict[int, Need]:
    """The leading need of customers, by their ids: of the latest talk that has one."""
    rows = Participant.objects.filter(customer__in=customers, talk__leading__isnull=False)
    rows = rows.select_related("talk__leading").order_by("talk__held_on", "talk__pk")
    return {one.customer_id: one.talk.leading for one in rows if one.talk.leading}
