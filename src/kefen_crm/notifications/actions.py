"""Each person's own notifications: read, chosen, mailed."""

from __future__ import annotations

import logging
from smtplib import SMTPException, SMTPServerDisconnected
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext, override

from kefen_crm.platform.models import Notification, NotificationChoice
from kefen_crm.platform.notifications import kinds, unread
from kefen_crm.platform.queue import enqueue
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.platform.due import Due

DIGEST = "notifications.digest"
SHOWN = 50
"""Notifications that one mail lists; it says how many more there are."""
logger = logging.getLogger(__name__)


def read(by: User, pk: int) -> Notification:
    """Mark one of a person's notifications as read.

    Raises:
        Notification.DoesNotExist: when it is not theirs.
    """
    found = Notification.objects.get(user=by, pk=pk)
    if found.read_at is None:
        found.read_at = timezone.now()
        found.save(update_fields=["read_at"])
    return found


def read_all(by: User) -> int:
    """Mark all of a person's notifications as read; how many were not."""
    return unread(by).update(read_at=timezone.now())


@transaction.atomic
def choose(by: User, wanted: Mapping[str, tuple[bool, bool]]) -> None:
    """Keep how a person wants to be told of each kind: at the bell, by mail."""
    known = kinds()
    for kind, (bell, mail) in wanted.items():
        if kind in known:
            NotificationChoice.objects.update_or_create(
                user=by, kind=kind, defaults={"bell": bell, "mail": mail}
            )


def queue_digests(_due: Due) -> None:
    """Queue a mail for everybody who has something that was not mailed yet."""
    if not settings.EMAIL_HOST:
        return
    waiting = Notification.objects.filter(user=OuterRef("pk"), mail=True, mailed_at=None)
    people = User.objects.filter(Exists(waiting), is_active=True).exclude(email="")
    for pk in people.values_list("pk", flat=True):
        enqueue(DIGEST, lock=f"{DIGEST}/{pk}", user=pk)


def send_digest(pk: int) -> int:
    """Mail a person what was not mailed yet; how many notifications.

    They are marked as mailed before they are: after a crash a mail may be missing, and never comes
    twice. Where the server refused them they are not marked, and the error goes on.
    """
    user = User.objects.filter(pk=pk, is_active=True).exclude(email="").first()
    if user is None:
        return 0
    now = timezone.now()
    with transaction.atomic():
        waiting = Notification.objects.filter(user=user, mail=True, mailed_at=None)
        keys = list(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True))
        Notification.objects.filter(pk__in=keys).update(mailed_at=now)
    if not keys:
        return 0
    try:
        _mail(user, keys)
    except SMTPServerDisconnected:
        raise  # it may have been taken
    except (SMTPException, ConnectionError) as error:
        logger.warning("A digest was not taken by the mail server: %s", type(error).__name__)
        Notification.objects.filter(pk__in=keys).update(mailed_at=None)
        raise
    return len(keys)


def _mail(user: User, keys: list[int]) -> None:
    with override(user.language or settings.LANGUAGE_CODE):
        found = list(Notification.objects.filter(pk__in=keys)[:SHOWN])
        context = {
            "user": user,
            "notifications": found,
            "more": len(keys) - len(found),
            "site": settings.KEFEN_URL,
            "settings": reverse("notifications:settings"),
            "list": reverse("notifications:list"),
        }
        subject = ngettext(
            "Kefen: %(count)s notification", "Kefen: %(count)s notifications", len(keys)
        ) % {"count": len(keys)}
        mail = EmailMultiAlternatives(
            subject,
            render_to_string("notifications/digest.txt", context),
            to=[user.email],
            headers={"Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(render_to_string("notifications/digest.html", context), "text/html")
    mail.send()
