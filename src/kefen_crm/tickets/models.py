"""Tickets, what was written to and fro, and the clocks of what the class was promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefen_crm.tickets.cause_models import CauseChange
from kefen_crm.tickets.kinds import TicketKind
from kefen_crm.tickets.link_models import TicketLink
from kefen_crm.tickets.reply_models import ReplyTemplate

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "ArticleUse",
    "CauseChange",
    "Message",
    "ReplyTemplate",
    "ServiceClock",
    "Ticket",
    "TicketLink",
]


class TicketQuerySet(models.QuerySet["Ticket"]):
    def unsolved(self) -> TicketQuerySet:
        """Those that somebody works on: neither solved nor merged into another."""
        # Two conditions, so that the index of the queue is used.
        return self.exclude(state="solved").exclude(state="merged")

    def counted(self) -> TicketQuerySet:
        """Those that count: what was merged into another is counted there."""
        return self.exclude(state="merged")


class Ticket(models.Model):
    """Something that a customer asks, complains of, needs repaired, suggests or praises.

    A complaint, question, suggestion or praise is a `feedback` fact of the ledger under its
    number, as it stands now.

    Attributes:
        contact: who of the customer, in words.
        cause, product: what a complaint came from, for counting; said when it is solved.
        due_at: when the first of its running clocks runs out; None while none runs.
        answered_at: when it was answered first.
        reopened: how often it was solved and came back.
        origin: what opened it where that was no person, such as `survey.answered:7`; none twice.
        merged_into: the ticket that it was merged into; never one that was merged itself.
        by: who opened it; None for Kefen itself.
    """

    Kind = TicketKind

    class Severity(models.TextChoices):
        LOW = "low", pgettext_lazy("ticket", "low")
        NORMAL = "normal", pgettext_lazy("ticket", "normal")
        URGENT = "urgent", pgettext_lazy("ticket", "urgent")

    class State(models.TextChoices):
        OPEN = "open", _("to be answered")
        WAITING = "waiting", _("waiting for the customer")
        SOLVED = "solved", _("solved")
        MERGED = "merged", pgettext_lazy("ticket", "merged")

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="tickets",
    )
    contact = models.CharField(_("who asks"), max_length=120, blank=True)
    kind = models.CharField(
        _("kind"), max_length=10, choices=TicketKind, default=TicketKind.QUESTION
    )
    severity = models.CharField(
        _("severity"), max_length=6, choices=Severity, default=Severity.NORMAL
    )
    title = models.CharField(_("what it is about"), max_length=200)
    product = models.CharField(_("product"), max_length=120, blank=True)
    cause = models.CharField(_("cause"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("whose"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tickets",
    )
    opened_at = models.DateTimeField(_("opened"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    solved_at = models.DateTimeField(_("solved at"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    reopened = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1, editable=False)
    origin = models.CharField(max_length=80, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["-opened_at", "-pk"]
        indexes = [
            models.Index(
                models.F("due_at").asc(nulls_last=True),
                "id",
                condition=~models.Q(state="solved"),
                name="ticket_queue",
            ),
            models.Index(
                fields=["-solved_at", "-id"],
                condition=models.Q(state="solved"),
                name="ticket_solved",
            ),
            models.Index(fields=["customer", "-opened_at"], name="ticket_of_customer"),
            models.Index(fields=["owner", "state"], name="ticket_of_owner"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["origin"], condition=~models.Q(origin=""), name="one_ticket_an_origin"
            ),
            models.CheckConstraint(
                condition=models.Q(state="merged", merged_into__isnull=False)
                | (~models.Q(state="merged") & models.Q(merged_into=None)),
                name="merged_ticket_leads_on",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        """Its number here and in the ledger."""
        return f"T-{self.pk:06d}"

    @property
    def solved(self) -> bool:
        return self.state == self.State.SOLVED


class Message(models.Model):
    """Something written or said about a ticket: by the customer, to the customer, or among us.

    `by` is who noted it; None where the customer wrote it where nobody of us was.
    """

    class Direction(models.TextChoices):
        IN = "in", _("from the customer")
        OUT = "out", _("to the customer")
        NOTE = "note", _("note among us")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="messages")
    direction = models.CharField(max_length=4, choices=Direction)
    channel = models.CharField(_("by way of"), max_length=8, default="note")
    text = models.TextField(_("text"), max_length=5_000)
    at = models.DateTimeField(_("time"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["ticket", "at"], name="message_of_ticket")]

    def __str__(self) -> str:
        return self.text[:80]


class ArticleUse(models.Model):
    """An article that a ticket was answered with."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="article_uses")
    article = models.ForeignKey(
        "articles.Article",
        verbose_name=_("article"),
        on_delete=models.PROTECT,
        related_name="ticket_uses",
    )
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("article of an answer")
        verbose_name_plural = _("articles of answers")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "article"], name="article_use_once")
        ]

    def __str__(self) -> str:
        return f"{self.ticket} · {self.article}"


class ServiceClock(models.Model):
    """What a ticket was promised: an answer, the next answer or a solution within working hours.

    Working hours are those of the calendar. It runs from `started_at`, stands still while it is
    paused, and ends at `stopped_at`.

    Attributes:
        rule: the name of the service level that it came from.
        allowed, paused: minutes of work.
        due_at, warn_at: when all, and three quarters, of `allowed` are over; moved by each pause.
        warned, breached_at: the alert went out; when the promise was broken.
    """

    class Target(models.TextChoices):
        FIRST = "first", _("first answer")
        NEXT = "next", _("next answer")
        RESOLVE = "resolve", _("solution")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="clocks")
    target = models.CharField(max_length=7, choices=Target)
    rule = models.CharField(max_length=80)
    allowed = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    warn_at = models.DateTimeField()
    due_at = models.DateTimeField(_("due"))
    paused_at = models.DateTimeField(null=True)
    paused = models.PositiveIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True)
    warned = models.BooleanField(default=False)
    breached_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("service clock")
        verbose_name_plural = _("service clocks")
        ordering = ["started_at", "pk"]
        indexes = [
            models.Index(
                fields=["warn_at"],
                condition=models.Q(stopped_at=None, paused_at=None),
                name="service_clock_running",
            ),
            models.Index(fields=["ticket"], name="service_clock_of_ticket"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "target"],
                condition=models.Q(stopped_at=None),
                name="one_clock_a_target",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_target_display()} · {self.due_at:%Y-%m-%d %H:%M}"

    @property
    def running(self) -> bool:
        return self.stopped_at is None and self.paused_at is None

    @property
    def hours(self) -> float:
        """Hours of work that it allows."""
        return self.allowed / 60

    def late(self, now: datetime) -> bool:
        """Whether the promise is broken by a moment, or was."""
        return self.breached_at is not None or (self.running and now > self.due_at)
