"""Names of the messy files, their titles, headings and slips, in Chinese and English."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


def file_name(kind: str, lang: str) -> str:
    """What the file of a kind is called."""
    return str(_words()["files"][kind][lang])


def title(kind: str, lang: str, company: str) -> str:
    """What stands above the table."""
    return str(_words()["titles"][kind][lang]).format(company=company)


def headings(kind: str, lang: str) -> dict[str, str]:
    """Column of the kind → the heading it has in the file, in the order of the file."""
    own: dict[str, dict[str, str]] = _words()["headings"][kind]
    return {column: texts[lang] for column, texts in own.items()}


def slips(lang: str) -> list[tuple[str, str]]:
    """Columns of the sales file, and what somebody typed there by mistake."""
    return [(column, value) for column, value in _words()["slips"][lang]]


@cache
def _words() -> dict[str, Any]:
    text = files("kefen.demo").joinpath("messy.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded
