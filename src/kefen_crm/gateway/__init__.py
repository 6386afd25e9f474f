"""The one door from the site to the engine. Nothing else in `kefen_crm` imports `kefen`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language

from kefen.errors import KefenError
from kefen.schemes.lapse import LAPSED
from kefen.wording import describe, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["API", "LAPSED", "KefenError", "language", "say", "say_reason"]


def language() -> str:
    """The language of this request as the engine names it: `zh` or `en`."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


PAGE = "page"
"""The face of the pages: it has words of its own where it has boxes to choose in."""
API = "api"


def say(error: KefenError, face: str = PAGE) -> str:
    """What went wrong, as a sentence in the language of this request."""
    return describe(error, language(), face)


def say_reason(reason: Mapping[str, Any]) -> str:
    """A reason kept as `{"code", "data"}`, as a sentence; nothing when there is none."""
    return sentence(reason["code"], reason.get("data") or {}, language(), PAGE) if reason else ""
