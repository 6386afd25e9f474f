"""Tells people what they are named in: at the bell of every page, and by a mail a day.

    notify([owner], "customer.quiet", gettext_noop("Nobody spoke to %(customer)s lately"),
           {"customer": customer.name}, url)

What follows from an event an app declares as a `Notice`; its people are told once an event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen_crm.platform.models import Notification, NotificationChoice
from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.contrib.auth.models import AbstractBaseUser
    from django.db.models import Model, QuerySet

    from kefen_crm.platform.models import Event
    from kefen_crm.platform.parts import NoticeKind

LONGEST_URL = 500


def kinds() -> dict[str, NoticeKind]:
    """Every kind of notification, by its name."""
    return {one.name: one for one in declared("notice_kinds")}


def notify(
    users: Iterable[AbstractBaseUser],
    kind: str,
    text: str,
    data: Mapping[str, Any] | None = None,
    url: str = "",
    *,
    plural: str = "",
    event: Event | None = None,
    customer: Model | None = None,
) -> int:
    """Tell people something, as each of them wants that kind told; gives to how many.

    Nobody is told twice of one event, nor who left, nor who wants none of the kind.

    Args:
        users: whom.
        kind: one that an app declares as a `NoticeKind`.
        text: a message marked by `gettext_noop`, with `%(name)s` for values of `data`.
        data: the values, as JSON knows them.
        url: the page it is about.
        plural: the message for a number other than one, by `data["count"]`.
        event: the event that it follows from.
        customer: whom it is about; by default whom the event is about.
    """
    known = kinds()[kind]
    people = dict.fromkeys(one.pk for one in users if one.is_active)
    choices = NotificationChoice.objects.filter(user__in=people, kind=kind)
    chosen = {one.user_id: (one.bell, one.mail) for one in choices}
    told = []
    about = customer.pk if customer else event.customer_id if event else None
    for pk in people:
        bell, mail = chosen.get(pk, (known.bell, known.mail))
        if bell or mail:
            told.append(
                Notification(
                    user_id=pk,
                    kind=kind,
                    text=text,
                    plural=plural,
                    data=dict(data or {}),
                    url=url if len(url) <= LONGEST_URL else "",
                    event=event,
                    customer_id=about,
                    bell=bell,
                    mail=mail,
                )
            )
    Notification.objects.bulk_create(told, ignore_conflicts=True)
    return len(told)


def noticed() -> tuple[str, ...]:
    """The verbs whose events somebody is told."""
    return tuple({one.verb for one in declared("notices")})


def follow(events: list[Event]) -> None:
    """Tell people of events, as apps declare; whoever did it needs no telling."""
    notices = declared("notices")
    for event in events:
        for notice in notices:
            if notice.verb != event.verb:
                continue
            message = notice.tell(event)
            people = [one for one in notice.whom(event) if one and one.pk != event.actor_id]
            if message is not None and people:
                notify(
                    people,
                    notice.kind,
                    message.text,
                    message.data,
                    message.url,
                    plural=message.plural,
                    event=event,
                )


def unread(user: AbstractBaseUser) -> QuerySet[Notification]:
    """What a person has not read at the bell."""
    return Notification.objects.filter(user=user.pk, bell=True, read_at=None)
