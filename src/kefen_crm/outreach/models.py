"""Templates, whom messages may not reach, and each message with what became of it."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """How a message goes."""

    EMAIL = "email", _("mail")
    SMS = "sms", _("SMS")
    GROUP = "group", _("robot in a group of ours")
    HAND = "hand", _("by hand, such as WeChat or a call")


class Why(models.TextChoices):
    """Why a customer is not written to."""

    GONE = "gone", _("archived or merged")
    NO_ADDRESS = "no-address", _("no address that works")
    REFUSED = "refused", _("refused to be written to")
    SUPPRESSED = "suppressed", _("unsubscribed, or the address is suppressed")
    NO_CONSENT = "no-consent", _("did not agree to be written to")
    COMPLAINT = "complaint", _("a complaint is not solved")
    DUNNING = "dunning", _("is being dunned")
    HOLDOUT = "holdout", _("left alone this year, to see what outreach brings")
    CAP = "cap", _("was written to often enough this week")
    EMPTY_FIELD = "empty-field", _("a field of the text has no value")
    TWICE = "twice", _("gets this message already")
    STOPPED = "stopped", _("the sending was stopped")
    LOST = "lost", _("the program ended while it was sent")
    LATE = "late", _("came too late")
    NO_SENDER = "no-sender", _("nothing is set up to send it by")


class Policy(models.Model):
    """When and how often customers may be written to; there is one.

    Attributes:
        quiet_from, quiet_until: nothing is sent between them, in the company's zone.
        per_week: messages of marketing to one address in seven days; 0 for no limit.
        needs_consent: marketing reaches only who agreed; otherwise whoever did not refuse.
    """

    quiet_from = models.TimeField(_("nothing is sent from"), default=time(20))
    quiet_until = models.TimeField(_("until"), default=time(9))
    per_week = models.PositiveSmallIntegerField(
        _("most messages a week to one address"),
        default=2,
        validators=[MaxValueValidator(50)],
        help_text=_("Of marketing. 0: as many as there are."),
    )
    needs_consent = models.BooleanField(
        _("marketing only to who agreed"),
        default=True,
        help_text=_("Otherwise it reaches whoever did not refuse."),
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("policy of outreach")
        verbose_name_plural = _("policies of outreach")

    def __str__(self) -> str:
        return f"{self.quiet_from:%H:%M}–{self.quiet_until:%H:%M}"


class Template(models.Model):
    """A message with fields, written once for many customers; its words are its versions.

    Attributes:
        purpose: marketing asks for consent and rests while a customer complains or is dunned;
            service is about what the customer bought.
        version: how often it was written, which is the number of the words in force.
    """

    class Purpose(models.TextChoices):
        MARKETING = "marketing", _("marketing")
        SERVICE = "service", _("about what was bought")

    name = models.CharField(_("name"), max_length=80, unique=True)
    channel = models.CharField(_("channel"), max_length=5, choices=Channel)
    purpose = models.CharField(
        _("purpose"), max_length=9, choices=Purpose, default=Purpose.MARKETING
    )
    active = models.BooleanField(_("in use"), default=True)
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def words(self) -> TemplateVersion:
        """The words in force."""
        found: TemplateVersion = self.versions.order_by("-number")[0]
        return found


class TemplateVersion(models.Model):
    """The words of a template as they were at one time; they never change.

    Attributes:
        provider_code: under which the SMS provider approved these words.
    """

    template = models.ForeignKey(Template, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    subject_zh = models.CharField(_("subject, Chinese"), max_length=200, blank=True)
    body_zh = models.TextField(_("text, Chinese"), max_length=5_000, blank=True)
    subject_en = models.CharField(_("subject, English"), max_length=200, blank=True)
    body_en = models.TextField(_("text, English"), max_length=5_000, blank=True)
    provider_code = models.CharField(
        _("the SMS provider's number of the template"), max_length=80, blank=True
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("version of a template")
        verbose_name_plural = _("versions of templates")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="one_wording_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.template} · {self.number}"

    def of(self, language: str) -> tuple[str, str]:
        """Subject and text in a language; empty where there are none."""
        zh = language == "zh"
        return (self.subject_zh, self.body_zh) if zh else (self.subject_en, self.body_en)


class Suppression(models.Model):
    """An address that nothing is sent to any more, whosever it is.

    Attributes:
        normal: the address as it is compared.
        why: how it came about.
        by: who said so; None for the customer, or a provider.
    """

    class Why(models.TextChoices):
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
        BOUNCED = "bounced", _("mail came back")
        ASKED = "asked", _("asked for it")

    channel = models.CharField(_("channel"), max_length=5, choices=Channel)
    normal = models.CharField(_("address"), max_length=254)
    why = models.CharField(_("why"), max_length=12, choices=Why, default=Why.ASKED)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, null=True, related_name="suppressions"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "normal"], name="suppressed_once")
        ]

    def __str__(self) -> str:
        return self.normal


class Message(models.Model):
    """One message to one customer, and what became of it.

    It is `sending` in the database before the provider is spoken to. A program that is killed in
    between leaves it so; it becomes `unknown`, and is not sent again unless a person says so.

    Attributes:
        key: tells it from others for good: a second one of the same key is not made.
        contact: the contact of the customer; None for the address of the customer's file.
        to: who that is, as it was then.
        address: where it goes, as addresses are compared.
        due: it is not sent before; nor after `until`, where it has one.
        why: why it did not arrive, or was not sent: a word of `Why`, or the provider's.
        provider_id: the number that the provider gave it.
        digest: tells who unsubscribes; of the secret part of the address that was sent.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        DELIVERED = "delivered", _("arrived")
        BOUNCED = "bounced", _("came back")
        FAILED = "failed", _("refused by the provider")
        UNKNOWN = "unknown", _("perhaps sent")
        STOPPED = "stopped", _("not sent")

    ENDED: Final = (State.BOUNCED, State.FAILED, State.STOPPED)
    """The states of messages that reached nobody."""

    key = models.CharField(max_length=200, unique=True)
    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="outreach_messages",
        db_index=False,
    )
    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    to = models.CharField(_("to"), max_length=120, blank=True)
    address = models.CharField(_("address"), max_length=254, blank=True)
    channel = models.CharField(_("channel"), max_length=5, choices=Channel)
    wording = models.ForeignKey(TemplateVersion, on_delete=models.PROTECT, related_name="messages")
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"), blank=True)
    values = models.JSONField(default=dict, blank=True)
    state = models.CharField(
        _("state"), max_length=9, choices=State, default=State.QUEUED, db_index=True
    )
    why = models.CharField(_("why"), max_length=200, blank=True)
    provider_id = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    due = models.DateTimeField()
    until = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    moved_at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-created", "-pk"]
        indexes = [
            models.Index(fields=["customer", "-created"], name="message_of_customer"),
            models.Index(fields=["channel", "address", "-created"], name="message_to_address"),
            models.Index(
                fields=["channel", "due"],
                condition=models.Q(state="queued"),
                name="message_due",
            ),
            models.Index(
                fields=["digest"], condition=~models.Q(digest=""), name="message_unsubscribes"
            ),
            models.Index(
                fields=["provider_id"],
                condition=~models.Q(provider_id=""),
                name="message_at_provider",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.customer}"

    @property
    def reason(self) -> str:
        """Why it did not arrive, in words; a provider's own word stays."""
        return str(Why(self.why).label) if self.why in Why.values else self.why

    @property
    def held_until(self) -> datetime | None:
        """When what waits may go at the earliest; None where it may now, or a person sends it."""
        waits = self.state == self.State.QUEUED and self.channel != Channel.HAND
        return self.due if waits and self.due > timezone.now() else None

    @property
    def tone(self) -> str:
        """The colour of its state."""
        tones = {"delivered": "green", "sent": "green", "unknown": "orange"}
        return tones.get(self.state, "red" if self.state in ("bounced", "failed") else "secondary")


class Sender(models.Model):
    """Who sends the messages of a channel: a mail server, a provider of SMS, a robot.

    Attributes:
        kind: which protocol is spoken.
        url: where, if elsewhere than the provider's usual address.
        account: the key id or the like, `secret` what signs.
        options: what else the kind needs, such as the signature of SMS.
        active: of the active ones of a channel the first sends.
    """

    class Kind(models.TextChoices):
        SMTP = "smtp", _("mail server of the installation")
        TENCENT = "tencent", _("Tencent Cloud SMS")
        ALIYUN = "aliyun", _("Aliyun SMS")
        HTTP = "http", _("any HTTP gateway for SMS")
        WECOM = "wecom", _("WeCom robot")
        DINGTALK = "dingtalk", _("DingTalk robot")
        FEISHU = "feishu", _("Feishu robot")

    CHANNELS: Final = {
        Kind.SMTP: Channel.EMAIL,
        Kind.TENCENT: Channel.SMS,
        Kind.ALIYUN: Channel.SMS,
        Kind.HTTP: Channel.SMS,
        Kind.WECOM: Channel.GROUP,
        Kind.DINGTALK: Channel.GROUP,
        Kind.FEISHU: Channel.GROUP,
    }

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    channel = models.CharField(max_length=5, choices=Channel, editable=False)
    url = models.URLField(_("address"), max_length=500, blank=True)
    account = models.CharField(_("key id"), max_length=200, blank=True)
    secret = models.CharField(_("secret"), max_length=200, blank=True)
    options = models.JSONField(default=dict, blank=True)
    per_minute = models.PositiveIntegerField(
        _("most messages a minute"), default=600, validators=[MinValueValidator(1)]
    )
    active = models.BooleanField(_("in use"), default=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("sender")
        verbose_name_plural = _("senders")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
