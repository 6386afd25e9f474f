"""Forms that stand open to everybody, and what was sent by them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kefen_crm.tickets.models import Ticket


class PublicForm(models.Model):
    """A form with an address of its own, which becomes tickets or leads.

    Attributes:
        seed: what the secret part of its address is computed from, with the site's secret key.
        digest: of the secret part of its address; empty before it has one.
        active: whether anybody may fill it in; off at first.
    """

    class Kind(models.TextChoices):
        TICKET = "ticket", _("questions and complaints")
        LEAD = "lead", _("inquiries")

    title_zh = models.CharField(_("heading (Chinese)"), max_length=120)
    title_en = models.CharField(_("heading (English)"), max_length=120)
    kind = models.CharField(_("what it is for"), max_length=6, choices=Kind, default=Kind.TICKET)
    active = models.BooleanField(_("open to everybody"), default=False)
    seed = models.CharField(max_length=32, blank=True, editable=False)
    digest = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("public form")
        verbose_name_plural = _("public forms")
        ordering = ["pk"]

    def __str__(self) -> str:
        chinese = (get_language() or "").startswith("zh")
        return self.title_zh if chinese else self.title_en


class Submission(models.Model):
    """Something that was sent by a form; what it says is kept until it is seen to.

    Attributes:
        reach: a phone number or a mail address, as it was written.
        digest: of the form and what was sent, so that the same is taken once.
        outcome: what became of it; the worker sees to new ones.
    """

    class Outcome(models.TextChoices):
        NEW = "new", _("just came")
        TICKET = "ticket", _("in a ticket")
        LEAD = "lead", _("in a lead")
        WAITS = "waits", _("whose it is is not known")
        LEFT_OUT = "left_out", _("left out")

    form = models.ForeignKey(PublicForm, on_delete=models.PROTECT, related_name="submissions")
    at = models.DateTimeField(_("time"))
    name = models.CharField(_("name"), max_length=60, blank=True)
    company = models.CharField(_("company"), max_length=120, blank=True)
    reach = models.CharField(_("phone or e-mail"), max_length=120, blank=True)
    kind = models.CharField(
        _("kind"), max_length=10, choices=Ticket.Kind, default=Ticket.Kind.QUESTION
    )
    subject = models.CharField(_("what it is about"), max_length=120, blank=True)
    text = models.TextField(_("text"), max_length=3_000, blank=True)
    digest = models.CharField(max_length=64)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.NEW)
    ticket = models.ForeignKey(
        "tickets.Ticket", on_delete=models.PROTECT, null=True, related_name="submissions"
    )
    lead = models.ForeignKey(
        "leads.Lead", on_delete=models.PROTECT, null=True, related_name="submissions"
    )

    class Meta:
        verbose_name = _("form sent in")
        verbose_name_plural = _("forms sent in")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(
                fields=["-at"], condition=models.Q(outcome="waits"), name="submission_that_waits"
            ),
            models.Index(fields=["form", "at"], name="submission_of_form"),
        ]

    def __str__(self) -> str:
        return self.subject or self.number

    @property
    def number(self) -> str:
        """What whoever sent it is told."""
        return f"F-{self.pk:06d}"
