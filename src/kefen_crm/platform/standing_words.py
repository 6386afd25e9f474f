"""Texts that Kefen itself wrote into documents in one language, shown in that of whoever reads.

Rules, tasks and pools hold the words of one language. Those that an app brought (`standing_words`)
are known in both, so that a page in English does not show the Chinese ones. What people wrote
themselves is shown as they wrote it.
"""

from __future__ import annotations

from functools import cache

from django.utils.translation import get_language

from kefen_crm.platform.registry import plugins


def said(text: str) -> str:
    """A text in the language of whoever reads, where it is one of those that apps brought."""
    pair = _known().get(text) if text else None
    return text if pair is None else pair[(get_language() or "").startswith("zh")]


@cache
def _known() -> dict[str, tuple[str, str]]:
    """Each text in English and in Chinese, by either; of two that are alike the first counts."""
    found: dict[str, tuple[str, str]] = {}
    for plugin in plugins():
        for chinese, english in plugin.standing_words() if plugin.standing_words else ():
            found.setdefault(chinese, (english, chinese))
            found.setdefault(english, (english, chinese))
    return found
