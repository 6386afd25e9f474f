"""Promised against done, capacity, targets, how plays are done, and what is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.customers.dialogs import show_form
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.forms import carried_out, expected_version
from kefen_crm.platform.paging import Pages
from kefen_crm.playbooks import execution as reads
from kefen_crm.playbooks import live_plays, reading, spending, staffing, trials, unsent
from kefen_crm.playbooks.capacity import USUAL, outlook
from kefen_crm.playbooks.document import PLAYBOOK, in_force
from kefen_crm.playbooks.forms import ReasonForm, SpendForm, StaffForm, TargetForm
from kefen_crm.playbooks.models import Spend, Staff
from kefen_crm.playbooks.permits import SET, SPEND
from kefen_crm.team.models import User
from kefen_crm.team.queries import permitted
from kefen_crm.team.roles import may, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest

PER_PAGE = 50
LIVE = 10
"""Plays between runs on the page."""


@require_GET
def execution(request: SignedInRequest) -> HttpResponse:
    """What customers are promised this year and what was done, by class, or by person too."""
    by_person = request.GET.get("by") == "person"
    first, today = reads.year_so_far()
    context = {
        "rows": reads.execution(request.user, by_person=by_person),
        "by_person": by_person,
        "tab": "person" if by_person else "class",
        "first": first,
        "today": today,
        "in_force": rules.published(PLAYBOOK),
        "may_set": may(request.user, SET),
        "live": live_plays.newest(request.user, LIVE),
    }
    return render(request, "playbooks/execution.html", context)


@require_GET
def why(request: SignedInRequest) -> HttpResponse:
    """The promised work of a playbook that is late or was skipped."""
    rule = request.GET.get("rule", "").replace("\x00", "")
    owner = request.GET.get("owner", "")[:9]
    found = reads.late_work(request.user, rule, int(owner) if owner.isdecimal() else None)
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "playbooks/why.html", {"rule": rule, "page": page})


@require_GET
def capacity(request: SignedInRequest) -> HttpResponse:
    """What the playbooks take, by class, and by person and month; of the draft where asked."""
    require(request.user, SET)
    draft = rules.draft(PLAYBOOK)
    of_draft = request.GET.get("of") == "draft" and draft is not None
    found = draft if of_draft else rules.published(PLAYBOOK)
    kind = rules.kinds()[PLAYBOOK]
    sound = found is not None and not rules.check(kind, found.document)
    told = outlook(rules.parse(kind, found.document)) if found and sound else None
    context = {
        "told": told,
        "of_draft": of_draft,
        "draft": draft,
        "tab": "capacity",
        "may_set": True,
    }
    return render(request, "playbooks/capacity.html", context)


@require_http_methods(["GET", "POST"])
def staff(request: SignedInRequest, pk: int) -> HttpResponse:
    """How much of a person's week is for customers."""
    require(request.user, SET)
    user = get_object_or_404(User, pk=pk, is_active=True)
    own = Staff.objects.filter(user=user).first() or USUAL
    names = ("hours_week", "share", "ceiling")
    form = StaffForm(request.POST or None, initial={one: getattr(own, one) for one in names})
    if form.is_valid() and carried_out(
        form, lambda: staffing.set_hours(request.user, user, **form.cleaned_data)
    ):
        messages.success(request, _("The hours are set."))
        return redirect("playbooks:capacity")
    context = {"form": form, "title": _("Hours for customers"), "person": user}
    return render(request, "playbooks/ask.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def tried(request: SignedInRequest) -> HttpResponse:
    """What plays brought against the customers that they left out; a POST measures anew."""
    require(request.user, SET)
    if request.method == "POST":
        trials.measure_soon()
        messages.success(request, _("It is being measured."))
        return redirect("playbooks:trials")
    context = {
        "rows": trials.outcomes(),
        "tab": "trials",
        "may_set": True,
        "horizon": trials.HORIZON,
    }
    return render(request, "playbooks/trials.html", context)


@require_http_methods(["GET", "POST"])
def targets(request: SignedInRequest) -> HttpResponse:
    """What people are to reach this year, and how far they are."""
    form = None
    if may(request.user, SET):
        form = TargetForm(request.POST or None)
        form.fields["user"].queryset = permitted(SPEND)  # type: ignore[attr-defined]
        form.fields["rule"].choices = [(one.name, one.name) for one in in_force()]  # type: ignore[attr-defined]
    elif request.method == "POST":
        require(request.user, SET)
    if form is not None and form.is_valid():
        year = current().today(timezone.now()).year
        if carried_out(
            form, lambda: staffing.set_target(request.user, year=year, **form.cleaned_data)
        ):
            messages.success(request, _("The target is set."))
            return redirect("playbooks:targets")
    context = {
        "rows": reads.progress(request.user),
        "form": form,
        "tab": "targets",
        "may_set": form is not None,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "playbooks/targets.html", context, status=status)


@require_GET
def plays(request: SignedInRequest) -> HttpResponse:
    """How the plays are done, who read it, and whether their messages were sent."""
    require(request.user, SPEND)
    counted = unsent.counted(unsent.play_messages(request.user))
    written = {(one.rule, one.play): one for one in counted}
    context = {
        "plays": [
            (one, written.get((one.rule, one.play))) for one in reading.how_tos(request.user)
        ],
        "tab": "plays",
        "may_set": may(request.user, SET),
    }
    return render(request, "playbooks/plays.html", context)


@require_GET
def written(request: SignedInRequest) -> HttpResponse:
    """What became of the messages of plays; of a play, a reason or both, who got none."""
    require(request.user, SPEND)
    asked = {
        name: request.GET.get(name, "")[:80].replace("\x00", "") for name in ("rule", "play", "why")
    }
    every = unsent.play_messages(request.user)
    waiting = request.GET.get("state") == "waiting"
    found = unsent.narrowed(every, state="waiting" if waiting else "unsent", **asked)
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    customers = Customer.objects.in_bulk([one.customer for one in page])
    context = {
        "counted": unsent.counted(every),
        "page": page,
        "rows": [(one, customers[one.customer]) for one in page if one.customer in customers],
        "asked": asked,
        "waiting": waiting,
        "why": unsent.words(asked["why"]),
        "tab": "messages",
        "may_set": may(request.user, SET),
    }
    return render(request, "playbooks/messages.html", context)


@require_POST
def read(request: SignedInRequest) -> HttpResponse:
    """Confirm having read how a play is done."""
    if reading.confirm(request.user, request.POST.get("digest", "").replace("\x00", "")) is None:
        messages.error(request, _("It says something else by now. Read it again."))
    return redirect("playbooks:plays")


@require_http_methods(["GET", "POST"])
def spend(request: SignedInRequest, code: str) -> HttpResponse:
    """Note something that was spent on a customer."""
    require(request.user, SPEND)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    today = current().today(timezone.now())
    form = SpendForm(request.POST or None, initial={"on": today, "kind": request.GET.get("kind")})
    if form.is_valid():
        told = {name: value for name, value in form.cleaned_data.items() if value is not None}
        if carried_out(form, lambda: spending.note(request.user, customer, **told)):
            messages.success(request, _("It is noted."))
            return redirect("customers:detail", customer.code)
    return show_form(request, customer, form, _("Spent on the customer"))


@require_http_methods(["GET", "POST"])
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Withdraw something that was noted by mistake."""
    require(request.user, SPEND)
    mine = Spend.objects.filter(customer__in=changeable_by(request.user), state="noted")
    found = mine.select_related("customer").filter(pk=pk).first()
    if found is None:
        raise Http404
    form = ReasonForm(request.POST or None)
    if form.is_valid() and carried_out(
        form,
        lambda: spending.withdraw(
            request.user, found, form.cleaned_data["reason"],
            expected_version=expected_version(request),
        ),
    ):  # fmt: skip
        messages.success(request, _("It is withdrawn."))
        return redirect("customers:detail", found.customer.code)
    return show_form(
        request, found.customer, form, _("Withdraw"), version=found.version, about=str(found)
    )
