"""The migration between two runs, class to class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.evaluate import ABSENT
from kefen.pictures.kinds import UNRATED, Picture, bare, drill

if TYPE_CHECKING:
    from kefen.evaluate import Comparison
    from kefen.schemes import Scheme

GONE = "absent"
GONE_KIND = {"key": GONE, "index": 0, "title": {"zh": "未参与", "en": "Not there"}}


def migration(comparison: Comparison) -> Picture:
    """Customers and money on every way from a class of the first run to one of the second.

    `absent` is where those are who did not take part in one of the runs.
    """
    before, after = comparison.before, comparison.after
    ends = (str(before.as_of), str(after.as_of))
    return flow(before.scheme, after.scheme, ends, comparison.matrix)


def flow(before: Scheme, after: Scheme, ends: tuple[Any, Any], matrix: list[Picture]) -> Picture:
    """The ways from class to class; `ends` say what is on the left and on the right."""
    links = [_link(after.name, row) for row in matrix]
    kinds = {kind["key"]: kind for scheme in (before, after) for kind in bare(scheme)}
    unrated = kinds.pop(UNRATED)
    return {
        "type": "sankey",
        "title": {"zh": "类别迁移", "en": "Migration between classes"},
        "unit": "money",
        "from": ends[0],
        "to": ends[1],
        "classes": [*kinds.values(), unrated, GONE_KIND],
        "links": links,
        "empty": not links,
    }


def _link(scheme: str, row: dict[str, Any]) -> Picture:
    start, end = _key(row["from"]), _key(row["to"])
    return {
        "from": start,
        "to": end,
        "customers": int(row["customers"]),
        "value_from": float(row["value_from"] or 0),
        "value_to": float(row["value_to"] or 0),
        "drill": _drill(scheme, start, end),
    }


def _drill(scheme: str, start: str, end: str) -> str | None:
    """Who went this way; of those who are gone there is no list."""
    if end == GONE:
        return None
    return drill(moved=f"{scheme}:{'new' if start == GONE else start}>{end}")


def _key(key: str | None) -> str:
    return UNRATED if key is None else GONE if key == ABSENT else key
