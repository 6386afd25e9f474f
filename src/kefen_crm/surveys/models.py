"""Surveys of one question, whom they were sent to, and what was answered."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from datetime import datetime

CHANGEABLE: Final = timedelta(days=7)
"""An answer may be changed for so long."""


class Survey(models.Model):
    """A question that is answered by a number on a scale, and a comment if one likes.

    Attributes:
        kind: satisfaction from 1 to 5 (CSAT), or recommendation from 0 to 10 (NPS).
        question_zh, question_en: as the customer reads it.
        after_tickets: it is sent by mail when a ticket is solved, where an address is known.
    """

    class Kind(models.TextChoices):
        CSAT = "csat", _("satisfaction (CSAT)")
        NPS = "nps", _("recommendation (NPS)")

    kind = models.CharField(_("kind"), max_length=4, choices=Kind)
    title = models.CharField(_("title"), max_length=80, unique=True)
    question_zh = models.CharField(_("question in Chinese"), max_length=200)
    question_en = models.CharField(_("question in English"), max_length=200)
    after_tickets = models.BooleanField(_("after each ticket that is solved"), default=False)
    active = models.BooleanField(_("in use"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    @property
    def scale(self) -> range:
        """The numbers that may be answered."""
        return range(1, 6) if self.kind == self.Kind.CSAT else range(11)

    @property
    def question(self) -> str:
        """The question in the language that is being spoken."""
        chinese = (translation.get_language() or "").startswith("zh")
        return self.question_zh if chinese else self.question_en

    def is_low(self, score: int) -> bool:
        """Whether an answer is so bad that somebody should see to it: 2 of 5, or 6 of 10."""
        return score <= (2 if self.kind == self.Kind.CSAT else 6)


class Invite(models.Model):
    """One customer asked once; of the secret part of its address only a digest is kept.

    Attributes:
        occasion: what it is about, such as `ticket:12`; none comes twice for one occasion.
        contact: who was asked, in words.
    """

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="invites")
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="survey_invites"
    )
    contact = models.CharField(_("who is asked"), max_length=254, blank=True)
    occasion = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(_("asked"))
    expires_at = models.DateTimeField(_("until"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created", "-pk"]
        indexes = [models.Index(fields=["customer", "-created"], name="invite_of_customer")]
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "customer", "occasion"], name="one_invite_an_occasion"
            )
        ]

    def __str__(self) -> str:
        return f"{self.survey} · {self.customer}"

    def open(self, now: datetime) -> bool:
        """Whether it can be answered, or the answer changed."""
        answer = getattr(self, "answer", None)
        return now <= (answer.at + CHANGEABLE if answer else self.expires_at)


class Answer(models.Model):
    """What a customer answered to an invitation; `at` is of the first answer."""

    invite = models.OneToOneField(Invite, on_delete=models.PROTECT, related_name="answer")
    score = models.PositiveSmallIntegerField(_("score"))
    comment = models.TextField(_("comment"), max_length=2_000, blank=True)
    at = models.DateTimeField(_("answered"))
    changed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["-at"], name="survey_answer_newest")]

    def __str__(self) -> str:
        return str(self.score)
