"""Articles, and their wording each time they were published."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kefen_crm.articles.wording import spoken

LONGEST = 20_000
"""Characters of an article in one language."""


class Article(models.Model):
    """What is answered again and again, written once; its texts are the draft of the next version.

    Attributes:
        code: names it in public addresses; drawn at random, so that it tells of no other.
        public: customers read it without signing in; otherwise those who are signed in do.
        topic: what it is listed under.
        published: the version that is read; None while it is a draft or withdrawn.
        searched: the texts that it is found by, of the version that is read.
    """

    code = models.CharField(max_length=16, unique=True, editable=False)
    title_zh = models.CharField(_("title in Chinese"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    body_zh = models.TextField(_("text in Chinese"), max_length=LONGEST)
    body_en = models.TextField(_("text in English"), max_length=LONGEST, blank=True)
    topic = models.CharField(_("topic"), max_length=80, blank=True)
    public = models.BooleanField(_("for customers, too"), default=False)
    published = models.ForeignKey(
        "ArticleVersion", on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    searched = models.TextField(blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["topic", "title_zh", "pk"]
        indexes = [models.Index(fields=["topic", "title_zh"], name="article_by_topic")]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """In the language that is being spoken, where it has one."""
        return spoken(self.title_zh, self.title_en)

    @property
    def body(self) -> str:
        """In the language that is being spoken, where it has one."""
        return spoken(self.body_zh, self.body_en)

    @property
    def address(self) -> str:
        """Where customers read it, in the language that is being spoken."""
        return reverse("articles:public_article", args=[spoken("zh", "en"), self.code])

    @property
    def read_by_customers(self) -> bool:
        return self.public and self.published_id is not None


class ArticleVersion(models.Model):
    """An article as it was published, never changed afterwards.

    Attributes:
        number: from 1 on.
        helped, in_vain: how often a reader said that it was helpful, or not.
    """

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)
    body_zh = models.TextField()
    body_en = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    helped = models.PositiveIntegerField(default=0)
    in_vain = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("version of an article")
        verbose_name_plural = _("versions of articles")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="article_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"

    @property
    def title(self) -> str:
        return spoken(self.title_zh, self.title_en)

    @property
    def body(self) -> str:
        return spoken(self.body_zh, self.body_en)
