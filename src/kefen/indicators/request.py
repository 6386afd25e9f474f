"""What is asked for: an indicator, over a window, in a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kefen.indicators.catalogue import definition
from kefen.period import Window

if TYPE_CHECKING:
    from kefen.indicators.base import Indicator


@dataclass(frozen=True)
class Request:
    """An indicator over a window, and the column it should arrive in.

    `of` carries an indicator that is in no catalogue: one a scheme document defines.

    >>> Request("sales", Window.parse("12m"), "sales").key
    'sales_12m'
    """

    indicator: str
    window: Window
    column: str = ""
    of: Indicator | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "window", Window.parse(self.window))
        object.__setattr__(self, "column", self.column or self.indicator)

    @property
    def key(self) -> str:
        """A name that tells this indicator and window from every other: `<name>_<window>`."""
        return f"{self.indicator}_{self.window}"

    def definition(self) -> Indicator:
        """The indicator asked for: the one carried, else the one of that name.

        Raises:
            IndicatorError: `unknown-indicator`, with `near` names.
        """
        return definition(self)
