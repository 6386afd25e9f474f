"""Surveys and their questions, whom they were sent to, and what was answered."""

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
    """A question that is answered by a number on a scale, further questions, and a comment.

    Attributes:
        kind: satisfaction from 1 to 5 (CSAT), recommendation from 0 to 10 (NPS), or a
            questionnaire, which asks its further questions alone.
        question_zh, question_en: as the customer reads it; of a questionnaire its heading.
        after_tickets: it is sent by mail when a ticket is solved, where an address is known.
    """

    class Kind(models.TextChoices):
        CSAT = "csat", _("satisfaction (CSAT)")
        NPS = "nps", _("recommendation (NPS)")
        FORM = "form", _("questionnaire")

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
    def scored(self) -> bool:
        """Whether it asks for a number first."""
        return self.kind != self.Kind.FORM

    @property
    def scale(self) -> range:
        """The numbers that may be answered; none of a questionnaire."""
        if not self.scored:
            return range(0)
        return range(1, 6) if self.kind == self.Kind.CSAT else range(11)

    @property
    def question(self) -> str:
        """The question in the language that is being spoken."""
        return spoken(self.question_zh, self.question_en)

    def is_low(self, score: int | None) -> bool:
        """Whether an answer is so bad that somebody should see to it: 2 of 5, or 6 of 10."""
        if score is None or not self.scored:
            return False
        return score <= (2 if self.kind == self.Kind.CSAT else 6)


def spoken(chinese: str, english: str) -> str:
    """The one of two wordings in the language that is being spoken."""
    return chinese if (translation.get_language() or "").startswith("zh") else english


class Question(models.Model):
    """A further question of a survey, perhaps asked only after some answer to an earlier one.

    Attributes:
        options: of a choice, each as its wordings `{"zh": …, "en": …}`; answers name them by
            their number from 1 on.
        low, high: the ends of a scale.
        when: what decides whether it is asked: `score`, or an earlier question as `q7`; empty
            where everybody is asked.
        test, value: the condition on that answer; an option is named by its number.
        active: it is asked; one that was answered and removed is shown with its answers only.
    """

    class Kind(models.TextChoices):
        ONE = "one", _("one of several")
        MANY = "many", _("any of several")
        SCALE = "scale", _("number on a scale")
        TEXT = "text", _("words")

    class Test(models.TextChoices):
        EQUAL = "equal", _("is")
        AT_MOST = "at_most", _("is at most")
        AT_LEAST = "at_least", _("is at least")
        CONTAINS = "contains", _("contains")

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="questions")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("answered by"), max_length=5, choices=Kind)
    text_zh = models.CharField(_("question in Chinese"), max_length=300)
    text_en = models.CharField(_("question in English"), max_length=300)
    required = models.BooleanField(_("must be answered"), default=False)
    options = models.JSONField(default=list, blank=True)
    low = models.PositiveSmallIntegerField(_("scale from"), default=1)
    high = models.PositiveSmallIntegerField(_("scale to"), default=5)
    when = models.CharField(_("asked only if the answer to"), max_length=20, blank=True)
    test = models.CharField(_("condition"), max_length=8, choices=Test, blank=True)
    value = models.CharField(_("of the value"), max_length=200, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["survey", "position"], name="question_of_survey")]

    def __str__(self) -> str:
        return self.text

    @property
    def name(self) -> str:
        """Its name in conditions and forms."""
        return f"q{self.pk}"

    @property
    def text(self) -> str:
        """The question in the language that is being spoken."""
        return spoken(self.text_zh, self.text_en)

    @property
    def wordings(self) -> list[tuple[str, str]]:
        """Each option by its number, in the language that is being spoken."""
        listed = enumerate(self.options, 1)
        return [(str(number), spoken(one["zh"], one["en"])) for number, one in listed]


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
    """What a customer answered to an invitation; `at` is of the first answer.

    Attributes:
        score: None of a questionnaire.
        values: of each further question that was shown what was answered, by its name; None
            where nothing was.
    """

    invite = models.OneToOneField(Invite, on_delete=models.PROTECT, related_name="answer")
    score = models.PositiveSmallIntegerField(_("score"), null=True)
    values = models.JSONField(default=dict)
    comment = models.TextField(_("comment"), max_length=2_000, blank=True)
    at = models.DateTimeField(_("answered"))
    changed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["-at"], name="survey_answer_newest")]

    def __str__(self) -> str:
        return str(self.invite) if self.score is None else str(self.score)
