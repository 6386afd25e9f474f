"""What the status of an order says: whether it is a sale. The words are in `statuses.yaml`."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Meaning = Literal["counts", "none", "unknown"]
_NOT_WORD = re.compile(r"[\W_]+")
_LONGEST = 200
SIDE = re.compile(r"(?i)[dcsh]r?\.?|debit|credit|[借贷]方?")
"""A side of an account, which says by itself nothing of sales."""
TICK = re.compile(r"(?i)[✔✓☑✅√✘✗✖❌×x是否]\ufe0f?")
"""A tick or a cross, which does not say by itself what it ticks."""
_SOLD = ("counts", "done", "won")


def plain(status: str) -> str:
    """A status without case, punctuation and the `wc-` of WooCommerce; words one space apart.

    >>> plain("wc-On_Hold"), plain("Proposal/Price Quote")
    ('on hold', 'proposal price quote')
    """
    text = unicodedata.normalize("NFKC", status[:_LONGEST]).casefold().removeprefix("wc-")
    return _NOT_WORD.sub(" ", text).strip()


def meanings(statuses: Iterable[str]) -> dict[str, Meaning]:
    """What each status of a file says: `counts`, `none` (no sale) or `unknown`, which counts.

    >>> meanings(["已完成", "已取消", "Closed Lost", "verbal commit"])["verbal commit"]
    'none'
    """
    found = {status: _group(status) for status in statuses}
    groups = set(found.values())
    deals, finished = bool(groups & {"won", "lost"}), bool(groups & set(_SOLD))
    told: dict[str, Meaning] = {}
    for status, group in found.items():
        if group in _SOLD:
            told[status] = "counts"
        elif group == "closed":
            told[status] = "none" if finished or deals else "unknown"
        elif group is None:
            told[status] = "none" if deals else "unknown"
        else:
            told[status] = "none"
    return told


def is_status(text: str) -> bool:
    """Whether a text is a status that orders are known to have."""
    return _group(text) is not None


def is_no_sale(status: str) -> bool:
    """Whether a status says by itself, without its file, that this is no sale."""
    return _group(status) not in (None, "closed", *_SOLD)


def is_sold(status: str) -> bool:
    """Whether a status says by itself that this is a sale."""
    return _group(status) in _SOLD


def is_void(status: str) -> bool:
    """Whether a status says that this was cancelled or is void."""
    return _group(status) == "cancelled"


def is_word_for_void(text: str) -> bool:
    """Whether a text is, as a whole, a word for what was cancelled, is void or was only a test.

    >>> is_word_for_void("作废"), is_word_for_void("刷单"), is_word_for_void("客户说作废上一单")
    (True, True, False)
    """
    return _catalogue()[0].get(plain(text)) in ("cancelled", "test")


def is_refunded(status: str) -> bool:
    """Whether a status says that all of it was given back."""
    return _group(status) == "refunded"


def _group(status: str) -> str | None:
    words, parts = _catalogue()
    text = plain(status)
    if (whole := words.get(text)) is not None:
        return whole
    padded = f" {text} "
    for part, group in parts:
        if (f" {part} " if part.isascii() else part) in padded:
            return group
    return None


@cache
def _catalogue() -> tuple[Mapping[str, str], list[tuple[str, str]]]:
    text = (files(__package__) / "statuses.yaml").read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    words = {
        plain(word): group for group, told in document["words"].items() for word in told.split("|")
    }
    parts = [
        (plain(word), group)
        for group, told in document["parts"].items()
        for word in told.split("|")
    ]
    return words, parts
