"""The classes of a run as every picture carries them: order, colour, counts, drill-down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from kefen.indicators import catalogue

if TYPE_CHECKING:
    from kefen.run import Run
    from kefen.schemes.model import Scheme

UNRATED = "none"
UNRATED_TITLE = {"zh": "未评级", "en": "Unrated"}

Picture = dict[str, Any]


def drill(**conditions: object) -> str:
    """Conditions of the customer list as a query string.

    >>> drill(**{"class": "abc:A"})
    'class=abc:A'
    """
    return urlencode({name: str(value) for name, value in conditions.items()}, safe=":>,-")


def bare(scheme: Scheme) -> list[Picture]:
    """The classes of a scheme, best first, then the unrated: key, index, title, drill."""
    listed = []
    for index, part in enumerate(scheme.classes, start=1):
        title = {"zh": part.title.zh, "en": part.title.en}
        entry: Picture = {"key": part.key, "index": index, "title": title}
        if part.color:
            entry["color"] = part.color
        listed.append(entry)
    listed.append({"key": UNRATED, "index": 0, "title": UNRATED_TITLE})
    for entry in listed:
        entry["drill"] = drill(**{"class": f"{scheme.name}:{entry['key']}"})
    return listed


def counted(run: Run) -> list[Picture]:
    """The classes of a run with customers, money and shares; the unrated only if there are any."""
    counts = {count["class"] or UNRATED: count for count in run.counts}
    empty = {"customers": 0, "value": 0, "share_of_customers": 0, "share_of_value": 0}
    listed = []
    for entry in bare(run.scheme):
        count = counts.get(entry["key"], empty)
        figures = {name: float(count[name] or 0) for name in empty}
        figures["customers"] = int(figures["customers"])
        if entry["index"] or figures["customers"]:
            listed.append(entry | figures)
    return listed


def money_title(run: Run) -> dict[str, str]:
    """What the scheme weighs customers by, in words: sales, profit, …"""
    indicator = catalogue().get(run.scheme.value.partition("@")[0])
    return dict(indicator.label) if indicator else {"zh": "金额", "en": "Money"}
