"""A customer's class contract, in the words of this request's language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kefen.run import open_run
from kefen.run.contracting import contract, standing_until
from kefen_crm.gateway import language
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True)
class ClassRule:
    """What a class takes; `mine` marks the customer's own."""

    title: str
    text: str
    mine: bool


@dataclass(frozen=True)
class ClassContract:
    """A class contract in words; `plain` is the same as data.

    Attributes:
        title: of the class; empty while lapsed or unrated.
        headline: the class, or that there is none.
        facts: names and values.
        way: what is missing to the next class, `next_title`.
        up, down: what alone would lift the class, and lose it.
        beside: what else holds a class.
    """

    headline: str
    as_of: date
    rules: list[ClassRule]
    facts: list[tuple[str, str]]
    steps: list[str]
    next_title: str
    way: list[str]
    up: list[str]
    down: list[str]
    beside: list[str]
    counted: str
    notes: list[str]
    plain: dict[str, Any] = field(repr=False)

    @property
    def mine(self) -> ClassRule | None:
        """The rule of the customer's own class."""
        return next((one for one in self.rules if one.mine), None)


def class_contract(code: str, run_id: str) -> ClassContract:
    """The contract about a customer's class in a run.

    Raises:
        RunError: `unknown-run`, `unknown-customer`.
    """
    lang = language()
    with opened() as ledger:
        run = open_run(ledger, run_id)
        found = contract(run, code, ahead=False)
    told = found.explanation
    return ClassContract(
        headline=told.text(lang).splitlines()[0],
        as_of=run.as_of,
        rules=[
            ClassRule(
                one.title[lang], one.bound.get(lang) or one.description.get(lang, ""), one.mine
            )
            for one in found.rules
        ],
        facts=[(one.label[lang], one.text(lang)) for one in found.facts],
        steps=told.sentences(lang),
        next_title=(told.next_title or {}).get(lang, ""),
        way=told.way(lang),
        up=[one.text(lang) for one in found.up],
        down=[one.text(lang) for one in found.down],
        beside=found.beside.get(lang, []),
        counted=told.counted(lang),
        notes=told.remarks(lang),
        plain=found.to_dict(),
    )


def class_ahead(code: str, run_id: str) -> tuple[date, str] | None:
    """The last day of a class if nothing more is bought, and what it is then; None if unknown.

    An empty title means that the customer has lapsed, or is no longer rated.
    """
    with opened() as ledger:
        run = open_run(ledger, run_id)
        until, then = standing_until(run, code)
    if until is None:
        return None
    return until, run.scheme.class_(then).title.of(language()) if then else ""
