"""The classes of a run as every picture carries them: order, colour, counts, drill-down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from kefen.errors import IndicatorError
from kefen.pictures.filters import UNRATED, OfClass, query
from kefen.schemes.lapse import LAPSED, LAST, WORTH

if TYPE_CHECKING:
    from kefen.schemes.model import Scheme

UNRATED_TITLE = {"zh": "未评级", "en": "Unrated"}
LAPSED_TITLE = {"zh": "沉睡", "en": "Lapsed"}

Picture = dict[str, Any]


class Counted(Protocol):
    """Classes with their counts: a run, or a preview of one."""

    @property
    def scheme(self) -> Scheme:
        """Whose classes they are."""

    @property
    def counts(self) -> list[dict[str, Any]]:
        """Customers and value of each class."""


def bare(scheme: Scheme) -> list[Picture]:
    """The classes of a scheme, best first, then lapsed and unrated: key, index, title, drill."""
    listed = []
    for index, part in enumerate(scheme.classes, start=1):
        title = {"zh": part.title.zh, "en": part.title.en}
        entry: Picture = {"key": part.key, "index": index, "title": title}
        if part.color:
            entry["color"] = part.color
        listed.append(entry)
    listed.append({"key": LAPSED, "index": 0, "title": LAPSED_TITLE})
    listed.append({"key": UNRATED, "index": 0, "title": UNRATED_TITLE})
    for entry in listed:
        entry["drill"] = query(OfClass(scheme.name, entry["key"]))
    return listed


def counted(run: Counted) -> list[Picture]:
    """The classes of a run with customers, money and shares; lapsed and unrated if there are any.

    Shares are of the rated customers and their money, as in the ABC table; the others have none.
    Of the lapsed also `last_purchase` and `past_worth`.
    """
    counts = {key_of(count): count for count in run.counts}
    listed = bare(run.scheme)
    for kind in listed:
        count = counts.get(kind["key"], {})
        kind["customers"] = int(count.get("customers") or 0)
        kind["value"] = float(count.get("value") or 0)
        if count.get(LAST) is not None:
            kind |= {LAST: str(count[LAST]), WORTH: float(count.get(WORTH) or 0)}
    rated = [kind for kind in listed if kind["index"]]
    customers = sum(kind["customers"] for kind in rated)
    value = sum(kind["value"] for kind in rated)
    for kind in listed:
        inside = kind["index"] > 0
        kind["share_of_customers"] = kind["customers"] / customers if inside and customers else 0.0
        kind["share_of_value"] = kind["value"] / value if inside and value > 0 else 0.0
    return [kind for kind in listed if kind["index"] or kind["customers"]]


def key_of(count: dict[str, Any]) -> str:
    """What addresses and pictures call the class of a count."""
    if count["class"] is None:
        return LAPSED if count.get("state") == "lapsed" else UNRATED
    return str(count["class"])


def value_title(run: Counted) -> dict[str, str]:
    """What the scheme weighs customers by, in words: sales, profit, …"""
    try:
        return dict(run.scheme.definition(run.scheme.value).label)
    except IndicatorError:  # of a plug-in that is gone
        return {"zh": "金额", "en": "Money"}
