from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from kefen_crm.evaluation import actions, queries
from kefen_crm.evaluation.forms import (
    AgreementForm,
    AuditForm,
    BacktestForm,
    ChurnForm,
    ExperimentForm,
    LevelsFileForm,
    LevelsForm,
    ReadinessForm,
)
from kefen_crm.evaluation.models import Study
from kefen_crm.evaluation.queries import look
from kefen_crm.gateway import KefenError, say_reason
from kefen_crm.gateway.words import value_label
from kefen_crm.grading import queries as grading
from kefen_crm.grading.models import Draft, Scheme, SchemeVersion
from kefen_crm.platform.downloads import download
from kefen_crm.platform.forms import refused
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Callable

    from kefen_crm.team.views import SignedInRequest


KEPT = "kefen levels of another system"
"""The salt under which the address of a kept file is signed."""
ONE_DAY = 24 * 60 * 60


def by_form(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view that a form posts to; who comes otherwise, by a link or by going back, sees Proof."""

    @wraps(view)
    def answer(request: SignedInRequest, **named: Any) -> HttpResponse:
        if request.method in ("GET", "HEAD"):
            return redirect("proof:overview")
        return view(request, **named)

    return require_http_methods(["GET", "HEAD", "POST"])(answer)


@require_GET
def overview(request: SignedInRequest) -> HttpResponse:
    """Whether to classify, how good each scheme is, and what was tried on the past."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    ready = queries.newest(Study.Kind.READINESS)
    attention = (ready.asked.get("attention") if ready else None) or 150
    context = {
        "readiness": ready,
        "readiness_form": ReadinessForm(initial={"attention": attention}),
        "cards": queries.cards(),
        "backtests": queries.listed(Study.Kind.BACKTEST),
        "agreements": queries.listed(Study.Kind.AGREEMENT),
        "agreement_form": AgreementForm(),
        "experiments": queries.listed(Study.Kind.EXPERIMENT),
        "churn": queries.newest(Study.Kind.CHURN),
        "churn_form": ChurnForm(),
    }
    return render(request, "evaluation/overview.html", context)


@by_form
def readiness(request: SignedInRequest) -> HttpResponse:
    """Ask whether classifying makes sense."""
    form = ReadinessForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["attention"][0]))
        return redirect("proof:overview")
    return _asked(actions.ask(request.user, Study.Kind.READINESS, form.cleaned_data))


@require_http_methods(["GET", "POST"])
def backtest(request: SignedInRequest) -> HttpResponse:
    """Choose schemes and past dates to try them on."""
    require(request.user, Permit.GRADE)
    form = BacktestForm(request.POST or None, initial={"schemes": request.GET.getlist("scheme")})
    if request.method == "POST" and form.is_valid():
        return _asked(actions.ask(request.user, Study.Kind.BACKTEST, form.cleaned_data))
    return render(
        request, "evaluation/backtest.html", {"form": form}, status=422 if form.errors else 200
    )


@by_form
def scorecard(request: SignedInRequest, name: str) -> HttpResponse:
    """Judge a scheme, as it is in force, by the four criteria."""
    return _ask_in_force(request, name, Study.Kind.SCORECARD)


@by_form
def scorecards(request: SignedInRequest) -> HttpResponse:
    """Judge every scheme that is in force."""
    require(request.user, Permit.GRADE)
    for scheme in grading.published():
        run = grading.in_force(scheme)
        if run is not None:
            actions.ask(request.user, Study.Kind.SCORECARD, {"run": run.pk}, scheme)
    return redirect("proof:overview")


@by_form
def sensitivity(request: SignedInRequest, name: str) -> HttpResponse:
    """Ask how much each weight of a scheme matters."""
    return _ask_in_force(request, name, Study.Kind.SENSITIVITY)


@by_form
def agreement(request: SignedInRequest) -> HttpResponse:
    """Ask how far two schemes agree."""
    form = AgreementForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect("proof:overview")
    runs = [grading.in_force(_scheme(form.cleaned_data[side])) for side in ("first", "second")]
    if None in runs:
        messages.error(request, _("Run both schemes first; there is nothing to compare yet."))
        return redirect("proof:overview")
    before, after = (run.pk for run in runs if run)
    asked = {"before": before, "after": after}
    return _asked(actions.ask(request.user, Study.Kind.AGREEMENT, asked))


@require_http_methods(["GET", "POST"])
def experiment(request: SignedInRequest) -> HttpResponse:
    """Bring the table of an experiment: who was treated, who was held out."""
    require(request.user, Permit.GRADE)
    form = ExperimentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            study = actions.ask_experiment(
                request.user,
                _scheme(asked["scheme"]),
                asked["file"],
                asked["horizon"],
                asked["since"],
            )
        except ValidationError as error:
            form.add_error("file", error)
        else:
            return _asked(study)
    return render(
        request, "evaluation/experiment.html", {"form": form}, status=422 if form.errors else 200
    )


@require_GET
def experiment_example(request: SignedInRequest) -> HttpResponse:
    """A table to fill in, with customers of one's own."""
    require(request.user, Permit.GRADE)
    return download(queries.example_of_experiment(), _("experiment"), "csv")


@require_http_methods(["GET", "POST"])
def audit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Look at a draft before it is published: whom it moves, whether it flaps, what it costs."""
    require(request.user, Permit.GRADE)
    draft = get_object_or_404(Draft.objects.select_related("scheme__current"), pk=pk)
    wording = SchemeVersion(document=draft.document, class_list=draft.class_list)
    form = AuditForm(request.POST or None, classes=wording.classes)
    if request.method == "POST" and form.is_valid():
        hourly = str(form.cleaned_data["hourly"])
        return _asked(actions.ask_audit(request.user, draft, form.hours(), hourly))
    known = Study.objects.filter(kind=Study.Kind.AUDIT, asked__draft=draft.pk)
    context = {"form": form, "draft": draft, "audits": known[: queries.LISTED]}
    status = 422 if form.errors else 200
    return render(request, "evaluation/audit.html", context, status=status)


@require_http_methods(["GET", "POST"])
def rival(request: SignedInRequest) -> HttpResponse:
    """Bring the export of another system, whose levels are to be compared."""
    require(request.user, Permit.GRADE)
    require(request.user, Permit.IMPORT)
    form = LevelsFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            kept = actions.keep_levels(request.user, form.cleaned_data["file"])
        except ValidationError as error:
            form.add_error("file", error)
        else:
            return redirect("proof:levels", signing.dumps(kept, salt=KEPT))
    context = {"form": form, "studies": queries.listed(Study.Kind.RIVAL)}
    return render(request, "evaluation/rival.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def levels(request: SignedInRequest, kept: str) -> HttpResponse:
    """Say which column has the levels and in which order they stand; then compare."""
    require(request.user, Permit.GRADE)
    require(request.user, Permit.IMPORT)
    try:
        path = signing.loads(kept, salt=KEPT, max_age=ONE_DAY)
        told = request.POST or request.GET
        seen = look(path, told.get("customer", ""), told.get("level", ""))
    except (signing.BadSignature, KefenError, OSError):
        messages.warning(request, _("Bring the file once more."))
        return redirect("proof:rival")
    form = LevelsForm(request.POST or None, seen=seen)
    if request.method == "POST" and form.is_valid():
        ours = grading.in_force(_scheme(form.cleaned_data["scheme"]))
        if ours is None:
            form.add_error("scheme", _("Run the scheme first; there is nothing to compare yet."))
        else:
            try:
                return _asked(actions.ask_rival(request.user, path, form.cleaned_data, ours))
            except ValidationError as error:
                refused(form, error)
    context = {"form": form, "seen": seen, "kept": kept}
    return render(request, "evaluation/levels.html", context, status=422 if form.errors else 200)


@require_GET
def board(request: SignedInRequest, pk: int) -> HttpResponse:
    """One page to print: another system's levels beside one's own."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    found = _study(pk)
    if found.kind != Study.Kind.RIVAL or not found.answer:
        raise Http404
    return render(request, "evaluation/board.html", {"study": found, "told": found.answer})


@by_form
def churn(request: SignedInRequest) -> HttpResponse:
    """Ask who may leave."""
    form = ChurnForm(request.POST)
    asked = form.cleaned_data if form.is_valid() else {}
    return _asked(actions.ask(request.user, Study.Kind.CHURN, asked))


@require_GET
def study(request: SignedInRequest, pk: int) -> HttpResponse:
    """A study: how far it is, or what it answered."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    found = _study(pk)
    context = {
        "study": found,
        "told": found.answer,
        "reason": say_reason(found.reason),
        "ahead": queries.ahead_of(found),
    }
    if found.kind == Study.Kind.SCORECARD and (judged := queries.judged(found)):
        context["value_label"] = value_label(judged.version.document)
    return render(request, "evaluation/study.html", context)


@require_GET
def progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far a study is; the page that asks is loaded anew when it ends."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    found = _study(pk)
    if not found.busy:
        return HttpResponseClientRefresh()
    return render(
        request, "evaluation/_progress.html", {"study": found, "ahead": queries.ahead_of(found)}
    )


@by_form
def again(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put the question of a study to today's facts."""
    return _asked(actions.ask_again(request.user, _study(pk)))


@by_form
def discard(request: SignedInRequest, pk: int) -> HttpResponse:
    """Throw a study away."""
    actions.discard(request.user, _study(pk))
    return redirect("proof:overview")


@require_GET
def picture(request: SignedInRequest, pk: int, name: str) -> HttpResponse:
    """The data of a picture of an answered study."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    pictures = _study(pk).result.get("pictures") or {}
    if name not in pictures:
        raise Http404
    return JsonResponse(pictures[name])


def _ask_in_force(request: SignedInRequest, name: str, kind: str) -> HttpResponse:
    scheme = _scheme(name)
    run = grading.in_force(scheme)
    if run is None:
        messages.error(request, _("Run the scheme first; there is nothing to judge yet."))
        return redirect("proof:overview")
    return _asked(actions.ask(request.user, kind, {"run": run.pk}, scheme))


def _asked(study: Study) -> HttpResponse:
    return redirect("proof:study", study.pk)


def _scheme(name: str) -> Scheme:
    return get_object_or_404(grading.published(), name=name)


def _study(pk: int) -> Study:
    return get_object_or_404(Study.objects.select_related("scheme__current", "by"), pk=pk)
