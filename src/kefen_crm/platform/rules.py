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

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from kefen_crm.platform.api.wording import message
from kefen_crm.platform.events import digest
from kefen_crm.platform.models import RuleDocument
from kefen_crm.platform.registry import declared
from kefen_crm.platform.scoped_rules import Fault

if TYPE_CHECKING:
    from kefen_crm.platform.parts import RuleKind

SET_RULES = "set_rules"
"""The permit to publish rules."""
MOST = 50
"""Rules of one document."""


def kinds() -> dict[str, RuleKind]:
    """Every kind of rules, by its name."""
    return {one.name: one for one in declared("rules")}


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


def digest_of(document: RuleDocument) -> str:
    """What tells a wording from others, so that nobody puts one in force that they did not see."""
    return digest(document.document)


def draft(kind: str) -> RuleDocument | None:
    """The draft of a kind, where somebody began one."""
    return RuleDocument.objects.filter(kind=kind, state=RuleDocument.State.DRAFT).first()
