"""What a start would make in the company as it is: the preview and the plan in one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kefen_crm.custom_fields.models import CustomField
from kefen_crm.gateway import grading as engine
from kefen_crm.grading.models import Scheme
from kefen_crm.grading.models.schemes import in_language
from kefen_crm.holdings.models import Pool
from kefen_crm.industry_starts.document import said
from kefen_crm.platform import rules
from kefen_crm.platform.models import RuleDocument
from kefen_crm.rules.queries import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kefen_crm.industry_starts.document import IndustryStart, StartField
    from kefen_crm.platform.parts import RuleKind
    from kefen_crm.rules.queries import Wording

Part = Literal["field", "scheme", "pool", "rules"]
Outcome = Literal["made", "draft", "stays"]
MADE: Final = "made"
DRAFT: Final = "draft"
STAYS: Final = "stays"
URLS: Final = {
    "field": "custom_fields:settings",
    "scheme": "grading:list",
    "pool": "holdings:settings",
}
"""Where what was made is changed, but for rules."""


@dataclass(frozen=True)
class Step:
    """One thing that a start brings.

    Attributes:
        part: what it is; `key` tells it from others of its sort.
        outcome: `made` where it is in force at once, `draft` where somebody publishes it, `stays`
            where the company has its own, which is left as it is.
        lines: what it says, in short.
        given: what the action that makes it takes.
        wordings: of rules, each in words.
    """

    part: Part
    key: str
    title: str
    outcome: Outcome
    lines: tuple[str, ...] = ()
    given: Any = None
    wordings: tuple[Wording, ...] = field(default=(), compare=False)

    @property
    def summary(self) -> dict[str, str]:
        """The step as it is kept, and as events tell it."""
        return {"part": self.part, "key": self.key, "outcome": self.outcome}


def language() -> str:
    """The language in which rules are written: of whoever asks."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


def steps(start: IndustryStart) -> list[Step]:
    """Everything that choosing a start would make now, in the order in which it is made."""
    return [*_fields(start), *_schemes(start), *_pools(start), *_rules(start)]


def _fields(start: IndustryStart) -> Iterator[Step]:
    known = list(CustomField.objects.all())
    keys = {one.key for one in known}
    names = {heading.casefold() for one in known for heading in one.headings}
    for one in start.fields:
        there = one.key in keys or bool({one.name_zh.casefold(), one.name_en.casefold()} & names)
        title = one.name_zh if language() == "zh" else one.name_en
        yield Step(
            "field",
            one.key,
            title,
            STAYS if there else MADE,
            (str(CustomField.Kind(one.kind).label), *_choices(one)),
            one.model_dump(),
        )


def _choices(one: StartField) -> Iterator[str]:
    names = [choice[language()] for choice in one.choices]
    if names:
        yield _(", ").join(names)


def _schemes(start: IndustryStart) -> Iterator[Step]:
    known = set(Scheme.objects.values_list("name", flat=True))
    for one in documents(start):
        document = one.given["document"]
        classes = [in_language(each["title"]) for each in one.given["classes"]]
        lines = (in_language(document.get("description")), _(", ").join(classes))
        outcome: Outcome = MADE if one.given["publish"] else DRAFT
        yield Step(
            "scheme",
            one.key,
            in_language(document["title"]),
            STAYS if one.key in known else outcome,
            lines,
            one.given,
        )


def documents(start: IndustryStart) -> list[Step]:
    """The schemes of a start with their documents, ready-made ones written out."""
    ready = {one.name: one for one in engine.ready()}
    found = []
    for one in start.schemes:
        read = ready[one.ready] if one.ready else engine.document(one.document)
        given = {"document": read.document, "classes": read.class_list, "publish": one.publish}
        found.append(Step("scheme", read.name, "", MADE, given=given))
    return found


def _pools(start: IndustryStart) -> Iterator[Step]:
    known = {name.casefold() for name in Pool.objects.values_list("name", flat=True)}
    for one in start.pools:
        there = {one.name.zh.casefold(), one.name.en.casefold()} & known
        given = said(one.model_dump(), language(), timezone.localdate())
        lines = (
            _("%(count)s claims a day at most") % {"count": one.per_day} if one.per_day else "",
            _("%(count)s customers held at most") % {"count": one.most_held}
            if one.most_held
            else "",
        )
        yield Step(
            "pool",
            one.name.en,
            given["name"],
            STAYS if there else MADE,
            tuple(filter(None, lines)),
            given,
        )


def _rules(start: IndustryStart) -> Iterator[Step]:
    kinds = rules.kinds()
    states = RuleDocument.State
    open_ = RuleDocument.objects.exclude(state=states.RETIRED)
    drafted = set(open_.filter(state=states.DRAFT).values_list("kind", flat=True))
    in_force = {one.kind: one.document["rules"] for one in open_.filter(state=states.PUBLISHED)}
    fitting = _fitting(start)
    for one in start.rules:
        kind = kinds[one.kind]
        there = in_force.get(one.kind, [])
        found = said(_missing(one.rules, there), language(), timezone.localdate())
        fits = {rule.get("scope", {}).get("scheme", "") for rule in found} <= {"", *fitting}
        outcome: Outcome = MADE if one.publish and fits and not there else DRAFT
        if one.kind in drafted or not found:
            outcome = STAYS
        wordings = _wordings(start, kind, {"rules": found})
        yield Step(
            "rules",
            one.kind,
            str(kind.title),
            outcome,
            tuple(each.name for each in wordings),
            {"rules": [*there, *found]},
            wordings,
        )


def _missing(rules: list[dict[str, Any]], there: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rules of a start that a company has none of, by their names in either language.

    They come after those in force, which a draft takes along.
    """
    known = {str(one.get("name", "")).casefold() for one in there}
    return [
        one
        for one in rules
        if not known & {str(name).casefold() for name in dict(one["name"]).values()}
    ]


def _fitting(start: IndustryStart) -> set[str]:
    """The schemes that are in force with the start's classes once it is chosen."""
    current = {one.name: one for one in Scheme.objects.select_related("current")}
    found = set()
    for one in documents(start):
        known = current.get(one.key)
        if known is None:
            fits = one.given["publish"]
        else:
            wanted = {each["key"] for each in one.given["classes"]}
            fits = wanted <= {each.key for each in known.classes}
        if fits:
            found.add(one.key)
    return found


def _wordings(
    start: IndustryStart, kind: RuleKind, document: dict[str, Any]
) -> tuple[Wording, ...]:
    """Rules in words, with classes called as the start's own schemes call them."""
    titles: dict[str, tuple[str, dict[str, str]]] = {}
    for one in documents(start):
        told = one.given["document"]
        classes = {each["key"]: in_language(each["title"]) for each in one.given["classes"]}
        titles[one.key] = (in_language(told["title"]), classes)
    found = in_words(kind, RuleDocument(kind=kind.name, document=document))
    for wording, rule in zip(found, document["rules"], strict=True):
        scope = rule.get("scope")
        if scope and scope["scheme"] in titles:
            title, classes = titles[scope["scheme"]]
            keys = _(", ").join(classes.get(key, key) for key in scope["classes"])
            wording.scope[:] = [f"{title}: {keys}"]
    return tuple(found)
