"""Articles for programs: found, read, written, published, withdrawn."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import BaseModel, StrictBool

from kefen_crm.articles import actions
from kefen_crm.articles.models import LONGEST, Article
from kefen_crm.articles.permits import WRITE_ARTICLES
from kefen_crm.articles.queries import articles_for, holding
from kefen_crm.platform.api.paging import Page, Paged, newest
from kefen_crm.platform.api.values import Id, IdempotencyKey, Short, Version
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Articles"])

Heading = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Body = Annotated[str, Field(max_length=LONGEST, pattern=r"^[^\x00]*$")]
Topic = Annotated[str, Field(max_length=80, pattern=r"^[^\x00]*$")]


class ArticleOut(BaseModel):
    """An article; its texts are the draft of the next version."""

    id: int
    title_zh: str
    title_en: str
    topic: str
    public: bool = Field(description="For customers, too.")
    published: int | None = Field(description="The number of the version that is read.")
    published_at: datetime | None
    address: str = Field(description="Where customers read it; empty where they do not.")
    helped: int = Field(description="Readers of this version whom it helped.")
    in_vain: int
    version: int


class ArticleWhole(ArticleOut):
    """With its texts in CommonMark, without HTML."""

    body_zh: str
    body_en: str


class ArticlePage(Page[ArticleOut]):
    pass


class ArticleQuery(Paged):
    q: Short = Field("", description="Words of its title or text.")


class ArticleIn(Schema, extra="forbid"):
    title_zh: Annotated[Heading, Field(min_length=1)]
    body_zh: Annotated[Body, Field(min_length=1)]
    title_en: Heading = ""
    body_en: Body = ""
    topic: Topic = ""
    public: StrictBool = False


class ArticleChange(Schema, extra="forbid"):
    title_zh: Heading | None = None
    body_zh: Body | None = None
    title_en: Heading | None = None
    body_en: Body | None = None
    topic: Topic | None = None
    public: StrictBool | None = None
    version: Version = None


class ArticleStep(Schema, extra="forbid"):
    """Publishing or withdrawing."""

    version: Version = None


@router.get("", response=ArticlePage, summary="List articles")
def list_articles(request: Asked, query: Query[ArticleQuery]) -> ArticlePage:
    """Those that are published, and drafts for who may write them; the newest first."""
    found = holding(articles_for(request.user), query.q)
    items, last = newest(request, found, query)
    return ArticlePage(items=[ArticleOut(**_values(request, one)) for one in items], next=last)


@router.get("/{int:article_id}", response=ArticleWhole, summary="One article")
def get_article(request: Asked, article_id: Id) -> ArticleWhole:
    """As it is read; for who may write articles, its draft."""
    return _whole(request, get_object_or_404(articles_for(request.user), pk=article_id))


@router.post("", response={201: ArticleWhole}, summary="Write an article")
def write_article(
    request: Asked, wanted: ArticleIn, response: HttpResponse, key: IdempotencyKey = ""
) -> Status[ArticleWhole]:
    """It is a draft until it is published."""
    made = actions.write(request.user, None, wanted.dict(), key=key)
    response["Location"] = f"/api/v1/articles/{made.pk}"
    return Status(201, _whole(request, made))


@router.patch("/{int:article_id}", response=ArticleWhole, summary="Change an article")
def change_article(
    request: Asked, article_id: Id, wanted: ArticleChange, key: IdempotencyKey = ""
) -> ArticleWhole:
    """Its draft; readers see the change once it is published."""
    require(request.user, WRITE_ARTICLES)
    values = wanted.dict(exclude={"version"}, exclude_none=True)
    article = get_object_or_404(Article, pk=article_id)
    changed = actions.write(request.user, article, values, expected_version=wanted.version, key=key)
    return _whole(request, changed)


@router.post("/{int:article_id}/publish", response=ArticleWhole, summary="Publish an article")
def publish_article(
    request: Asked, article_id: Id, wanted: ArticleStep, key: IdempotencyKey = ""
) -> ArticleWhole:
    """As its draft stands."""
    require(request.user, WRITE_ARTICLES)
    article = get_object_or_404(Article, pk=article_id)
    actions.publish(request.user, article, expected_version=wanted.version, key=key)
    return _whole(request, Article.objects.select_related("published").get(pk=article_id))


@router.post("/{int:article_id}/withdraw", response=ArticleWhole, summary="Withdraw an article")
def withdraw_article(
    request: Asked, article_id: Id, wanted: ArticleStep, key: IdempotencyKey = ""
) -> ArticleWhole:
    """Nobody reads it any more; its versions stay."""
    require(request.user, WRITE_ARTICLES)
    article = get_object_or_404(Article, pk=article_id)
    changed = actions.withdraw(request.user, article, expected_version=wanted.version, key=key)
    return _whole(request, changed)


def _whole(request: Asked, one: Article) -> ArticleWhole:
    drafts = one.published is None or actions.may_write(request.user)
    shown = one if drafts else one.published
    values = _values(request, one) | {
        name: getattr(shown, name) for name in ("title_zh", "title_en", "body_zh", "body_en")
    }
    return ArticleWhole(**values)


def _values(request: Asked, one: Article) -> dict[str, Any]:
    read = one.published
    shown = one if read is None or actions.may_write(request.user) else read
    return {
        "id": one.pk,
        "title_zh": shown.title_zh,
        "title_en": shown.title_en,
        "topic": one.topic,
        "public": one.public,
        "published": read.number if read else None,
        "published_at": read.at if read else None,
        "address": request.build_absolute_uri(one.address) if one.read_by_customers else "",
        "helped": read.helped if read else 0,
        "in_vain": read.in_vain if read else 0,
        "version": one.version,
    }
