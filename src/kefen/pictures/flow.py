"""The migration between two runs, class to class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.evaluate import ABSENT
from kefen.pictures.filters import NEW, UNRATED, Moved, OfClass, query
from kefen.pictures.kinds import Picture, bare
from kefen.schemes.lapse import LAPSED

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
    """The ways from class to class; `ends` say what is on the left and on the right.

    Two schemes may call different classes by one key, so the classes of each stand on their own,
    as `from.<key>` and `to.<key>`, and who went a way is who is in both now.
    """
    if before.name != after.name:
        return _across(before, after, ends, matrix)
    links = [_link(after.name, row) for row in matrix]
    kinds = {kind["key"]: kind for scheme in (before, after) for kind in bare(scheme)}
    beside = [kinds.pop(key) for key in (LAPSED, UNRATED)]
    return {
        "type": "sankey",
        "title": {"zh": "类别迁移", "en": "Migration between classes"},
        "unit": "money",
        "from": ends[0],
        "to": ends[1],
        "classes": [*kinds.values(), *beside, GONE_KIND],
        "links": links,
        "empty": not links,
    }


def _across(before: Scheme, after: Scheme, ends: tuple[Any, Any], matrix: list[Picture]) -> Picture:
    classes: dict[str, dict[str, Picture]] = {}
    for side, scheme in (("from", before), ("to", after)):
        classes[side] = {kind["key"]: kind for kind in [*bare(scheme), GONE_KIND]}
    links = []
    for row in matrix:
        start, end = _key(row["from"]), _key(row["to"])
        there = GONE not in (start, end)
        drills = [query(OfClass(before.name, start)), classes["to"][end].get("drill")]
        links.append(
            _link(after.name, row)
            | {"from": f"from.{start}", "to": f"to.{end}"}
            | {"drill": "&".join(part for part in drills if part) if there else None}
        )
    return {
        "type": "sankey",
        "title": {"zh": "两种分类之间", "en": "Between two classifications"},
        "unit": "money",
        "from": _named(before, ends[0]),
        "to": _named(after, ends[1]),
        "classes": [
            kind | {"key": f"{side}.{kind['key']}"}
            for side, kinds in classes.items()
            for kind in kinds.values()
        ],
        "links": links,
        "empty": not links,
    }


def _named(scheme: Scheme, end: Any) -> dict[str, str]:
    return {"zh": f"{scheme.title.zh} · {end}", "en": f"{scheme.title.en} · {end}"}


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
    return query(Moved(scheme, NEW if start == GONE else start, end))


def _key(key: str | None) -> str:
    return UNRATED if key is None else GONE if key == ABSENT else key
