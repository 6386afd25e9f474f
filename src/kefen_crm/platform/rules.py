"""Rules as documents: drafted, checked, previewed, published with a reason, rolled back.

An app declares a `RuleKind` with the model of one rule. A document is a list of such rules, each
for a scope of customers; the first that fits a customer holds.

    class ContactGap(ScopedRule):
        working_days: int = Field(ge=1, le=250, title=gettext_noop("Working days"))

    rules = in_force("contact_gap")
    decision = decide(rules, Facts(classes={"abc": "A"}, region="华东"))

The verbs, which need a permit, are in the app `rules`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from django.utils.translation import gettext_noop
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from kefen_crm.platform.api.wording import message
from kefen_crm.platform.models import RuleDocument
from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from kefen_crm.platform.parts import RuleKind

SET_RULES = "set_rules"
"""The permit to publish rules."""
MOST = 50
"""Rules of one document."""


class Scope(BaseModel):
    """Which customers a rule is for: those that fit every part that says something.

    Attributes:
        scheme: the scheme that the classes are of.
        classes: keys of classes; `unrated` and `lapsed` are such, too.
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


def kinds() -> dict[str, RuleKind]:
    """Every kind of rules, by its name."""
    return {one.name: one for one in declared("rules")}


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


def check(kind: RuleKind, document: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with a document of a kind, by place."""
    try:
        parse(kind, document)
    except ValidationError as error:
        return [
            Fault(".".join(map(str, one["loc"])), message(dict(one))[1]) for one in error.errors()
        ]
    return []


def parse(kind: RuleKind, document: Mapping[str, Any]) -> list[Any]:
    """The rules of a document, as instances of the kind's model.

    Raises:
        ValidationError: pydantic's, with everything that is wrong.
    """
    model: Any = list[kind.model]  # type: ignore[name-defined]  # known when it runs
    adapter: TypeAdapter[list[Any]] = TypeAdapter(Annotated[model, Field(max_length=MOST)])
    return adapter.validate_python(document.get("rules", []))


def in_force(kind: str) -> list[Any]:
    """The rules of a kind that hold now; none before any were published."""
    found = published(kind)
    return parse(kinds()[kind], found.document) if found else []


def published(kind: str) -> RuleDocument | None:
    """The document of a kind that is in force."""
    return RuleDocument.objects.filter(kind=kind, state=RuleDocument.State.PUBLISHED).first()


def draft(kind: str) -> RuleDocument | None:
    """The draft of a kind, where somebody began one."""
    return RuleDocument.objects.filter(kind=kind, state=RuleDocument.State.DRAFT).first()
