"""What people are told, and what each wants to be told how."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from kefen_crm.platform.models.events import Event


def _in_language(value: Any) -> Any:
    """Of a value by language that of the reader's; every other as it is."""
    if not isinstance(value, dict):
        return value
    language = (get_language() or "")[:2]
    return value.get(language) or next(iter(value.values()), "")


class Notification(models.Model):
    """Something that one person is told, in their own language when they read it.

    `text` and `plural` are messages of the catalogue, `data` their values, or their values by
    language, `{"zh": …, "en": …}`; `plural` is used unless `count` is 1. `bell` and `mail` say
    where it is told, as the person wanted it then.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    kind = models.CharField(max_length=80)
    text = models.TextField()
    plural = models.TextField(blank=True)
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    url = models.CharField(max_length=500, blank=True)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, null=True, related_name="+")
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    bell = models.BooleanField(default=True)
    mail = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = gettext_lazy("notification")
        verbose_name_plural = gettext_lazy("notifications")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "event", "kind"], name="notification_once_an_event"
            )
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_of_user"),
            models.Index(
                fields=["user"],
                condition=models.Q(read_at=None, bell=True),
                name="notification_unread",
            ),
            models.Index(
                fields=["user"],
                condition=models.Q(mailed_at=None, mail=True),
                name="notification_to_mail",
            ),
        ]

    def __str__(self) -> str:
        return self.message

    @property
    def message(self) -> str:
        """What it says, in the language of whoever reads."""
        data = {name: _in_language(value) for name, value in self.data.items()}
        several = self.plural and data.get("count") != 1
        text = _(self.plural if several else self.text)
        try:
            return text % data
        except (KeyError, TypeError, ValueError):  # a text that changed since
            return text


class NotificationChoice(models.Model):
    """How one person wants to be told of one kind; without one it is as the kind declares."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_choices"
    )
    kind = models.CharField(max_length=80)
    bell = models.BooleanField()
    mail = models.BooleanField()

    class Meta:
        verbose_name = gettext_lazy("way to be notified")
        verbose_name_plural = gettext_lazy("ways to be notified")
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="notification_choice_once_a_kind")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"
