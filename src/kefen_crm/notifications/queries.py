"""A person's own notifications."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from kefen_crm.platform.models import Notification, NotificationChoice
from kefen_crm.platform.notifications import kinds, unread

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from kefen_crm.platform.parts import NoticeKind
    from kefen_crm.team.models import User


@dataclass(frozen=True)
class Line:
    """A notification as the list shows it; `kind` is None when no app has that kind any more."""

    notification: Notification
    kind: NoticeKind | None


@dataclass(frozen=True)
class Choice:
    """How a person is told of a kind."""

    kind: NoticeKind
    bell: bool
    mail: bool


def of(user: User) -> QuerySet[Notification]:
    """What a person was told at the bell, the newest first."""
    return Notification.objects.filter(user=user, bell=True)


def lines(found: Iterable[Notification]) -> list[Line]:
    """Notifications with their kinds."""
    known = kinds()
    return [Line(one, known.get(one.kind)) for one in found]


def choices(user: User) -> list[Choice]:
    """How a person is told of each kind there is."""
    rows = NotificationChoice.objects.filter(user=user)
    chosen = {one.kind: (one.bell, one.mail) for one in rows}
    return [
        Choice(kind, *chosen.get(name, (kind.bell, kind.mail))) for name, kind in kinds().items()
    ]


def settings_of(user: User) -> dict[str, Any]:
    """What the page of a person's choices shows; mail needs a server and an address."""
    return {
        "choices": choices(user),
        "mail_server": bool(settings.EMAIL_HOST),
        "address": user.email,
    }


def bell(request: HttpRequest) -> dict[str, Any] | None:
    """How many notifications are unread, for the bell."""
    user = request.user
    return {"unread": unread(user).count()} if user.is_authenticated else None
