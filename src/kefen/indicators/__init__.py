"""Indicators (指标): one value per customer, as of a date, over a window."""

from kefen.indicators.base import Indicator, Provider
from kefen.indicators.catalogue import Refusal, catalogue, definition, find, refused
from kefen.indicators.compute import Measured, compute, measure
from kefen.indicators.few_changed import AnotherDay, changed_since, compute_of
from kefen.indicators.registering import register
from kefen.indicators.request import Request
from kefen.indicators.shared import measured

__all__ = [
    "AnotherDay",
    "Indicator",
    "Measured",
    "Provider",
    "Refusal",
    "Request",
    "catalogue",
    "changed_since",
    "compute",
    "compute_of",
    "definition",
    "find",
    "measure",
    "measured",
    "refused",
    "register",
]
