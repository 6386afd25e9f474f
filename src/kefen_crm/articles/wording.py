"""The text of articles: in which language it is read, and how its markup becomes HTML."""

from __future__ import annotations

from typing import Final

from django.utils import translation
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt

_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "linkify": False}).disable("image")
"""CommonMark without HTML and pictures: what is not markup is escaped, and links lead nowhere but
to addresses (`javascript:` and the like are no links)."""


def spoken(chinese: str, english: str) -> str:
    """The wording in the language that is being spoken; that of the other where there is none."""
    in_chinese = (translation.get_language() or "").startswith("zh")
    first, second = (chinese, english) if in_chinese else (english, chinese)
    return first or second


def as_html(text: str) -> SafeString:
    """An article's markup as HTML."""
    return SafeString(_MARKDOWN.render(text))  # it escapes whatever is no markup
