from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pydantic import ValidationError as PydanticError

from kefen_crm.activities import in_place
from kefen_crm.platform import rules
from kefen_crm.platform.events import Stale
from kefen_crm.platform.models import Confirmation
from kefen_crm.rules import actions, queries
from kefen_crm.rules.document import as_inputs, changed, written
from kefen_crm.team.roles import may, require
from kefen_crm.team.views import SignedInRequest

if TYPE_CHECKING:
    from kefen_crm.platform.parts import RuleKind


@require_GET
def rule_list(request: SignedInRequest) -> HttpResponse:
    summaries = queries.summaries(request.user)
    if not summaries:
        require(request.user, rules.SET_RULES)
    context = {
        "summaries": summaries,
        "questions": queries.questions(request.user),
    }
    return render(request, "rules/list.html", context)


@require_GET
def detail(request: SignedInRequest, name: str) -> HttpResponse:
    kind = _kind(request, name)
    published, draft = rules.published(name), rules.draft(name)
    context = {
        "kind": kind,
        "published": published,
        "rules": queries.in_words(kind, published) if published else [],
        "draft": draft,
        "history": queries.history(kind),
        "starts": queries.starts(kind),
        "publishable": may(request.user, kind.permit),
        "questions": [one for one in queries.questions(request.user) if one.asked.rule == name],
    }
    return render(request, "rules/detail.html", context)


@require_http_methods(["GET", "POST"])
def draft(request: SignedInRequest, name: str) -> HttpResponse:
    """The draft as a form; every button keeps what was written."""
    kind = _kind(request, name)
    if request.method == "POST":
        button = request.POST.get("act", "")
        document = changed(written(kind, request.POST), button)
        stale = False
        try:
            actions.save(request.user, kind, document, expected=request.POST.get("seen", ""))
        except Stale:
            stale = True
        if request.htmx:  # type: ignore[attr-defined]  # django-htmx
            return render(
                request, "rules/_draft.html", _draft(request, kind, document, stale=stale)
            )
        if stale:
            return render(request, "rules/draft.html", _draft(request, kind, document, stale=stale))
        return redirect("rules:draft", name)
    found = rules.draft(name)
    if found is None:
        return redirect("rules:detail", name)
    return render(request, "rules/draft.html", _draft(request, kind, found.document))


@require_POST
def begin(request: SignedInRequest, name: str) -> HttpResponse:
    actions.begin(request.user, _kind(request, name))
    return redirect("rules:draft", name)


@require_POST
def start(request: SignedInRequest, name: str) -> HttpResponse:
    """Begin the draft with a ready-made document."""
    kind = _kind(request, name)
    try:
        actions.start(request.user, kind, request.POST.get("start", ""))
    except ValidationError as error:
        return _refused(request, error, "rules:detail", name)
    return redirect("rules:draft", name)


@require_GET
def compare(request: SignedInRequest, name: str, old: int, new: int) -> HttpResponse:
    """What two versions say otherwise."""
    kind = _kind(request, name)
    found = {one.version: one for one in queries.history(kind)}
    if old not in found or new not in found:
        raise Http404
    try:
        changes = queries.compared(kind, found[old], found[new])
    except PydanticError:  # of another form than rules have now
        raise Http404 from None
    context = {"kind": kind, "old": found[old], "new": found[new], "changes": changes}
    return render(request, "rules/compare.html", context)


@require_POST
def discard(request: SignedInRequest, name: str) -> HttpResponse:
    actions.discard(request.user, _kind(request, name))
    messages.success(request, _("The draft is dropped."))
    return redirect("rules:detail", name)


@require_GET
def preview(request: SignedInRequest, name: str) -> HttpResponse:
    """What the draft would do now, or why that cannot be said."""
    kind = _kind(request, name)
    found = rules.draft(name) or rules.published(name)
    document = found.document if found else {}
    faults = actions.faults(kind, document)
    shown = None if faults else kind.preview(rules.parse(kind, document))
    context = {"preview": shown, "faults": queries.by_rule(document, faults)}
    return render(request, "rules/_preview.html", context)


@require_POST
def publish(request: SignedInRequest, name: str) -> HttpResponse:
    kind = _kind(request, name)
    reason, seen = (request.POST.get(one, "") for one in ("reason", "seen"))
    try:
        published = actions.publish(request.user, kind, reason, expected=seen)
    except ValidationError as error:
        return _refused(request, error, "rules:draft", name)
    except Stale:
        told = _("Somebody changed the draft meanwhile. This is what it says now.")
        messages.error(request, told)
        return redirect("rules:draft", name)
    told = _("Version %(version)s is in force.")
    messages.success(request, told % {"version": published.version})
    return redirect("rules:detail", name)


@require_POST
def roll_back(request: SignedInRequest, name: str, version: int) -> HttpResponse:
    kind = _kind(request, name)
    try:
        published = actions.roll_back(request.user, kind, version, request.POST.get("reason", ""))
    except ValidationError as error:
        return _refused(request, error, "rules:detail", name)
    told = _("Version %(old)s is in force again, as version %(version)s.")
    messages.success(request, told % {"old": version, "version": published.version})
    return redirect("rules:detail", name)


@require_POST
def decide(request: SignedInRequest, pk: int, decision: str) -> HttpResponse:
    try:
        asked = actions.decide(request.user, pk, Confirmation.Decision(decision))
    except (Confirmation.DoesNotExist, ValueError):
        raise Http404 from None
    goes_on = asked.decision == Confirmation.Decision.GO_ON
    told = _("It goes on within a minute.") if goes_on else _("It does nothing today.")
    if in_place.in_place(request):
        return in_place.changed(told)
    messages.success(request, told)
    return redirect("home")


def _kind(request: SignedInRequest, name: str) -> RuleKind:
    kind = rules.kinds().get(name)
    if kind is None:
        raise Http404
    if not queries.may_draft(request.user, kind):
        require(request.user, kind.permit)
    return kind


def _draft(
    request: SignedInRequest, kind: RuleKind, document: dict[str, Any], *, stale: bool = False
) -> dict[str, Any]:
    """What the page of a draft shows; `stale` where it is not what is kept."""
    faults = actions.faults(kind, document)
    kept = rules.draft(kind.name)
    return {
        "kind": kind,
        "rules": as_inputs(kind, document, faults),
        "faults": faults,
        "seen": rules.digest_of(kept) if kept else "",
        "stale": stale,
        "publishable": may(request.user, kind.permit),
    }


def _refused(
    request: SignedInRequest, error: ValidationError, page: str, name: str
) -> HttpResponse:
    for message in error.messages:
        messages.error(request, message)
    return redirect(page, name)
