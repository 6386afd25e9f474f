"""The migration between two runs, class to class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.pictures.kinds import UNRATED, Picture, bare, drill

if TYPE_CHECKING:
    from kefen.evaluate import Comparison


def migration(comparison: Comparison) -> Picture:
    """Customers and money on every way from a class of the first run to one of the second."""
    scheme = comparison.after.scheme
    links = [_link(scheme.name, row) for row in comparison.matrix]
    return {
        "type": "sankey",
        "title": {"zh": "类别迁移", "en": "Migration between classes"},
        "unit": "money",
        "from": str(comparison.before.as_of),
        "to": str(comparison.after.as_of),
        "classes": bare(scheme),
        "links": links,
        "empty": not links,
    }


def _link(scheme: str, row: dict[str, Any]) -> Picture:
    start, end = row["from"] or UNRATED, row["to"] or UNRATED
    return {
        "from": start,
        "to": end,
        "customers": int(row["customers"]),
        "value_from": float(row["value_from"] or 0),
        "value_to": float(row["value_to"] or 0),
        "drill": drill(moved=f"{scheme}:{start}>{end}"),
    }
