"""Addresses that are sent events, and what became of each sending."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Endpoint(models.Model):
    """An address of another program that is sent events as they happen.

    A trigger of the database makes a `Delivery` for each event that an active endpoint wants, in
    the transaction of the event.

    Attributes:
        secret: signs what is sent; with the prefix `whsec_`, then base64.
        former_secret: signs as well until `former_until`, so that receivers can change over.
        verbs: the events that are sent; empty for all.
        active: whether it is sent anything.
        why_off: why Kefen turned it off: `failing` or `gone`; empty when a person did.
        failures: how many attempts in a row failed.
        rests_until: it is not tried before that.
    """

    url = models.URLField(_("address"), max_length=500)
    note = models.CharField(_("note"), max_length=200, blank=True)
    secret = models.CharField(max_length=80)
    former_secret = models.CharField(max_length=80, blank=True)
    former_until = models.DateTimeField(null=True)
    verbs = models.JSONField(_("events"), default=list, blank=True)
    active = models.BooleanField(_("active"), default=True)
    why_off = models.CharField(max_length=8, blank=True)
    failures = models.PositiveIntegerField(default=0)
    rests_until = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """The sending of one event to one endpoint, over all its attempts.

    Attributes:
        due: when it is tried next, while it waits.
        status: what the receiver answered last; None where it did not.
        error: why there was no answer: `timeout`, `refused`, `private` or `unreachable`.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("given up")

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey("platform.Event", on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField()
    tried = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=11, blank=True)
    created = models.DateTimeField()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-event_id"]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="delivered_once_an_endpoint")
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "due"],
                condition=models.Q(state="waiting"),
                name="delivery_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event_id} {self.endpoint_id}"
