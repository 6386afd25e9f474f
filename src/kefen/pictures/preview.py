"""The pictures of a preview: where its classes part, how large they are, who would move."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, cast

from kefen.pictures.flow import flow
from kefen.pictures.grid import of_cells
from kefen.pictures.kinds import Counted, Picture, counted
from kefen.pictures.spread import indicator_of
from kefen.pictures.tiers import pyramid

if TYPE_CHECKING:
    from kefen.run.preview_figures import Preview, Spread

BEFORE = {"zh": "当前版本", "en": "In force"}
AFTER = {"zh": "本方案", "en": "This draft"}


def previewed(preview: Preview) -> dict[str, Picture]:
    """`standard` (the distribution with its cuts, or what suits the method), `moves` if any.

    A `distribution` of a preview also has `better`, and in each bin the `mass` that cuts by
    cumulative value add up.
    """
    if preview.scheme is None:
        return {}
    told = cast("Counted", preview)
    found = {"standard": _standard(preview, told), "pyramid": pyramid(told)}
    if preview.against is not None:
        ends = (BEFORE, AFTER)
        found["moves"] = flow(preview.against.scheme, preview.scheme, ends, preview.matrix)
    return found


def _standard(preview: Preview, told: Counted) -> Picture:
    if preview.cells:
        return of_cells(told, preview.cells)
    if preview.spread is None:
        return pyramid(told)
    return _distribution(told, preview.spread)


def _distribution(told: Counted, spread: Spread) -> Picture:
    if spread.column:
        title, unit = indicator_of(told)
    else:
        title, unit = {"zh": "得分", "en": "Score"}, "number"
    bins = [
        {
            "from": low,
            "to": high,
            "customers": sum(counts),
            "counts": counts,
            "mass": mass,
            "drill": "",
        }
        for (low, high), counts, mass in zip(
            pairwise(spread.edges), spread.counts, spread.mass, strict=True
        )
    ]
    return {
        "type": "distribution",
        "title": {"zh": f"{title['zh']}分布", "en": f"Distribution: {title['en'].lower()}"},
        "unit": unit,
        "x": title,
        "better": spread.better,
        "classes": counted(told),
        "bins": bins,
        "cuts": [{"at": cut} for cut in spread.cuts],
        "empty": not any(one["customers"] for one in bins),
    }
