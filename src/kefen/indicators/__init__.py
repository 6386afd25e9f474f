"""Indicators (指标): one value per customer, as of a date, over a window."""

from kefen.indicators.base import Indicator, Request
from kefen.indicators.catalogue import catalogue, find
from kefen.indicators.compute import compute

__all__ = ["Indicator", "Request", "catalogue", "compute", "find"]
