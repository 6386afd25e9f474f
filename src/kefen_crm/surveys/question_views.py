"""The questions of a survey: listed, edited, moved, and tried without noting anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.platform.forms import carried_out, expected_version, why_refused
from kefen_crm.surveys.actions import SET_SURVEYS
from kefen_crm.surveys.forms import AnswerForm, QuestionForm
from kefen_crm.surveys.models import Question, Survey
from kefen_crm.surveys.question_actions import move_question, remove_question, save_question
from kefen_crm.surveys.questions import asked_of, condition_of
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest


@require_GET
def questions(request: SignedInRequest, pk: int) -> HttpResponse:
    """The further questions of a survey, each with when it is asked."""
    require(request.user, SET_SURVEYS)
    survey = get_object_or_404(Survey, pk=pk)
    asked = asked_of(survey)
    listed = [(one, condition_of(one, survey, asked)) for one in asked]
    return render(request, "surveys/questions.html", {"survey": survey, "questions": listed})


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int = 0, question_pk: int = 0) -> HttpResponse:
    """Add a question, or change one."""
    require(request.user, SET_SURVEYS)
    question = _one(question_pk) if question_pk else None
    survey = question.survey if question else get_object_or_404(Survey, pk=pk)
    form = QuestionForm(request.POST or None, survey=survey, instance=question)
    version = expected_version(request)

    def act() -> None:
        values = form.cleaned_data
        save_question(request.user, survey, question, values, expected_version=version)

    if form.is_valid() and carried_out(form, act):
        return redirect("surveys:questions", survey.pk)
    context = {"form": form, "survey": survey, "question": question}
    return render(request, "surveys/question.html", context, status=422 if form.errors else 200)


@require_POST
def move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Move a question up or down."""
    require(request.user, SET_SURVEYS)
    question, by = _one(pk), -1 if request.POST.get("by") == "-1" else 1
    if refused := why_refused(lambda: move_question(request.user, question, by)):
        messages.error(request, refused)
    return redirect("surveys:questions", question.survey_id)


@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask a question no more."""
    require(request.user, SET_SURVEYS)
    question = _one(pk)
    if refused := why_refused(lambda: remove_question(request.user, question)):
        messages.error(request, refused)
    else:
        messages.success(request, _("The question is not asked any more."))
    return redirect("surveys:questions", question.survey_id)


@require_http_methods(["GET", "POST"])
def preview(request: SignedInRequest, pk: int) -> HttpResponse:
    """Answer a survey as a customer would; nothing is noted."""
    require(request.user, SET_SURVEYS)
    survey = get_object_or_404(Survey, pk=pk)
    data = request.POST if request.method == "POST" else None
    form = AnswerForm(data, survey=survey, questions=asked_of(survey))
    context = {"survey": survey, "form": None if form.complete else form}
    return render(request, "surveys/preview.html", context, status=422 if form.errors else 200)


def _one(pk: int) -> Question:
    found = Question.objects.select_related("survey").filter(active=True)
    return get_object_or_404(found, pk=pk)
