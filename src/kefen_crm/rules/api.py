"""Rules of each kind, for programs: in force, drafted, previewed, published, rolled back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Field, Path, Query, Router, Schema, Status
from pydantic import BaseModel

from kefen_crm.platform import rules
from kefen_crm.platform.models import Confirmation, RuleDocument
from kefen_crm.platform.parts import RuleKind
from kefen_crm.platform.scoped_rules import Fault, Preview, Scope
from kefen_crm.rules import actions, queries
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Rules"])

Name = Annotated[str, Path(max_length=80, description="The name of a kind of rules.")]
Id = Annotated[int, Path(ge=1, le=2**62, description="The number of a question.")]
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="The number of a version.")]
Since = Annotated[int, Query(ge=1, le=2**31 - 1, description="The number of the older version.")]
Reason = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
EXAMPLE = {"name": "A", "scope": {"scheme": "abc", "classes": ["A"]}, "working_days": 10}


class RuleVersionOut(BaseModel):
    """One wording of the rules of a kind; a draft has no version."""

    version: int | None
    state: Literal["draft", "published", "retired"]
    rules: list[dict[str, Any]] = Field(examples=[[EXAMPLE]])
    reason: str
    by: str | None
    at: datetime
    digest: str = Field(description="Tells this wording from others, for `expected`.")


class KindOut(BaseModel):
    """A kind of rules, with what is in force and what is drafted."""

    name: str = Field(examples=["contact_gap"])
    title: str
    text: str
    published: RuleVersionOut | None
    draft: RuleVersionOut | None


class RulesOut(KindOut):
    rule: dict[str, Any] = Field(description="The JSON Schema of one rule.")


class RuleIn(BaseModel, extra="allow"):
    """A rule; what its kind says besides is in the schema of the kind."""

    name: str = Field(max_length=80, pattern=r"^[^\x00]*$")
    scope: Scope = Field(default_factory=Scope)


Expected = Annotated[
    str,
    Field(
        max_length=64,
        pattern=r"^[0-9a-f]*$",
        description="The `digest` of the draft that you saw: refused when it is another by now.",
    ),
]


class RuleDraftIn(Schema, extra="forbid"):
    rules: list[RuleIn] = Field(
        max_length=rules.MOST,
        description="The first that fits a customer holds.",
        examples=[[EXAMPLE]],
    )
    expected: Expected = ""


class FaultOut(BaseModel):
    path: str = Field(examples=["0.working_days"])
    detail: str


class RuleDraftOut(BaseModel):
    """A draft as it is kept, and what is to be mended before it can be published."""

    draft: RuleVersionOut
    faults: list[FaultOut]


class RuleEffect(BaseModel):
    name: str
    holds_for: int = Field(description="Customers that the rule holds for.")
    touches_now: int


class Touched(BaseModel):
    customer: str = Field(examples=["C0001"])
    name: str
    why: str


class PreviewOut(BaseModel):
    """What the draft would do now, or what is in force where there is no draft."""

    affected: int
    population: int
    rules: list[RuleEffect]
    first: list[Touched] = Field(description="The first few customers that would be touched.")
    notes: list[str] = Field(description="What following the rules would take, in sentences.")
    faults: list[FaultOut] = Field(description="Where there are any, nothing was tried.")


class WhyIn(Schema, extra="forbid"):
    reason: Reason


class PublishIn(WhyIn):
    expected: Expected = ""


class RuleStartOut(BaseModel):
    """A ready-made document; `name` is what drafts begin with."""

    name: str = Field(examples=["abc"])
    title: str
    text: str
    rules: list[dict[str, Any]]


class RuleStartIn(Schema, extra="forbid"):
    start: str = Field(max_length=80, pattern=r"^[^\x00]*$", description="Its `name`.")
    expected: Expected = ""


class RuleFieldChange(BaseModel):
    field: str
    before: Any
    after: Any


class RuleChangeOut(BaseModel):
    """A rule that two versions do not say alike."""

    name: str
    sort: Literal["added", "removed", "changed"]
    fields: list[RuleFieldChange]


class QuestionOut(BaseModel):
    """A rule that was about to touch many customers stopped and asks."""

    id: int
    rule: str
    day: date
    touching: int
    population: int
    decision: Literal["", "go", "not"] = Field(description="Empty while nobody decided.")


class DecisionIn(Schema, extra="forbid"):
    decision: Literal["go", "not"]


@router.get("", response=list[KindOut], summary="Kinds of rules")
def list_rules(request: Asked) -> list[KindOut]:
    """Those that you may draft, with what is in force and drafted."""
    return [
        KindOut(**_about(one.kind), published=_told(one.published), draft=_told(one.draft))
        for one in queries.summaries(request.user)
    ]


@router.get("/questions", response=list[QuestionOut], summary="Rules that stopped and ask")
def list_rule_questions(request: Asked) -> list[QuestionOut]:
    """Whether they may go on today, as far as it is yours to say."""
    return [_question(one.asked) for one in queries.questions(request.user)]


@router.post("/questions/{int:question_id}", response=QuestionOut, summary="Answer a rule")
def decide_rule_question(request: Asked, question_id: Id, wanted: DecisionIn) -> QuestionOut:
    """Have it go on within a minute, or do nothing today; the first answer counts."""
    get_object_or_404(Confirmation, pk=question_id)
    decision = Confirmation.Decision(wanted.decision)
    return _question(actions.decide(request.user, question_id, decision))


@router.get("/{kind}", response=RulesOut, summary="The rules of a kind")
def get_rules(request: Asked, kind: Name) -> RulesOut:
    """What is in force, the draft, and how a rule is written."""
    found = _kind(request, kind)
    return RulesOut(
        **_about(found),
        published=_told(rules.published(kind)),
        draft=_told(rules.draft(kind)),
        rule=found.model.model_json_schema(),
    )


@router.get("/{kind}/versions", response=list[RuleVersionOut], summary="Every version of the rules")
def list_rule_versions(request: Asked, kind: Name) -> list[RuleVersionOut]:
    """The newest first, each with the reason it was published for."""
    return [_version(one) for one in queries.history(_kind(request, kind))]


@router.get(
    "/{kind}/versions/{int:number}/changes",
    response=list[RuleChangeOut],
    summary="What a version of the rules changed",
)
def compare_rules(request: Asked, kind: Name, number: Number, since: Since) -> list[RuleChangeOut]:
    """Against an older version, rule by rule of the same name."""
    about = _kind(request, kind)
    found = {one.version: one for one in queries.history(about)}
    if number not in found or since not in found:
        raise Http404
    return [
        RuleChangeOut(
            name=one.name,
            sort=one.sort,
            fields=[RuleFieldChange(field=f, before=b, after=a) for f, b, a in one.fields],
        )
        for one in queries.compared(about, found[since], found[number])
    ]


@router.get("/{kind}/starts", response=list[RuleStartOut], summary="Ready-made rules of a kind")
def list_rule_starts(request: Asked, kind: Name) -> list[RuleStartOut]:
    """Written for the company as it is; none where the kind has none."""
    return [
        RuleStartOut(
            name=one.name,
            title=str(one.title),
            text=str(one.text),
            rules=[dict(r) for r in one.rules],
        )
        for one in queries.starts(_kind(request, kind))
    ]


@router.post("/{kind}/start", response=RuleDraftOut, summary="Draft ready-made rules")
def start_rules(request: Asked, kind: Name, wanted: RuleStartIn) -> RuleDraftOut:
    """In the place of what the draft said; nothing happens until it is published."""
    about = _kind(request, kind)
    draft = actions.start(request.user, about, wanted.start, expected=wanted.expected)
    return RuleDraftOut(
        draft=_version(draft), faults=_faults(actions.faults(about, draft.document))
    )


@router.get("/{kind}/preview", response=PreviewOut, summary="What the rules would do now")
def preview_rules(request: Asked, kind: Name) -> PreviewOut:
    """Of the draft, or of what is in force; nothing is done."""
    about = _kind(request, kind)
    found = rules.draft(kind) or rules.published(kind)
    document = found.document if found else {}
    faults = actions.faults(about, document)
    shown = Preview(0, 0) if faults else about.preview(rules.parse(about, document))
    return PreviewOut(
        affected=shown.affected,
        population=shown.population,
        rules=[RuleEffect(name=n, holds_for=h, touches_now=t) for n, h, t in shown.rules],
        first=[Touched(customer=c, name=n, why=why) for c, n, _url, why in shown.names],
        notes=list(shown.notes),
        faults=_faults(faults),
    )


@router.put("/{kind}/draft", response=RuleDraftOut, summary="Write the draft of the rules")
def save_rules(request: Asked, kind: Name, wanted: RuleDraftIn) -> RuleDraftOut:
    """Kept whatever is still wrong with it; nothing happens until it is published."""
    about = _kind(request, kind)
    document = wanted.model_dump(mode="json", exclude={"expected"})
    draft = actions.save(request.user, about, document, expected=wanted.expected)
    return RuleDraftOut(
        draft=_version(draft), faults=_faults(actions.faults(about, draft.document))
    )


@router.delete("/{kind}/draft", response={204: None}, summary="Drop the draft of the rules")
def discard_rules(request: Asked, kind: Name) -> Status[None]:
    """What is in force stays."""
    actions.discard(request.user, _kind(request, kind))
    return Status(204, None)


@router.post("/{kind}/publish", response=RuleVersionOut, summary="Put the draft in force")
def publish_rules(request: Asked, kind: Name, wanted: PublishIn) -> RuleVersionOut:
    """As the next version, with a reason for the history."""
    about = _kind(request, kind)
    return _version(actions.publish(request.user, about, wanted.reason, expected=wanted.expected))


@router.post(
    "/{kind}/versions/{int:number}/roll-back",
    response=RuleVersionOut,
    summary="Put an older version in force again",
)
def roll_back_rules(request: Asked, kind: Name, number: Number, wanted: WhyIn) -> RuleVersionOut:
    """As the next version, with a reason for the history."""
    return _version(actions.roll_back(request.user, _kind(request, kind), number, wanted.reason))


def _kind(request: Asked, name: str) -> RuleKind:
    kind = rules.kinds().get(name)
    if kind is None:
        raise Http404
    if not queries.may_draft(request.user, kind):
        require(request.user, kind.permit)
    return kind


def _about(kind: RuleKind) -> dict[str, str]:
    return {"name": kind.name, "title": str(kind.title), "text": str(kind.text)}


def _told(document: RuleDocument | None) -> RuleVersionOut | None:
    return None if document is None else _version(document)


def _version(document: RuleDocument) -> RuleVersionOut:
    return RuleVersionOut(
        version=document.version,
        state=document.state,
        rules=document.document.get("rules", []),
        reason=document.reason,
        by=document.by.username if document.by else None,
        at=document.at,
        digest=rules.digest_of(document),
    )


def _faults(found: list[Fault]) -> list[FaultOut]:
    return [FaultOut(path=one.path, detail=one.message) for one in found]


def _question(asked: Confirmation) -> QuestionOut:
    return QuestionOut(
        id=asked.pk,
        rule=asked.rule,
        day=asked.day,
        touching=asked.touching,
        population=asked.population,
        decision=asked.decision,
    )
