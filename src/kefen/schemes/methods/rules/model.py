"""What a scheme of rules says. Its standard holds no numbers: the document says them all."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from kefen.schemes.model import Scheme
from kefen.schemes.parts import Condition, Part
from kefen.schemes.presentation import Presentation
from kefen.schemes.standard import Standard


class Rule(Part):
    """Whoever meets `when`, and no rule before it, is in the class."""

    when: Condition
    class_: str = Field(alias="class")


class RulesScheme(Scheme):
    """Classes by ordered conditions on indicators and attributes, first match wins.

    `else` is the class of those whom no rule takes; without it they are unrated. Nobody gets
    there of whom nothing is known that the rules ask about.
    """

    presentation: ClassVar = Presentation(
        "规则", "Rules", ranked=False, described=True, uses_missing=True, editor="rules"
    )

    method: Literal["rules"] = "rules"
    rules: list[Rule] = Field(min_length=1)
    otherwise: str | None = Field(default=None, alias="else")

    def references(self) -> list[str]:
        """The indicators the rules ask about."""
        parts = [part for rule in self.rules for part in rule.when.parts()]
        return list(dict.fromkeys(part.indicator for part in parts if part.indicator))

    def conditions(self) -> list[Condition]:
        """The rules' conditions, and those of any scheme."""
        return [*super().conditions(), *(rule.when for rule in self.rules)]

    def asked(self) -> list[str]:
        """The table columns the rules ask about."""
        parts = [part for rule in self.rules for part in rule.when.parts()]
        names = [self.attribute_column(part.attribute) for part in parts if part.attribute]
        return list(dict.fromkeys([*names, *map(self.column, self.references())]))


class RulesStandard(Standard):
    """How many could be rated; the rules themselves are in the document."""

    method: Literal["rules"] = "rules"
