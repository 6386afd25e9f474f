"""The documents of industry starts: what a company of a trade begins with.

Each is a file of `documents/`, to be read and changed. Texts are written in both languages; fields
and schemes keep both, rules have the one of whoever chooses the start.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import yaml
from django.utils.translation import gettext as _
from django.utils.translation import override
from pydantic import BaseModel, ConfigDict, Field, model_validator

from kefen_crm.grading.models.schemes import in_language
from kefen_crm.industry_starts.names import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

LANGUAGES: Final = frozenset({"zh", "en"})
TODAY: Final = "today"
"""In a rule: the day on which the start is chosen."""


class Words(BaseModel):
    """A text in both languages."""

    model_config = ConfigDict(extra="forbid")

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class StartField(BaseModel):
    """A custom field; `choices` and `required` as `CustomField` keeps them."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=36)
    kind: str
    name_zh: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    choices: list[dict[str, str]] = []
    required: list[str] = []


class StartScheme(BaseModel):
    """A scheme: its own `document`, or a `ready` one; published, else left as a draft."""

    model_config = ConfigDict(extra="forbid")

    publish: bool
    ready: str = ""
    document: dict[str, Any] = {}

    @model_validator(mode="after")
    def _one_of_both(self) -> StartScheme:
        if bool(self.ready) == bool(self.document):
            raise ValueError("either `ready` or `document`")
        return self


class StartPool(BaseModel):
    """A pool, with the limits of those who claim from it."""

    model_config = ConfigDict(extra="forbid")

    name: Words
    per_day: int
    most_held: int
    former_waits: int
    rest_days: int


class StartRules(BaseModel):
    """Rules of a kind; published where nothing of the kind is in force, else left as a draft."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    publish: bool
    rules: list[dict[str, Any]] = Field(min_length=1)


class IndustryStart(BaseModel):
    """What a company of a trade begins with."""

    model_config = ConfigDict(extra="forbid")

    name: str
    icon: str
    title: Words
    description: Words
    fields: list[StartField] = Field(min_length=1)
    schemes: list[StartScheme] = Field(min_length=1)
    pools: list[StartPool] = []
    rules: list[StartRules] = Field(min_length=1)


@cache
def start(name: str) -> IndustryStart:
    """The document of a start.

    Raises:
        KeyError: when there is no such start.
    """
    if name not in NAMES:
        raise KeyError(name)
    file = files("kefen_crm.industry_starts").joinpath("documents", f"{name}.yaml")
    return IndustryStart.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))


def said(value: Any, language: str, today: date) -> Any:
    """A part of a document in one language, with the day on which it is chosen.

    >>> said({"name": {"zh": "甲", "en": "A"}, "since": "today"}, "en", date(2026, 1, 31))
    {'name': 'A', 'since': '2026-01-31'}
    """
    if isinstance(value, dict):
        if set(value) == LANGUAGES:
            return value[language]
        return {name: said(one, language, today) for name, one in value.items()}
    if isinstance(value, list):
        return [said(one, language, today) for one in value]
    return today.isoformat() if value == TODAY else value


def reason_of(about: IndustryStart) -> str:
    """What is given as the reason of whatever a start makes."""
    title = in_language(about.title.model_dump())
    return _("Industry start: %(title)s") % {"title": title}


def standing_words() -> Iterator[tuple[str, str]]:
    """Every text of the starts' rules and pools, in Chinese and in English."""
    for name in NAMES:
        about = start(name)
        yield from _pairs([one.rules for one in about.rules])
        yield from _pairs([one.name.model_dump() for one in about.pools])
        said = []
        for language in ("zh-hans", "en"):
            with override(language):
                said.append(reason_of(about))
        yield said[0], said[1]


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if set(value) == LANGUAGES:
            yield value["zh"], value["en"]
            return
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _pairs(one)
