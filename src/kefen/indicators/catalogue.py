"""All indicators of all families, by name."""

from __future__ import annotations

from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING

from kefen.errors import IndicatorError
from kefen.indicators import transaction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen.indicators.base import Indicator

_ALL: Mapping[str, Indicator] = MappingProxyType({i.name: i for i in transaction.INDICATORS})


def catalogue() -> Mapping[str, Indicator]:
    """Every indicator by name.

    >>> catalogue()["sales"].label["zh"]
    '销售额'
    """
    return _ALL


def find(name: str) -> Indicator:
    """The indicator called `name`.

    Raises:
        IndicatorError: `unknown-indicator`, with `near` names.
    """
    try:
        return _ALL[name]
    except KeyError:
        near = get_close_matches(name, _ALL, n=3)
        raise IndicatorError("unknown-indicator", name=name, near=near or list(_ALL)) from None
