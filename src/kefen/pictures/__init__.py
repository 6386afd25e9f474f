"""What the pictures show: runs, comparisons and facts as small JSON documents.

Every function is pure and gives a dictionary that `charts.js` draws, in the report and on the
site alike. Texts are `{"zh": …, "en": …}`, money is a float of the base currency, shares are
parts of one. `drill` is a piece of query string for the customer list: the people behind a mark.
"""

from __future__ import annotations

from kefen.pictures.curve import pareto
from kefen.pictures.flow import migration
from kefen.pictures.grid import heatmap
from kefen.pictures.kinds import counted as classes
from kefen.pictures.kinds import value_title
from kefen.pictures.months import classes_over_time, monthly
from kefen.pictures.preview import previewed
from kefen.pictures.proof import (
    calibration,
    gains,
    ginis,
    lorenz,
    outcomes,
    overlap,
    qini,
    sensitivity,
    transitions,
    uplift,
)
from kefen.pictures.spread import distribution
from kefen.pictures.tiers import of, pyramid

__all__ = [
    "calibration",
    "classes",
    "classes_over_time",
    "distribution",
    "gains",
    "ginis",
    "heatmap",
    "lorenz",
    "migration",
    "monthly",
    "of",
    "outcomes",
    "overlap",
    "pareto",
    "previewed",
    "pyramid",
    "qini",
    "sensitivity",
    "transitions",
    "uplift",
    "value_title",
]
