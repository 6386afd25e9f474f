"""Writes that programs sent: first kept, then landed one after the other, answered for a week."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models

RETENTION = timedelta(days=7)
"""So long the answer to a write can be asked for, and its key is known."""


class FactWrite(models.Model):
    """Facts to land, to remove or to cancel, in the order in which they came.

    `key` is the sender's Idempotency-Key, empty without one; `digest` tells whether a later
    request of the same key is the same. `body` is what was sent, or with `table` a Parquet file of
    it that Kefen made. `answer` is a `Landed` or a `Problem` as JSON, with
    codes and data in place of sentences: see `facts.answers`.
    """

    class Action(models.TextChoices):
        SEND = "send"
        REMOVE = "remove"
        CANCEL = "cancel"

    class Status(models.TextChoices):
        QUEUED = "queued"
        LANDED = "landed"
        REFUSED = "refused"

    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255, blank=True)
    digest = models.CharField(max_length=64)
    action = models.CharField(max_length=8, choices=Action)
    kind = models.CharField(max_length=40)
    source = models.CharField(max_length=255)
    options = models.JSONField(default=dict, blank=True)
    ignored = models.JSONField(default=list, blank=True)
    body = models.BinaryField(default=bytes)
    table = models.BooleanField(default=False)
    status = models.CharField(max_length=8, choices=Status, default=Status.QUEUED)
    code = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["by", "key"], condition=~models.Q(key=""), name="write_once_a_key"
            )
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(status="queued"), name="write_queued"),
            models.Index(fields=["finished"], name="write_by_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.pk}"
