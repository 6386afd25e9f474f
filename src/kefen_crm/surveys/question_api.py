"""The questions of a survey for programs: with what was answered by class, made and changed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema, Status
from pydantic import BaseModel, StrictBool

from kefen_crm.platform.api.values import Id, Version, Whole
from kefen_crm.surveys.actions import SET_SURVEYS
from kefen_crm.surveys.models import Question, Survey
from kefen_crm.surveys.question_actions import remove_question, save_question
from kefen_crm.surveys.question_results import Group, question_results
from kefen_crm.team.roles import require
from kefen_crm.team.sign_in import Asked

router = Router(tags=["Surveys"])

AnsweredBy = Literal["one", "many", "scale", "text"]
Condition = Literal["", "equal", "at_most", "at_least", "contains"]
Wording = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00\n|]+$")]
Asking = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00]+$")]


class SurveyOptionOut(BaseModel):
    """A choice, in both languages; answers name it by its number from 1 on."""

    zh: str
    en: str


class SurveyOptionIn(Schema, extra="forbid"):
    """A choice, in both languages."""

    zh: Wording
    en: Wording


class OptionShareOut(BaseModel):
    """How many chose an option."""

    option: str = Field(description="Its number.", examples=["1"])
    count: int
    share: float | None = Field(description="Of those who answered.")
    low: float | None = Field(description="The lower end of its 95 % interval (Wilson).")
    high: float | None


class QuestionGroupOut(BaseModel):
    """The answers of a class to a question, or of all together."""

    group: str = Field(description="A class; empty for who has none, and in the last for all.")
    title: str
    asked: int = Field(description="Who answered the survey and was shown the question.")
    answered: int
    options: list[OptionShareOut]
    mean: float | None = Field(description="Of a scale.")
    margin: float | None = Field(description="Half of the 95 % interval of the mean.")


class SurveyQuestionOut(BaseModel):
    """A further question of a survey."""

    id: int
    name: str = Field(examples=["q7"], description="As conditions and answers name it.")
    kind: AnsweredBy
    text_zh: str
    text_en: str
    required: bool
    options: list[SurveyOptionOut]
    low: int
    high: int
    when: str = Field(description="`score` or the name of a question; empty: everybody is asked.")
    test: Condition
    value: str = Field(description="An option by its number.")
    active: bool


class SurveyQuestionWhole(SurveyQuestionOut):
    """With what customers you may see answered; only of those who were asked it."""

    groups: list[QuestionGroupOut]


class SurveyQuestionIn(Schema, extra="forbid"):
    kind: AnsweredBy
    text_zh: Asking
    text_en: Asking
    required: StrictBool = False
    options: list[SurveyOptionIn] = Field([], max_length=30)
    low: Annotated[Whole, Field(ge=0, le=10)] = 1
    high: Annotated[Whole, Field(ge=0, le=10)] = 5
    when: Annotated[str, Field(max_length=20, pattern=r"^[a-z0-9]*$")] = ""
    test: Condition = ""
    value: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] = ""
    version: Version = None


@router.get(
    "/{int:survey_id}/questions",
    response=list[SurveyQuestionWhole],
    summary="List questions of a survey",
)
def list_questions(request: Asked, survey_id: Id) -> list[SurveyQuestionWhole]:
    """In their order, with what was answered by class."""
    survey = get_object_or_404(Survey, pk=survey_id)
    return [
        SurveyQuestionWhole(**_values(one.question), groups=[_group(group) for group in one.groups])
        for one in question_results(request.user, survey)
    ]


@router.post(
    "/{int:survey_id}/questions",
    response={201: SurveyQuestionOut},
    summary="Add a question to a survey",
)
def add_question(
    request: Asked, survey_id: Id, wanted: SurveyQuestionIn
) -> Status[SurveyQuestionOut]:
    """At the end. `version` is that of the survey."""
    require(request.user, SET_SURVEYS)
    survey = get_object_or_404(Survey, pk=survey_id)
    made = save_question(
        request.user, survey, None, _wanted(wanted), expected_version=wanted.version
    )
    return Status(201, SurveyQuestionOut(**_values(made)))


@router.put(
    "/questions/{int:question_id}",
    response=SurveyQuestionOut,
    summary="Change a question of a survey",
)
def change_question(request: Asked, question_id: Id, wanted: SurveyQuestionIn) -> SurveyQuestionOut:
    """Once it was answered, choices may be reworded or added."""
    require(request.user, SET_SURVEYS)
    question = _one(question_id)
    changed = save_question(
        request.user, question.survey, question, _wanted(wanted), expected_version=wanted.version
    )
    return SurveyQuestionOut(**_values(changed))


@router.delete(
    "/questions/{int:question_id}", response={204: None}, summary="Ask a question no more"
)
def drop_question(request: Asked, question_id: Id) -> Status[None]:
    """What was answered to it stays."""
    require(request.user, SET_SURVEYS)
    remove_question(request.user, _one(question_id))
    return Status(204, None)


def _one(pk: int) -> Question:
    found = Question.objects.select_related("survey").filter(active=True)
    return get_object_or_404(found, pk=pk)


def _wanted(wanted: SurveyQuestionIn) -> dict[str, Any]:
    return wanted.dict(exclude={"version"})


def _values(one: Question) -> dict[str, Any]:
    names = (
        "name", "kind", "text_zh", "text_en", "required", "options", "low", "high", "when",
        "test", "value", "active",
    )  # fmt: skip
    return {"id": one.pk, **{name: getattr(one, name) for name in names}}


def _group(one: Group) -> QuestionGroupOut:
    return QuestionGroupOut(
        group=one.key,
        title=one.title,
        asked=one.asked,
        answered=one.answered,
        mean=one.mean,
        margin=one.margin,
        options=[
            OptionShareOut(
                option=share.value,
                count=share.count,
                share=share.share,
                low=share.low,
                high=share.high,
            )
            for share in one.shares
        ],
    )
