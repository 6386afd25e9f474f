"""Rules as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.grading import scopes
from kefen_crm.platform import clock, rules
from kefen_crm.platform.models import Confirmation, RuleDocument
from kefen_crm.platform.parts import Approval, AttentionItem, Button, Verdict
from kefen_crm.platform.registry import declared
from kefen_crm.platform.scoped_rules import Fault
from kefen_crm.platform.standing_words import said
from kefen_crm.rules.document import label_of, own_fields, shown, tells, value_at
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from django.http import HttpRequest

    from kefen_crm.platform.parts import RuleKind, RuleStart
    from kefen_crm.team.models import User


@dataclass(frozen=True)
class Summary:
    """A kind as the list of all kinds shows it."""

    kind: RuleKind
    published: RuleDocument | None
    draft: RuleDocument | None


@dataclass(frozen=True)
class Wording:
    """One rule in words: for whom, and what it says."""

    name: str
    scope: list[str]
    says: list[tuple[str, Any]]


@dataclass(frozen=True)
class RuleChange:
    """One rule that two documents do not say alike, with what differs: before and after."""

    name: str
    sort: Literal["added", "removed", "changed"]
    fields: list[tuple[str, Any, Any]]


@dataclass(frozen=True)
class Question:
    """A rule that stopped and asks."""

    asked: Confirmation
    title: str


def may_draft(user: User, kind: RuleKind) -> bool:
    """Whether a person may draft rules of a kind; whoever may publish them may."""
    return may(user, kind.permit) or bool(kind.draft_permit and may(user, kind.draft_permit))


def kinds_for(user: User) -> list[RuleKind]:
    """The kinds of rules that a person may draft."""
    return [one for one in rules.kinds().values() if may_draft(user, one)]


def summaries(user: User) -> list[Summary]:
    """Each kind that a person may draft, with what is in force and drafted."""
    kinds = kinds_for(user)
    rows = RuleDocument.objects.exclude(state=RuleDocument.State.RETIRED).select_related("by")
    found = {(one.kind, one.state): one for one in rows}
    states = RuleDocument.State
    return [
        Summary(one, found.get((one.name, states.PUBLISHED)), found.get((one.name, states.DRAFT)))
        for one in kinds
    ]


def in_words(kind: RuleKind, document: RuleDocument) -> list[Wording]:
    """The rules of a document in words."""
    fields = own_fields(kind)
    return [
        Wording(
            said(rule.name),
            scopes.words(rule.scope),
            [
                (label_of(kind, name), shown(info, value_at(rule, name)))
                for name, info in fields.items()
                if tells(kind, rule, name)
            ],
        )
        for rule in rules.parse(kind, document.document)
    ]


def compared(kind: RuleKind, old: RuleDocument, new: RuleDocument) -> list[RuleChange]:
    """What differs between two documents, rule by rule of the same name."""
    before = {one.name: one for one in rules.parse(kind, old.document)}
    after = {one.name: one for one in rules.parse(kind, new.document)}
    found = []
    for name in dict.fromkeys([*after, *before]):
        was, is_now = before.get(name), after.get(name)
        if was == is_now:
            continue
        sort: Literal["added", "removed", "changed"] = (
            "added" if was is None else "removed" if is_now is None else "changed"
        )
        found.append(RuleChange(said(name), sort, _differing(kind, was, is_now)))
    if list(before) != list(after) and set(before) == set(after):
        order = (_("Order"), " · ".join(before), " · ".join(after))
        found.append(RuleChange(_("All rules"), "changed", [order]))
    return found


def _differing(kind: RuleKind, was: Any, is_now: Any) -> list[tuple[str, Any, Any]]:
    every = _("every customer")
    told = [" · ".join(scopes.words(one.scope)) or every if one else "" for one in (was, is_now)]
    found: list[tuple[str, Any, Any]] = []
    if told[0] != told[1]:
        found.append((_("For whom"), told[0], told[1]))
    for name, info in own_fields(kind).items():
        old, new = (shown(info, value_at(one, name)) if one else "" for one in (was, is_now))
        if old != new:
            found.append((label_of(kind, name), old, new))
    return found


def starts(kind: RuleKind) -> list[RuleStart]:
    """The ready-made documents of a kind."""
    return list(kind.starts()) if kind.starts else []


def by_rule(document: Mapping[str, Any], faults: Sequence[Fault]) -> list[tuple[str, str]]:
    """What is wrong with a document, each with the rule that it is about."""
    names = [said(str(one.get("name", ""))) for one in document.get("rules", [])]
    found = []
    for fault in faults:
        place = fault.path.partition(".")[0]
        named = place.isdecimal() and int(place) < len(names)
        found.append((f"{int(place) + 1}. {names[int(place)]}" if named else "", fault.message))
    return found


def history(kind: RuleKind) -> list[RuleDocument]:
    """Every version of a kind, the newest first."""
    found = RuleDocument.objects.filter(kind=kind.name).exclude(version=None)
    return list(found.select_related("by"))


def questions(user: User) -> list[Question]:
    """What asks a person whether to go on, the newest of each rule."""
    if not any(may(user, one.permit or "operate") for one in declared("clock_jobs")):
        return []
    titles = {one.name: str(one.title) for one in rules.kinds().values()}
    found = []
    seen = set()
    for asked in Confirmation.objects.filter(day__gte=timezone.localdate()).order_by(
        "rule", "-day"
    ):
        if asked.rule in seen or asked.decision or not may(user, clock.permit_of(asked.job)):
            continue
        seen.add(asked.rule)
        found.append(Question(asked, titles.get(asked.rule, asked.rule)))
    return found


def approvals(request: HttpRequest) -> Iterator[Approval]:
    """Rules that stopped and ask, as what waits for a yes."""
    user: Any = request.user
    for one in questions(user):
        told = {"touching": one.asked.touching, "population": one.asked.population}
        known = one.asked.rule in rules.kinds()
        yield Approval(
            "hand-stop",
            one.title,
            reverse("rules:detail", args=[one.asked.rule]) if known else reverse("rules:list"),
            _("It would touch %(touching)s of %(population)s customers today") % told,
            Verdict(_("Go on"), reverse("rules:decide", args=[one.asked.pk, "go"])),
            Verdict(_("Not today"), reverse("rules:decide", args=[one.asked.pk, "not"])),
        )


def proposed(user: User) -> list[tuple[RuleKind, RuleDocument]]:
    """Drafts that somebody wrote who may not publish them, to whom a person may."""
    kinds = {kind.name: kind for kind in rules.kinds().values() if kind.draft_permit}
    drafts = RuleDocument.objects.filter(kind__in=kinds, state=RuleDocument.State.DRAFT)
    found = [(kinds[one.kind], one) for one in drafts.select_related("by").order_by("kind")]
    return [
        (kind, draft)
        for kind, draft in found
        if may(user, kind.permit) and draft.by and not may(draft.by, kind.permit)
    ]


def attention(request: HttpRequest) -> Iterator[AttentionItem]:
    """Drafts that wait for whoever publishes them, and rules that stopped and ask."""
    user: Any = request.user
    for kind, draft in proposed(user):
        assert draft.by is not None
        yield AttentionItem(
            kind.icon,
            "blue",
            _("“%(title)s” has a draft to publish") % {"title": kind.title},
            _("Written by %(name)s") % {"name": draft.by.display_name},
            reverse("rules:draft", args=[kind.name]),
        )
    for one in questions(user):
        told = {
            "title": one.title,
            "touching": one.asked.touching,
            "population": one.asked.population,
        }
        known = one.asked.rule in rules.kinds()
        url = reverse("rules:detail", args=[one.asked.rule]) if known else reverse("rules:list")
        yield AttentionItem(
            "hand-stop",
            "orange",
            _("“%(title)s” stopped and asks") % told,
            _("It would touch %(touching)s of %(population)s customers today") % told,
            url,
            buttons=tuple(
                Button(title, icon, reverse("rules:decide", args=[one.asked.pk, decision]))
                for title, icon, decision in (
                    (_("Go on"), "player-play", "go"),
                    (_("Not today"), "player-pause", "not"),
                )
            ),
        )
