"""What a scheme document says: who, by which indicators, into which classes."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
import yaml
from pydantic import Field

from kefen.indicators import Request, find
from kefen.indicators.base import RUN_COLUMNS
from kefen.period import Window
from kefen.schemes.definitions import defined
from kefen.schemes.parts import (
    Amount,
    Cap,
    ClassPart,
    Condition,
    Definition,
    Hysteresis,
    Part,
    Reference,
    Span,
    Words,
)
from kefen.schemes.presentation import Presentation
from kefen.shown import Display, Shown

if TYPE_CHECKING:
    from kefen.indicators import Indicator


class Scheme(Shown, Part):
    """A decision written down: who, by which indicators, by which method, into which classes.

    `ranked: false` says that no class is better than another, as with regions and types.
    """

    presentation: ClassVar[Presentation] = Presentation()

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")
    title: Words
    description: Words | None = None
    method: str
    window: Span = "12m"
    define: list[Definition] = []
    population: Condition | None = None
    minimum: dict[Reference, Amount] = {}
    value: Reference = "sales"
    ranked: bool = True
    caps: list[Cap] = []
    hysteresis: Hysteresis | None = None
    classes: list[ClassPart] = Field(min_length=2)

    def _display(self) -> Display:
        rows = [
            {"key": part.key, "title": part.title.en, "标题": part.title.zh}
            | {
                name: str(value)
                for name, value in part.model_dump(exclude_defaults=True).items()
                if name not in ("key", "title", "description", "color")
            }
            for part in self.classes
        ]
        head = f"Scheme {self.name}: {self.title.en}, {self.method} over {self.window}"
        told = [self.description.en] if self.description else []
        return Display(head, [pl.DataFrame(rows, infer_schema_length=None)], told)

    def references(self) -> list[str]:
        """The indicators the method itself reads, as written in the document."""
        raise NotImplementedError

    def column(self, reference: str) -> str:
        """The table column of an indicator: `sales`, or `sales_24m` for a window of its own."""
        name, _, window = reference.partition("@")
        return name if window in ("", self._window_of(name)) else f"{name}_{window}"

    def definition(self, reference: str) -> Indicator:
        """The indicator of a reference: the scheme's own, else the catalogue's.

        Raises:
            IndicatorError: `unknown-indicator`.
        """
        name = reference.partition("@")[0]
        own = self._definition(name)
        return find(name) if own is None else defined(own, self.define)

    def requests(self) -> list[Request]:
        """Every indicator the scheme needs, each column once."""
        wanted = [*self.references(), self.value, *self.minimum, *self._tested()]
        return list(
            {self.column(reference): self.request(reference) for reference in wanted}.values()
        )

    def demands(self) -> list[tuple[Request, int | float | None]]:
        """What must be known of a customer to be rated, and how much of it; None: any would do."""
        least = [(self.request(name), amount) for name, amount in self.minimum.items()]
        return [*least, *((self.request(name), None) for name in self.references())]

    def request(self, reference: str) -> Request:
        """What to ask for a reference."""
        name, _, window = reference.partition("@")
        own = self._definition(name)
        span = Window.parse(window or self._window_of(name))
        return Request(
            name, span, self.column(reference), defined(own, self.define) if own else None
        )

    def _definition(self, name: str) -> Definition | None:
        return next((own for own in self.define if own.name == name), None)

    def _window_of(self, name: str) -> str:
        own = self._definition(name)
        return (own and own.window) or self.window

    def conditions(self) -> list[Condition]:
        """Every condition on customers that the document states, wherever it does."""
        caps = [cap.when for cap in self.caps]
        return [self.population, *caps] if self.population else caps

    def _tested(self) -> list[str]:
        inside = [part for condition in self.conditions() for part in condition.parts()]
        return [part.indicator for part in inside if part.indicator]

    def attributes(self) -> list[str]:
        """The customer attributes that conditions ask about."""
        inside = [part for condition in self.conditions() for part in condition.parts()]
        return list(dict.fromkeys(part.attribute for part in inside if part.attribute))

    def attribute_column(self, name: str) -> str:
        """The table column of an attribute: its name, unless an indicator's column has that."""
        return f"attribute_{name}" if name in self.taken_columns else name

    @cached_property
    def taken_columns(self) -> frozenset[str]:
        """Columns that no attribute may have."""
        return frozenset((*RUN_COLUMNS, *(request.column for request in self.requests())))

    def keys(self) -> list[str]:
        """Class keys, best first."""
        return [part.key for part in self.classes]

    def class_(self, key: str) -> ClassPart:
        """The class of this key.

        Raises:
            KeyError: when the scheme has no such class.
        """
        for part in self.classes:
            if part.key == key:
                return part
        raise KeyError(key)

    def dump(self) -> dict[str, Any]:
        """The document in its canonical form: what is left at its default is left out."""
        return {
            "method": self.method,
            **self.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        }

    def yaml(self) -> str:
        """The canonical document as YAML."""
        return yaml.safe_dump(self.dump(), allow_unicode=True, sort_keys=False)

    @property
    def hash(self) -> str:
        """SHA-256 of the content; key order, spacing and the way numbers are written are free."""
        text = json.dumps(self.dump(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
