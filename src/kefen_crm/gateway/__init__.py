"""The one door from the site to the engine. Nothing else in `kefen_crm` imports `kefen`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language

from kefen.errors import KefenError
from kefen.schemes.lapse import LAPSED
from kefen.wording import describe, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LAPSED", "KefenError", "language", "say", "say_reason"]


def language() -> str:
    """The language of this request as the engine names it: `zh` or `en`."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


def say(error: KefenError) -> str:
    """What went wrong, as a sentence in the language of this request."""
    return describe(error, language())


def say_reason(reason: Mapping[str, Any]) -> str:
    """A reason kept as `{"code", "data"}`, as a sentence; nothing when there is none."""
    return sentence(reason["code"], reason.get("data") or {}, language()) if reason else ""
