"""Surveys with what was answered, the asking of a customer, and the customer's own page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform.forms import carried_out, expected_version
from kefen_crm.platform.paging import Pages
from kefen_crm.platform.public_pages import limited
from kefen_crm.surveys import actions
from kefen_crm.surveys import results as reads
from kefen_crm.surveys.actions import ASK, SET_SURVEYS
from kefen_crm.surveys.forms import AnswerForm, AskForm, SurveyForm
from kefen_crm.surveys.models import Survey
from kefen_crm.surveys.question_results import question_results
from kefen_crm.surveys.questions import asked_of
from kefen_crm.team.roles import may, require

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.surveys.models import Invite
    from kefen_crm.team.views import SignedInRequest

PER_PAGE = 50


@require_GET
def surveys(request: SignedInRequest) -> HttpResponse:
    """Every survey with its score."""
    found = [(one, reads.results(request.user, one)[-1]) for one in Survey.objects.all()]
    context = {"surveys": found, "writable": may(request.user, SET_SURVEYS)}
    return render(request, "surveys/surveys.html", context)


@require_GET
def survey(request: SignedInRequest, pk: int) -> HttpResponse:
    """One survey by class, and the answers."""
    found = get_object_or_404(Survey, pk=pk)
    answers = reads.answers_for(request.user, found)
    context = {
        "survey": found,
        "results": reads.results(request.user, found),
        "questions": question_results(request.user, found),
        "fewest": reads.FEWEST,
        "scheme": leading_scheme(),
        "page": Pages(answers, PER_PAGE).get_page(request.GET.get("page")),
        "writable": may(request.user, SET_SURVEYS),
    }
    return render(request, "surveys/survey.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: SignedInRequest, pk: int = 0) -> HttpResponse:
    """Make a survey, or change one."""
    require(request.user, SET_SURVEYS)
    known = get_object_or_404(Survey, pk=pk) if pk else None
    form = SurveyForm(request.POST or None, instance=known)
    version = expected_version(request)
    if form.is_valid() and carried_out(
        form,
        lambda: actions.save(request.user, known, form.cleaned_data, expected_version=version),
    ):
        return redirect("surveys:list")
    context = {"form": form, "survey": known}
    return render(request, "surveys/edit.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def ask(request: SignedInRequest, code: str) -> HttpResponse:
    """Ask a customer: an address and its picture to be sent or shown, seen once."""
    require(request.user, ASK)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    form = AskForm(request.POST or None)
    context = {"customer": customer, "form": form}
    made: list[str] = []

    def act() -> None:
        values = form.cleaned_data
        _invite, token = actions.ask(
            request.user, values["survey"], customer, contact=values["contact"]
        )
        made.append(token)

    if form.is_valid() and carried_out(form, act):
        address = request.build_absolute_uri(reverse("surveys:answer", args=made))
        context["address"] = address
    return render(request, "surveys/ask.html", context, status=422 if form.errors else 200)


@csrf_exempt  # whoever has the address may answer; there is no session to be misused
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """The customer's own page. To open it notes nothing; an answer is sent by its button."""
    invite = actions.found(token)
    if invite is None:
        raise Http404
    if not invite.open(timezone.now()):
        return _page(request, invite, None, status=410)
    known = getattr(invite, "answer", None)
    initial = {}
    if known:
        initial = {"score": known.score, "comment": known.comment, **known.values}
    form = AnswerForm(
        request.POST if request.method == "POST" else None,
        survey=invite.survey,
        questions=asked_of(invite.survey),
        initial=initial,
    )
    if form.complete and carried_out(form, lambda: actions.answer(invite, **form.said())):
        return _page(request, invite, None, thanks=True)
    return _page(request, invite, form, status=422 if form.errors else 200)


def _page(
    request: HttpRequest,
    invite: Invite,
    form: AnswerForm | None,
    *,
    thanks: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {"invite": invite, "survey": invite.survey, "form": form, "thanks": thanks}
    page = render(request, "surveys/answer.html", context, status=status)
    page["Cache-Control"] = "no-store"
    page["Referrer-Policy"] = "no-referrer"
    return page
