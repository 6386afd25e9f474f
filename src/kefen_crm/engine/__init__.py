"""The one door from the site to the engine. Nothing else in `kefen_crm` imports `kefen`."""

from __future__ import annotations

from django.utils.translation import get_language

from kefen.errors import KefenError
from kefen.wording import describe

__all__ = ["KefenError", "language", "say"]


def language() -> str:
    """The language of this request as the engine names it: `zh` or `en`."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


def say(error: KefenError) -> str:
    """What went wrong, as a sentence in the language of this request."""
    return describe(error, language())
