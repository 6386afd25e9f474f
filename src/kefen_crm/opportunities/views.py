"""The board and the list of opportunities, one of them, the forecast, and how they ended."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kefen_crm.activities.choosing import choose_customer
from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.dialogs import change_by_form, show_form
from kefen_crm.customers.queries import changeable_by
from kefen_crm.noted_facts.actions import NOTE
from kefen_crm.opportunities import actions
from kefen_crm.opportunities import forecast as forecasts
from kefen_crm.opportunities import queries as reads
from kefen_crm.opportunities.forms import (
    DetailForm,
    GiveForm,
    LoseForm,
    MoveForm,
    OpenForm,
    ReopenForm,
    WinForm,
)
from kefen_crm.opportunities.models import Opportunity, Stage
from kefen_crm.opportunities.permits import SELL, SET_STAGES
from kefen_crm.opportunities.stages import lacking, stages
from kefen_crm.platform.calendar import current
from kefen_crm.platform.forms import carried_out, expected_version, why_refused
from kefen_crm.platform.paging import Pages
from kefen_crm.team.roles import may, require

if TYPE_CHECKING:
    from datetime import date, datetime

    from kefen_crm.team.views import SignedInRequest

PER_PAGE: Final = 50
FILTERS: Final = ("whose", "state", "stage", "q")
YEAR: Final = timedelta(days=365)
_asked = partial(change_by_form, page="opportunities:detail")


@require_GET
def board(request: SignedInRequest) -> HttpResponse:
    """Open opportunities by stage; on a phone the stages stand below each other."""
    now, today = _now()
    filters = {name: request.GET.get(name, "") for name in ("whose", "q")}
    filters["whose"] = filters["whose"] or _first_whose(request)
    found = reads.narrowed(request.user, filters, now, today)
    columns = reads.board(found)
    for column in columns:
        reads.mark_rotten(column.cards, now, today)
    context = {
        "tab": "board",
        "columns": columns,
        "filters": filters,
        "whose": reads.WHOSE,
        "today": today,
        "scheme": leading_scheme(),
        "writable": may(request.user, SELL),
        "may_set_stages": may(request.user, SET_STAGES),
        "count": sum(one.count for one in columns),
    }
    part = request.htmx and request.htmx.target == "kf-board"  # type: ignore[attr-defined]
    template = "opportunities/_board.html" if part else "opportunities/board.html"
    return render(request, template, context)


@require_GET
def listing(request: SignedInRequest) -> HttpResponse:
    """The opportunities that the address asks for, those expected first at the top."""
    now, today = _now()
    filters = {name: request.GET.get(name, "") for name in FILTERS}
    filters["whose"] = filters["whose"] or "all"
    found = reads.with_class(reads.narrowed(request.user, filters, now, today))
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    reads.mark_rotten(page.object_list, now, today)
    context = {
        "tab": "list",
        "page": page,
        "filters": filters,
        "whose": reads.WHOSE,
        "states": reads.STATES,
        "stages": stages(),
        "today": today,
        "scheme": leading_scheme(),
    }
    return render(request, "opportunities/list.html", context)


@require_GET
def forecast(request: SignedInRequest) -> HttpResponse:
    """What the pipeline is likely to bring by month and person, and what past forecasts were."""
    _moment, today = _now()
    found = forecasts.forecast(request.user, today)
    context: dict[str, Any] = {
        "tab": "forecast",
        "forecast": found,
        "past": forecasts.past(request.user, today),
        "most": max(
            [one.with_won for one in found.months] + [one.high + one.won for one in found.months]
        ),
        "enough": forecasts.ENOUGH,
        "may_set_stages": may(request.user, SET_STAGES),
    }
    return render(request, "opportunities/forecast.html", context)


@require_GET
def ended(request: SignedInRequest) -> HttpResponse:
    """Why opportunities of the last year were won and lost, and against whom."""
    by = "competitor" if request.GET.get("by") == "competitor" else "reason"
    _moment, today = _now()
    rows = reads.ended(request.user, today - YEAR, by)
    most = max([one.won_amount + one.lost_amount for one in rows], default=0)
    context = {"tab": "ended", "by": by, "rows": rows, "most": most}
    return render(request, "opportunities/ended.html", context)


@require_GET
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """An opportunity: what is known of it, its history, and what can be done."""
    found = reads.with_class(reads.opportunities_for(request.user))
    one = get_object_or_404(found.select_related("customer", "owner", "by", "stage"), pk=pk)
    now, today = _now()
    known = stages()
    after = [each for each in known if each.position > one.stage.position]
    asked = lacking(one, after[0], known) if after else []
    context = {
        "one": one,
        "stages": known,
        "next": after[0] if after else None,
        "asked": [_titled(name) for name in asked],
        "rots": one.rotten(now, today),
        "still": (now - one.moved_at).days,
        "today": today,
        "moves": one.moves.select_related("stage", "owner").order_by("-at", "-pk")[:20],
        "chance": {each.pk: share for each, share in forecasts.chances(today)}.get(one.stage_id),
        "scheme": leading_scheme(),
        "writable": may(request.user, SELL)
        and reads.changeable_opportunities(request.user).filter(pk=pk).exists(),
        "ordered": actions.ordered(one),
    }
    return render(request, "opportunities/detail.html", context)


@require_GET
def choose(request: SignedInRequest) -> HttpResponse:
    """Whose new opportunity it is."""
    require(request.user, SELL)
    return choose_customer(request, _("New opportunity"), "opportunities:new")


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest, code: str) -> HttpResponse:
    """Open an opportunity of a customer."""
    require(request.user, SELL)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    form = OpenForm(request.POST or None, initial={"stage": stages()[0]})
    opened: list[Opportunity] = []

    def act() -> None:
        opened.append(actions.open_opportunity(request.user, customer, form.cleaned_data))

    if form.is_valid() and carried_out(form, act):
        messages.success(request, _("The opportunity is opened."))
        return redirect("opportunities:detail", opened[0].pk)
    return show_form(request, customer, form, _("New opportunity"))


@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change what an opportunity is."""
    one = _changeable(request, pk)
    form = DetailForm(request.POST or None, one=one)
    return _asked(
        request, one, form, _("Change the opportunity"),
        lambda version: actions.change(
            request.user, one, form.cleaned_data, expected_version=version
        ),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def move(request: SignedInRequest, pk: int) -> HttpResponse:
    """Move an opportunity to another stage; asks for what has to be known before.

    The board sends `drag`: it is answered with nothing, or with the dialog that asks.
    """
    one = _changeable(request, pk)
    stage = _stage(request) or one.stage
    asked = lacking(one, stage, stages())
    dragged = request.method == "POST" and "drag" in request.POST
    if dragged and not asked:
        return _dragged(request, one, stage)
    filled = (
        request.method == "POST" and not dragged and all(name in request.POST for name in asked)
    )
    form = MoveForm(
        request.POST if filled else None, one=one, asked=asked, initial={"stage": stage}
    )
    return _asked(
        request, one, form, _("Move the opportunity"),
        lambda version: actions.move(
            request.user, one, form.cleaned_data["stage"], form.cleaned_data,
            expected_version=version,
        ),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def win(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note that an opportunity was won."""
    one = _changeable(request, pk)
    _moment, today = _now()
    form = WinForm(request.POST or None, initial={"amount": one.amount, "closed_on": today})
    if not may(request.user, NOTE):
        del form.fields["note_order"]

    def act(version: int | None) -> object:
        values = dict(form.cleaned_data)
        note_order = bool(values.pop("note_order", False))
        return actions.win(
            request.user, one, values, note_order=note_order, expected_version=version
        )

    return _asked(request, one, form, _("The opportunity is won"), act)


@require_http_methods(["GET", "POST"])
def lose(request: SignedInRequest, pk: int) -> HttpResponse:
    """Note that an opportunity was lost."""
    one = _changeable(request, pk)
    _moment, today = _now()
    initial = {"competitor": one.competitor, "closed_on": today}
    form = LoseForm(request.POST or None, initial=initial)
    return _asked(
        request, one, form, _("The opportunity is lost"),
        lambda version: actions.lose(
            request.user, one, form.cleaned_data, expected_version=version
        ),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def give(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give an opportunity to somebody."""
    one = _changeable(request, pk)
    form = GiveForm(request.POST or None, initial={"owner": one.owner_id})
    return _asked(
        request, one, form, _("Give the opportunity"),
        lambda version: actions.give(
            request.user, one, form.cleaned_data["owner"], expected_version=version
        ),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a closed opportunity up again."""
    one = _changeable(request, pk)
    form = ReopenForm(request.POST or None)
    return _asked(
        request, one, form, _("Reopen the opportunity"),
        lambda version: actions.reopen(
            request.user, one, form.cleaned_data["reason"], expected_version=version
        ),
    )  # fmt: skip


def _now() -> tuple[datetime, date]:
    now = timezone.now()
    return now, current().today(now)


def _first_whose(request: SignedInRequest) -> str:
    """Who sells begins with their own."""
    return "mine" if request.user.opportunities.filter(state="open").exists() else "all"


def _stage(request: SignedInRequest) -> Stage | None:
    """The stage that is asked for, by its id in a form or in the address."""
    told = request.POST.get("stage") or request.GET.get("stage") or ""
    return (
        Stage.objects.filter(pk=int(told)).first() if told.isdecimal() and len(told) < 10 else None
    )


def _titled(name: str) -> str:
    field = Opportunity._meta.get_field(name)  # noqa: SLF001  # as documented
    return str(getattr(field, "verbose_name", name))


def _dragged(request: SignedInRequest, one: Opportunity, stage: Stage) -> HttpResponse:
    """Move a card of the board; a sentence where that is refused."""
    version = expected_version(request)
    refusal = why_refused(lambda: actions.move(request.user, one, stage, expected_version=version))
    return HttpResponse(refusal, status=409) if refusal else HttpResponse(status=204)


def _changeable(request: SignedInRequest, pk: int) -> Opportunity:
    require(request.user, SELL)
    found = reads.changeable_opportunities(request.user).select_related("customer", "stage")
    return get_object_or_404(found, pk=pk)
