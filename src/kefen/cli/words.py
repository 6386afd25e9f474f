"""The language of the shell, and the words of help texts; no more than help needs is imported."""

from __future__ import annotations

import os
import re
from contextvars import ContextVar
from typing import Any

from kefen.errors import KefenError
from kefen.wording import sentence

SPOKEN: ContextVar[str] = ContextVar("spoken", default="en")
"""The language of the command that runs, for those who speak after it."""


def spoken() -> str:
    """The language to speak when none is asked for: `KEFEN_LANG`, else the locale's."""
    for name in ("KEFEN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if told := os.environ.get(name):
            return "zh" if told.lower().startswith("zh") else "en"
    return "en"


def known_language(told: str, name: str = "--lang") -> str:
    """A language as it was asked for, such as `zh`, `zh-CN`, `en_GB.UTF-8`; empty for none.

    Raises:
        KefenError: `cli-unknown-language` for another one than Kefen speaks.
    """
    if told and re.split(r"[-_.]", told.lower())[0] not in ("zh", "en"):
        raise KefenError("cli-unknown-language", value=told, name=name)
    return told


def word(code: str, **data: Any) -> str:
    """Words for help texts, which are made before any option is read."""
    return sentence(f"cli-{code}", data, spoken())
