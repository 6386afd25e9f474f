"""The pyramid: how many customers a class has against how much money they bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.pictures.kinds import Counted, Picture, counted, value_title

if TYPE_CHECKING:
    from kefen.run import Run


def of(run: Run) -> list[str]:
    """The names of the pictures that suit the run's method, the telling one first."""
    return list(run.scheme.presentation.pictures)


def pyramid(run: Counted) -> Picture:
    """Customers and money of every class; the drawn areas are in proportion."""
    classes = counted(run)
    return {
        "type": "pyramid",
        "title": {"zh": "客户金字塔", "en": "Customer pyramid"},
        "unit": "money",
        "value": value_title(run),
        "classes": classes,
        "empty": not any(kind["customers"] for kind in classes if kind["index"]),
    }
