"""Indicators (指标): one value per customer, as of a date, over a window."""

from kefen.indicators.base import Indicator, Request
from kefen.indicators.catalogue import catalogue, find
from kefen.indicators.compute import Measured, compute, measure
from kefen.indicators.shared import measured

__all__ = [
    "Indicator",
    "Measured",
    "Request",
    "catalogue",
    "compute",
    "find",
    "measure",
    "measured",
]
