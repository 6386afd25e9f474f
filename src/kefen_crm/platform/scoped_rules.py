"""What rules are made of: scopes of customers, and which rule of several holds for one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from django.utils.translation import gettext_noop
from pydantic import BaseModel, ConfigDict, Field

LANGUAGES: Final = {"zh": gettext_noop("Chinese"), "en": gettext_noop("English")}
"""The languages of messages and letters, for a field's choices."""


class Scope(BaseModel):
    """Which customers a rule is for: those that fit every part that says something.

    Attributes:
        scheme: the scheme that the classes are of.
        classes: keys of classes; `none` is the unrated, `~lapsed` the lapsed.
        departments: ids of the owner's department.
        regions, types: as they stand in the customer's file.
    """

    model_config = ConfigDict(extra="forbid")

    scheme: str = ""
    classes: list[str] = []
    departments: list[int] = []
    regions: list[str] = []
    types: list[str] = []


class ScopedRule(BaseModel):
    """One rule of a document; kinds add what it says about the customers of its scope."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=80, title=gettext_noop("Name"))
    scope: Scope = Scope()


R = TypeVar("R", bound=ScopedRule)


@dataclass(frozen=True)
class Facts:
    """What a scope asks of a customer; `departments` are the owner's and those above it."""

    classes: Mapping[str, str] = field(default_factory=dict)
    departments: frozenset[int] = frozenset()
    region: str = ""
    type: str = ""


@dataclass(frozen=True)
class Decision(Generic[R]):
    """Which rule holds for a customer, and why not those before it.

    Attributes:
        rule: the first that fits; None when none does.
        passed: the rules before it, each with the part of its scope that did not fit: `classes`,
            `departments`, `regions` or `types`.
    """

    rule: R | None
    passed: tuple[tuple[R, str], ...] = ()


@dataclass(frozen=True)
class Fault:
    """What is wrong at a place of a document: `0.working_days`, a sentence."""

    path: str
    message: str


@dataclass(frozen=True)
class Preview:
    """What rules would do now.

    Attributes:
        affected: how many customers would be touched now, of `population`.
        rules: for each rule its name, how many customers it holds for, and how many of them it
            would touch now.
        names: the first customers touched: code, name, address, and why.
        notes: what following the rules would take, in sentences.
    """

    affected: int
    population: int
    rules: tuple[tuple[str, int, int], ...] = ()
    names: tuple[tuple[str, str, str, str], ...] = ()
    notes: tuple[str, ...] = ()


def misfit(scope: Scope, facts: Facts) -> str:
    """The first part of a scope that does not fit a customer; empty when all fit."""
    if scope.classes and facts.classes.get(scope.scheme) not in scope.classes:
        return "classes"
    if scope.departments and not facts.departments & set(scope.departments):
        return "departments"
    if scope.regions and facts.region not in scope.regions:
        return "regions"
    if scope.types and facts.type not in scope.types:
        return "types"
    return ""


def decide(rules: Sequence[R], facts: Facts) -> Decision[R]:
    """The rule that holds for a customer: the first whose scope fits."""
    passed: list[tuple[R, str]] = []
    for rule in rules:
        part = misfit(rule.scope, facts)
        if not part:
            return Decision(rule, tuple(passed))
        passed.append((rule, part))
    return Decision(None, tuple(passed))
