"""Programs and places that facts are fetched from, and what came of each time."""

from __future__ import annotations

from typing import Any

from django.conf import settings as site
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Connector(models.Model):
    """A place that is asked for what is new, every so often.

    Attributes:
        source: the name of its `Source`.
        settings: what the source has to know, by the names of its fields, but for the secret.
        secret: what opens the place, or signs what others post; no page and no answer tells it
            later.
        former_secret: signs as well until `former_until`, so that others can change over.
        by: who set it up: what is fetched lands in this person's name.
        cursor: how far was fetched; the source alone understands it.
        due: when it is asked next.
        failures: how many times in a row it failed.
        why_off: `failing` where Kefen turned it off; empty when a person did.
    """

    class Every(models.TextChoices):
        QUARTER = "quarter", _("every 15 minutes")
        HOUR = "hour", _("every hour")
        DAY = "day", _("once a day")

    title = models.CharField(_("name"), max_length=120)
    source = models.CharField(_("source"), max_length=40)
    settings = models.JSONField(default=dict, blank=True)
    secret = models.TextField(_("secret"), blank=True)
    former_secret = models.TextField(blank=True)
    former_until = models.DateTimeField(null=True)
    every = models.CharField(_("how often"), max_length=8, choices=Every, default=Every.HOUR)
    active = models.BooleanField(_("active"), default=True)
    cursor = models.JSONField(default=dict, blank=True)
    due = models.DateTimeField()
    failures = models.PositiveIntegerField(default=0)
    why_off = models.CharField(max_length=8, blank=True)
    by = models.ForeignKey(site.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("connector")
        verbose_name_plural = _("connectors")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["due"], condition=models.Q(active=True), name="connector_due")
        ]

    def __str__(self) -> str:
        return self.title


class Fetch(models.Model):
    """One time that a connector was asked, or that something was posted to it.

    Attributes:
        key: tells a message that was posted from every other of its connector; else empty.
        about, as_of: what the message is about, and as of when, where an older one may follow it.
        outcome: files are being `checked`; `landed` something, `sent` something, `nothing` was
            new, a file `waits` for a person's answers, `failed`.
        told: what landed by kind, what was sent, how many were left out and why, or why it failed.
    """

    class Outcome(models.TextChoices):
        CHECKED = "checked", _("being checked")
        SENT = "sent", pgettext_lazy("fetch", "sent")
        LANDED = "landed", _("fetched")
        NOTHING = "nothing", _("nothing new")
        WAITS = "waits", _("waits for an answer")
        FAILED = "failed", pgettext_lazy("fetch", "failed")

    connector = models.ForeignKey(Connector, on_delete=models.CASCADE, related_name="fetches")
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    told = models.JSONField(default=dict, blank=True)
    key = models.CharField(max_length=200, blank=True)
    about = models.CharField(max_length=80, blank=True)
    as_of = models.DateTimeField(null=True)
    imported = models.ManyToManyField("imports.Import", related_name="+")
    began = models.DateTimeField()
    ended = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("fetch")
        verbose_name_plural = _("fetches")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["connector", "key"], condition=~models.Q(key=""), name="posted_once_a_key"
            )
        ]
        indexes = [
            models.Index(
                fields=["connector", "about"], condition=~models.Q(about=""), name="fetch_about"
            )
        ]

    def __str__(self) -> str:
        return f"{self.connector_id} {self.outcome}"

    @property
    def rows(self) -> dict[str, Any]:
        """By kind of fact: how many rows were added, replaced and left out."""
        found: dict[str, Any] = self.told.get("rows") or {}
        return found

    @property
    def sent(self) -> dict[str, int]:
        """How many tags were `added` and `removed` at the place; empty where nothing was."""
        found: dict[str, int] = self.told.get("sent") or {}
        return found


class SentTag(models.Model):
    """The tag that a customer of a member of WeCom has from a connector.

    Attributes:
        tag: the id of the tag; empty where WeCom refused to give one.
        refused: the error code by which WeCom refused it last; 0 where it did not.
        at: when it was sent last.
    """

    connector = models.ForeignKey(Connector, on_delete=models.CASCADE, related_name="sent_tags")
    member = models.CharField(max_length=64)
    contact = models.CharField(max_length=64)
    tag = models.CharField(max_length=64, blank=True)
    refused = models.IntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("tag sent")
        verbose_name_plural = _("tags sent")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["connector", "member", "contact"], name="one_sent_tag_a_contact"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member} {self.contact}"
