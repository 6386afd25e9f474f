"""Which articles somebody reads, and which hold words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db.models import Case, IntegerField, Q, Value, When
from django.utils.translation import gettext as _

from kefen_crm.articles.models import LONGEST, Article
from kefen_crm.articles.permits import WRITE_ARTICLES
from kefen_crm.customers.texts import containing
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.team.models import User

SEARCHED = 4 * LONGEST
"""Characters that are looked through: both titles and texts, in full."""


def articles_for(user: User) -> QuerySet[Article]:
    """What `user` reads: what is published; who writes articles sees drafts as well."""
    found = Article.objects.select_related("published")
    return found if may(user, WRITE_ARTICLES) else found.filter(published__isnull=False)


def published_article(pk: int) -> Article:
    """The article of a number.

    Raises:
        ValidationError: of `article`, where none such is published.
    """
    found = Article.objects.filter(pk=pk, published__isnull=False).first()
    if found is None:
        raise ValidationError({"article": _("No such article is published.")})
    return found


def public_articles() -> QuerySet[Article]:
    """What customers read."""
    found = Article.objects.select_related("published")
    return found.filter(public=True, published__isnull=False)


def holding(found: QuerySet[Article], text: str) -> QuerySet[Article]:
    """Articles with every word of `text`: those in whose title they are first.

    A draft is found by its title alone.
    """
    text = text.replace("\x00", "").strip()
    if not text:
        return found
    titles = containing(Article, "title_zh", text) | containing(Article, "title_en", text)
    anywhere = containing(Article, "searched", text, longest=SEARCHED)
    rank = Case(When(titles, then=Value(0)), default=Value(1), output_field=IntegerField())
    return found.filter(Q(titles | anywhere)).order_by(rank, "topic", "title_zh", "pk")
