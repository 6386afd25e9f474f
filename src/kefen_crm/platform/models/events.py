"""What every app writes: the events of the site, and who has still to be told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

if TYPE_CHECKING:
    from django.db.models import Model


class Event(models.Model):
    """One change that somebody made: timeline, audit and outbox at once.

    An event is written in the transaction of its change and never changed afterwards. Its id grows
    with time. `actor` is empty where Kefen itself acted; `via` says what they acted by, empty for
    the site and the API. `before` and `after` hold the fields that changed, `version` is the
    version of the object after the change.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    at = models.DateTimeField(_("time"), default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    via = models.CharField(
        _("by means of"),
        max_length=20,
        choices={"assistant": _("assistant")},
        blank=True,
        default="",
        db_default="",
    )
    verb = models.CharField(_("what"), max_length=80)
    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        null=True,
        related_name="events",
    )
    object_type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=64)
    version = models.PositiveIntegerField(null=True)
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    reason = models.TextField(_("reason"), blank=True)
    key = models.CharField(max_length=255, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                "actor",
                "verb",
                "key",
                condition=~models.Q(key=""),
                nulls_distinct=False,
                name="event_once_a_key",
            )
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="event_of_customer"),
            models.Index(fields=["object_type", "object_id", "-id"], name="event_of_object"),
            models.Index(fields=["verb", "-id"], name="event_by_verb"),
            models.Index(fields=["actor", "-id"], name="event_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_id}"

    def target(self) -> Model:
        """What the event is about, as it is now; its `DoesNotExist` when it is gone."""
        model: Any = apps.get_model(self.object_type)
        found: Model = model._base_manager.get(pk=self.object_id)  # noqa: SLF001  # Django's public name for it
        return found


class OutboxEntry(models.Model):
    """An event that a consumer has not handled yet; it goes when it has.

    `attempts` and `error` are of handling that failed, and `due` when it is tried again.
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+")
    consumer = models.CharField(max_length=80)
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    due = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["event_id"]
        constraints = [
            models.UniqueConstraint(fields=["consumer", "event"], name="outbox_once_a_consumer")
        ]

    def __str__(self) -> str:
        return f"{self.consumer}: {self.event_id}"
