"""Articles are written, published and withdrawn, and readers say whether they helped."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.articles.models import Article, ArticleVersion
from kefen_crm.articles.permits import WRITE_ARTICLES
from kefen_crm.platform import events
from kefen_crm.team.roles import may, require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.team.models import User

TEXTS: Final = ("title_zh", "title_en", "body_zh", "body_en")
FIELDS: Final = (*TEXTS, "topic", "public")


@transaction.atomic
def write(
    actor: User,
    article: Article | None,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Article:
    """Write a new article, or change the draft of one; what is published stays as it is.

    Raises:
        PermissionDenied: unless `actor` may write articles.
        Stale: when it is of another version than `expected_version`.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    require(actor, WRITE_ARTICLES)
    given = {"article": article.pk if article else None, **values}
    verb = "article.changed" if article else "article.written"
    if known := events.answered(actor, verb, key, given):
        return known.target()  # type: ignore[return-value]  # the event is of an article
    before: dict[str, Any] = {}
    if article is None:
        article = Article(code=secrets.token_urlsafe(9))
    else:
        article = events.locked(Article.objects.all(), article.pk, expected_version)
        before = _told(article)
    for name in FIELDS:
        if name in values:
            one = values[name]
            setattr(article, name, one.strip() if isinstance(one, str) else one)
    article.full_clean()
    if before:
        events.raised(article)
    else:
        article.save()
    events.record(actor, verb, article, before=before, after=_told(article), key=key, given=given)
    return article


@transaction.atomic
def publish(
    actor: User, article: Article, *, expected_version: int | None = None, key: str = ""
) -> ArticleVersion:
    """Have an article be read as its draft stands.

    Raises:
        PermissionDenied, Stale, KeyReused: as `write`.
        ValidationError: where that is what is read already.
    """
    require(actor, WRITE_ARTICLES)
    given = {"article": article.pk}
    if known := events.answered(actor, "article.published", key, given):
        number = (known.after or {})["number"]
        return ArticleVersion.objects.get(article=article, number=number)
    article = events.locked(
        Article.objects.select_related("published"), article.pk, expected_version
    )
    texts = {name: getattr(article, name) for name in TEXTS}
    current = article.published
    if current is not None and all(getattr(current, name) == one for name, one in texts.items()):
        raise ValidationError(_("It is published as it stands."))
    number = (article.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    made = ArticleVersion.objects.create(
        article=article, number=number, at=timezone.now(), by=actor, **texts
    )
    article.published = made
    article.searched = "\n".join(filter(None, texts.values()))
    events.raised(article)
    after = {"title": article.title_zh, "number": number, "public": article.public}
    events.record(actor, "article.published", article, after=after, key=key, given=given)
    return made


@transaction.atomic
def withdraw(
    actor: User, article: Article, *, expected_version: int | None = None, key: str = ""
) -> Article:
    """Have an article be read no more; its versions stay.

    Raises:
        PermissionDenied, Stale, KeyReused: as `write`.
        ValidationError: where it is not published.
    """
    require(actor, WRITE_ARTICLES)
    given = {"article": article.pk}
    if known := events.answered(actor, "article.withdrawn", key, given):
        return known.target()  # type: ignore[return-value]  # the event is of an article
    article = events.locked(Article.objects.all(), article.pk, expected_version)
    if article.published_id is None:
        raise ValidationError(_("It is not published."))
    article.published, article.searched = None, ""
    events.raised(article)
    after = {"title": article.title_zh}
    events.record(actor, "article.withdrawn", article, after=after, key=key, given=given)
    return article


def judge(version: ArticleVersion, *, helpful: bool) -> None:
    """Count what a reader says of an article; who it was is not kept."""
    field = "helped" if helpful else "in_vain"
    ArticleVersion.objects.filter(pk=version.pk).update(**{field: F(field) + 1})


def may_write(user: User) -> bool:
    """Whether `user` sees drafts."""
    return may(user, WRITE_ARTICLES)


def _told(article: Article) -> dict[str, Any]:
    return {name: getattr(article, name) for name in FIELDS}
