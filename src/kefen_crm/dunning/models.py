from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    """What is done about an invoice, mildest first."""

    REMINDER = "reminder", _("reminder")
    SECOND = "second", _("second reminder")
    FINAL = "final", _("final notice")
    CALL = "call", _("call")
    HOLD = "hold", _("hold of orders")


class Why(models.TextChoices):
    """Why a step did not go on."""

    ARCHIVED = "archived", _("the customer was archived or merged")
    NOTED = "noted", _("a payment or an invoice was just noted")
    PAYMENT = "payment", _("a payment came in")
    DISPUTE = "dispute", _("in dispute")
    PROMISE = "promise", _("the customer promised to pay")
    TWICE = "twice", _("this was sent before")
    REJECTED = "rejected", _("rejected")
    ADDRESS = "address", _("the mail server refuses the address")
    SERVER = "server", _("the mail server did not take it; it is tried again")
    BROKEN = "broken", _("the connection broke while it was sent")
    LOST = "lost", _("the program ended while it was sent")
    NOT_SENT = "not-sent", _("it was not sent, as somebody found out")


LETTERS = (Level.REMINDER, Level.SECOND, Level.FINAL)


class Step(models.Model):
    """One thing done about a customer's late invoices: a letter, a call, a hold of orders.

    Attributes:
        level: the highest of its invoices.
        amount: what is dunned for, in the base currency: what is open less what was promised.
        days_late: of its oldest invoice, on the day it was proposed.
        to: the address of a letter that is mailed.
        subject, text: as approved; empty while it is only proposed.
        why, note: why it was stopped, rejected or not sent, and of what, such as an invoice.
        moved_at: when it came to its state.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        APPROVED = "approved", _("approved")
        SENDING = "sending", _("being sent")
        DONE = "done", _("sent")
        STOPPED = "stopped", _("stopped")
        REJECTED = "rejected", _("rejected")
        FAILED = "failed", _("refused by the mail server")
        UNSURE = "unsure", _("perhaps sent")

    class Channel(models.TextChoices):
        MAIL = "mail", _("by mail")
        PRINT = "print", _("on paper")
        TASK = "task", _("as a task")
        HOLD = "hold", _("at the order")

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="dunning_steps",
    )
    level = models.CharField(_("level"), max_length=8, choices=Level)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PROPOSED)
    channel = models.CharField(_("how"), max_length=5, choices=Channel)
    rule = models.CharField(_("rule"), max_length=80)
    language = models.CharField(max_length=2)
    proposed_on = models.DateField(_("proposed on"))
    proposed_at = models.DateTimeField(auto_now_add=True)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    days_late = models.PositiveIntegerField(_("days late"))
    to = models.EmailField(_("to"), blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    text = models.TextField(_("text"), blank=True)
    why = models.CharField(max_length=8, choices=Why, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("approved by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    moved_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("dunning step")
        verbose_name_plural = _("dunning steps")
        ordering = ["-amount", "pk"]
        indexes = [models.Index(fields=["state", "-moved_at"], name="dunning_step_by_state")]

    def __str__(self) -> str:
        return f"{self.get_level_display()} · {self.customer}"

    @property
    def is_letter(self) -> bool:
        """Whether it is written, and not said."""
        return self.level in LETTERS

    @property
    def reason(self) -> str:
        """Why it did not go on, in words; empty when it did."""
        return reason_of(self.why, self.note)


def reason_of(why: str, note: str) -> str:
    """Why a step did not go on, and of what, in words."""
    words = str(Why(why).label) if why in Why.values else ""
    return ": ".join(filter(None, (words, note)))


class DunnedInvoice(models.Model):
    """An invoice that a step is about, as it was when it was proposed.

    Attributes:
        level: its own; another invoice of the letter may be further.
        open: what was open of it; `amount` is that less what was promised.
    """

    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="invoices")
    number = models.CharField(_("invoice"), max_length=200)
    issued_on = models.DateField(_("issued"))
    due_on = models.DateField(_("due"))
    days_late = models.PositiveIntegerField(_("days late"))
    open = models.DecimalField(_("open"), max_digits=18, decimal_places=2)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    level = models.CharField(_("level"), max_length=8, choices=Level)

    class Meta:
        verbose_name = _("dunned invoice")
        verbose_name_plural = _("dunned invoices")
        ordering = ["due_on", "number", "pk"]

    def __str__(self) -> str:
        return self.number


class LetterText(models.Model):
    """The company's own words for the letters of a level, in place of those of Kefen."""

    level = models.CharField(_("level"), max_length=8, choices=Level)
    language = models.CharField(_("language"), max_length=2)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("text of a letter")
        verbose_name_plural = _("texts of letters")
        constraints = [
            models.UniqueConstraint(
                fields=["level", "language"], name="dunning_one_text_a_level_and_language"
            )
        ]

    def __str__(self) -> str:
        return self.subject
