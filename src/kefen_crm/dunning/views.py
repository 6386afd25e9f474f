"""What dunning proposes, what waits and what was done; letters as they are, and their words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.dunning import actions, letters, queries
from kefen_crm.dunning.forms import ReasonForm, TextForm
from kefen_crm.dunning.models import LETTERS, Level, Step
from kefen_crm.dunning.permits import DUN
from kefen_crm.dunning.planner import counted, outlook, resting_words
from kefen_crm.dunning.policy import POLICY
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.forms import carried_out, expected_version
from kefen_crm.platform.paging import Pages
from kefen_crm.receivables.queries import state
from kefen_crm.team.roles import may, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest

PER_PAGE = 50
MOST = 1_000
"""Steps that are decided on at once."""


@require_GET
def steps(request: SignedInRequest) -> HttpResponse:
    """The steps of a list: proposed, waiting, done."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in queries.TABS else "proposed"
    found = queries.listed(request.user, tab)
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    proposed = tab == "proposed"
    levels = queries.listed(request.user, tab).values_list("level", flat=True)
    context = {
        "tab": tab,
        "page": page,
        "policy": bool(rules.in_force(POLICY)),
        "may_dun": may(request.user, DUN),
        "words": counted(levels) if proposed else "",
        "resting": _resting(request) if proposed else (),
        "to_print": _to_print(request),
        "unsure": queries.steps_for(request.user).filter(state=Step.State.UNSURE).count(),
    }
    return render(request, "dunning/steps.html", context)


def _resting(request: SignedInRequest) -> list[str]:
    """Why invoices rest, where the person sees them all."""
    if not may(request.user, DUN) or state() is None:
        return []
    found = outlook(rules.in_force(POLICY), current().today(timezone.now()))
    return resting_words(found.resting)


def _to_print(request: SignedInRequest) -> list[int]:
    waiting = queries.steps_for(request.user).filter(state=Step.State.APPROVED, channel="print")
    return list(waiting.values_list("pk", flat=True)[:MOST])


@require_POST
def propose(request: SignedInRequest) -> HttpResponse:
    """Look at the policy again."""
    count = actions.propose_anew(request.user)
    said = ngettext("%(n)s step is proposed.", "%(n)s steps are proposed.", count)
    messages.success(request, said % {"n": count})
    return redirect("dunning:steps")


@require_POST
def approve(request: SignedInRequest) -> HttpResponse:
    """Approve the chosen steps, or all that are proposed."""
    require(request.user, DUN)
    count = actions.approve(request.user, _chosen(request, "proposed"))
    said = ngettext("%(n)s step is approved.", "%(n)s steps are approved.", count)
    messages.success(request, said % {"n": count})
    return redirect("dunning:steps")


@require_http_methods(["GET", "POST"])
def reject(request: SignedInRequest) -> HttpResponse:
    """Leave the chosen steps undone."""
    require(request.user, DUN)
    chosen = _chosen(request, "proposed")
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    if form.is_valid() and carried_out(
        form, lambda: actions.reject(request.user, chosen, form.cleaned_data["reason"])
    ):
        messages.success(request, _("They are left undone, and come again after the quiet days."))
        return redirect("dunning:steps")
    shown = queries.steps_for(request.user).filter(pk__in=chosen)
    context = {"form": form, "steps": shown}
    return render(request, "dunning/reject.html", context, status=422 if form.errors else 200)


@require_POST
def print_out(request: SignedInRequest) -> HttpResponse:
    """Take approved letters on paper for sent, then show them to be printed."""
    found = actions.print_out(request.user, _to_print(request))
    query = urlencode({"step": [one.pk for one in found]}, doseq=True)
    response = redirect("dunning:printed")
    response["Location"] += f"?{query}"
    return response


@require_GET
def printed(request: SignedInRequest) -> HttpResponse:
    """Letters one to a page, for the printer."""
    found = queries.steps_for(request.user).filter(pk__in=_numbers(request.GET))
    return render(request, "dunning/printed.html", {"steps": found.exclude(text="")})


@require_GET
def step(request: SignedInRequest, pk: int) -> HttpResponse:
    """One step: its invoices, its letter, what became of it."""
    found = get_object_or_404(queries.steps_for(request.user), pk=pk)
    subject, text = "", ""
    if found.is_letter:
        subject, text = letters.written(found, current().today(timezone.now()))
    context = {
        "step": found,
        "subject": subject,
        "text": text,
        "may_dun": may(request.user, DUN),
    }
    return render(request, "dunning/step.html", context)


@require_POST
def take_back(request: SignedInRequest, pk: int) -> HttpResponse:
    """Have an approved letter be a proposal again."""
    require(request.user, DUN)
    waiting = actions.steps_of(request.user).filter(state=Step.State.APPROVED)
    found = get_object_or_404(waiting, pk=pk)
    actions.take_back(request.user, found, expected_version=expected_version(request))
    messages.success(request, _("The approval is taken back."))
    return redirect("dunning:steps")


@require_POST
def settle(request: SignedInRequest, pk: int, answer: str) -> HttpResponse:
    """Say whether a letter that was perhaps sent was."""
    require(request.user, DUN)
    if answer not in ("sent", "not"):
        raise Http404
    unsure = actions.steps_of(request.user).filter(state=Step.State.UNSURE)
    actions.settle(request.user, get_object_or_404(unsure, pk=pk), sent=answer == "sent")
    messages.success(request, _("Noted."))
    return redirect("dunning:steps")


@require_GET
def texts(request: SignedInRequest) -> HttpResponse:
    """The words of each letter."""
    require(request.user, DUN)
    shown = [
        (level, language, *letters.text_of(level, language))
        for language in letters.LANGUAGES
        for level in LETTERS
    ]
    return render(request, "dunning/texts.html", {"texts": shown})


@require_http_methods(["GET", "POST"])
def text(request: SignedInRequest, level: str, language: str) -> HttpResponse:
    """Change the words of a letter."""
    require(request.user, DUN)
    if level not in letters.levels() or language not in letters.LANGUAGES:
        raise Http404
    subject, words = letters.text_of(level, language)
    form = TextForm(request.POST or None, initial={"subject": subject, "text": words})
    if form.is_valid() and carried_out(
        form,
        lambda: actions.write_text(request.user, level, language, **form.cleaned_data),
    ):
        messages.success(request, _("The letter's words are kept."))
        return redirect("dunning:texts")
    context: dict[str, Any] = {
        "form": form,
        "level": Level(level),
        "language": language,
        "placeholders": [f"{{{one}}}" for one in letters.PLACEHOLDERS],
    }
    return render(request, "dunning/text.html", context, status=422 if form.errors else 200)


def _chosen(request: SignedInRequest, tab: str) -> list[int]:
    """The steps that a form chose, or all of a list."""
    if request.POST.get("every"):
        return list(queries.listed(request.user, tab).values_list("pk", flat=True)[:MOST])
    return _numbers(request.POST or request.GET)


def _numbers(given: QueryDict) -> list[int]:
    return [int(one) for one in given.getlist("step")[:MOST] if one.isdecimal() and len(one) < 19]
