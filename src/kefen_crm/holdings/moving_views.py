"""Many customers at once: what the rules take tonight, what was moved, who gets a leaver's."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.queries import changeable_by
from kefen_crm.grading.models import CustomerClass
from kefen_crm.holdings import actions
from kefen_crm.holdings.forms import HandoverForm
from kefen_crm.holdings.handover import leavers, plan, receivers_for
from kefen_crm.holdings.models import Spared, Transfer
from kefen_crm.holdings.pool_rules import POOL_RULES
from kefen_crm.holdings.tonight import JOB, Night, next_night, night
from kefen_crm.platform import rules
from kefen_crm.platform.models import Confirmation
from kefen_crm.platform.paging import Pages
from kefen_crm.platform.registry import declared
from kefen_crm.team.models import User
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.views import SignedInRequest

if TYPE_CHECKING:
    from kefen_crm.grading.models import Scheme
    from kefen_crm.holdings.pool_rules import Candidate

SHOWN = 200
PER_PAGE = 50


@require_GET
def tonight(request: SignedInRequest) -> HttpResponse:
    """Whom the pool rules take in the coming night, by class and money, each by name."""
    require(request.user, Permit.ASSIGN_CUSTOMERS)
    found = rules.in_force(POOL_RULES)
    outcome = night(found, next_night(timezone.now()))
    reached = changeable_by(request.user).filter(pk__in=[one.pk for one in outcome.near])
    mine = set(reached.values_list("pk", flat=True))
    scheme = leading_scheme()
    takes = [(one, pool) for one, pool in outcome.takes if one.pk in mine]
    context = {
        "rules": found,
        "night": outcome,
        "takes": _shown([one for one, _pool in takes], scheme),
        "more": max(len(takes) - SHOWN, 0),
        "others": len(outcome.takes) - len(takes),
        "by_class": _by_class(takes, scheme),
        "money": sum((one.sales or Decimal(0) for one, _pool in takes), Decimal(0)),
        "soon": [one for one in outcome.near if one.left > 0 and one.pk in mine],
        "why": _why(outcome),
        "scheme": scheme,
        "stopped": Spared.objects.filter(customer=None, until__gte=outcome.day).first(),
        "asked": Confirmation.objects.filter(job=JOB, decision="").exists(),
    }
    return render(request, "holdings/tonight.html", context)


@require_POST
def stop(request: SignedInRequest) -> HttpResponse:
    """Have the rules take nobody in the coming night."""
    day = next_night(timezone.now())
    if Spared.objects.filter(customer=None, until__gte=day).exists():
        require(request.user, Permit.ASSIGN_CUSTOMERS)
    else:
        actions.stop(request.user, day, reason=request.POST.get("reason", "")[:500])
    messages.success(request, _("The rules take nobody in the coming night."))
    return redirect("holdings:tonight")


@require_POST
def spare(request: SignedInRequest, code: str) -> HttpResponse:
    require(request.user, Permit.ASSIGN_CUSTOMERS)
    customer = get_object_or_404(changeable_by(request.user), code=code)
    actions.spare(request.user, customer, reason=request.POST.get("reason", "")[:500])
    messages.success(request, _("%(name)s is left alone for a week.") % {"name": customer.name})
    return redirect("holdings:tonight")


@require_GET
def transfers(request: SignedInRequest) -> HttpResponse:
    """What moved many customers at once, to be undone within a week."""
    require(request.user, Permit.ASSIGN_CUSTOMERS)
    found = Transfer.objects.select_related("by", "leaver", "undone_by")
    found = found.annotate(count=Count("ended")).order_by("-at", "-pk")
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    listed = [(one, actions.undoable(one)) for one in page.object_list]
    return render(request, "holdings/transfers.html", {"page": page, "transfers": listed})


@require_POST
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    require(request.user, Permit.ASSIGN_CUSTOMERS)
    transfer = get_object_or_404(Transfer, pk=pk)
    try:
        count = actions.undo(request.user, transfer)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        told = ngettext(
            "%(count)s customer is back with who held it.",
            "%(count)s customers are back with who held them.",
            count,
        )
        messages.success(request, told % {"count": count})
    return redirect("holdings:transfers")


@require_http_methods(["GET", "POST"])
def handover(request: SignedInRequest) -> HttpResponse:
    """Split the customers of somebody who leaves: first to look at, then in one go."""
    require(request.user, Permit.ASSIGN_CUSTOMERS)
    people = leavers(request.user)
    given = request.POST if request.method == "POST" else request.GET
    number = given.get("leaver", "")
    leaver = people.filter(pk=number).first() if number.isdecimal() else None
    receivers = receivers_for(leaver) if leaver else User.objects.none()
    form = HandoverForm(
        given if "receivers" in given else None, leavers=people, receivers=receivers
    )
    context: dict[str, Any] = {"people": people, "leaver": leaver, "receivers": receivers}
    if leaver and form.is_valid():
        chosen = list(form.cleaned_data["receivers"])
        only = [code[:200] for code in given.getlist("only") if code]
        if request.method == "POST" and _hand_over(request, leaver, chosen, only):
            return redirect("holdings:transfers")
        context["plan"] = plan(request.user, leaver, chosen, only=only)
        context["only"] = only
        context["reason"] = given.get("reason", "")[:500]
    context["chosen"] = {int(pk) for pk in given.getlist("receivers") if pk.isdecimal()} or {
        one.pk for one in receivers if leaver and one.department_id == leaver.department_id
    }
    return render(request, "holdings/handover.html", context)


def _hand_over(
    request: SignedInRequest, leaver: User, receivers: list[User], only: list[str]
) -> bool:
    """Whether it was done; else the page says why not."""
    try:
        done = actions.hand_over(
            request.user,
            leaver,
            receivers,
            reason=request.POST.get("reason", "")[:500],
            only=only,
            expected=request.POST.get("digest", ""),
        )
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return False
    count = done.begun.count()
    told = ngettext(
        "%(count)s customer of %(who)s has another owner.",
        "%(count)s customers of %(who)s have other owners.",
        count,
    )
    messages.success(request, told % {"count": count, "who": leaver})
    return True


def _shown(
    takes: list[Candidate], scheme: Scheme | None
) -> list[tuple[Candidate, str | None, User]]:
    """Each with its class and owner, the most money first."""
    first = sorted(takes, key=lambda one: (-(one.sales or 0), one.code))[:SHOWN]
    classes = _classes([one.pk for one in first], scheme)
    people = User.objects.in_bulk({one.owner for one in first})
    return [(one, classes.get(one.pk), people[one.owner]) for one in first]


def _by_class(
    takes: list[tuple[Candidate, Any]], scheme: Scheme | None
) -> list[tuple[str | None, int, Decimal]]:
    classes = _classes([one.pk for one, _pool in takes], scheme)
    counts: Counter[str | None] = Counter()
    money: dict[str | None, Decimal] = {}
    for one, _pool in takes:
        key = classes.get(one.pk)
        counts[key] += 1
        money[key] = money.get(key, Decimal(0)) + (one.sales or 0)
    return [(key, counts[key], money[key]) for key in sorted(counts, key=lambda key: key or "~")]


def _classes(customers: list[int], scheme: Scheme | None) -> dict[int, str | None]:
    if scheme is None:
        return {}
    rows = CustomerClass.objects.filter(scheme=scheme, customer__in=customers)
    return dict(rows.values_list("customer", "class_key"))


def _why(outcome: Night) -> list[tuple[int, str]]:
    """How many stay or wait, and why, in words."""
    words = {
        "share": _("wait: at most 5 % of a person's customers fall a night"),
        "notice": _("wait: their owners were not warned 3 working days ago"),
        "pool": _("stay: no pool takes the customers of their owners"),
        "day-off": _("wait: nothing falls after a day off"),
        "overdue": _("stay: they owe overdue money"),
        "leave": _("stay: their owners are on leave"),
        "spared": _("stay: a person spared them"),
        **{one.key: str(one.reason) for one in declared("pool_exemptions")},
    }
    every = outcome.held_back + outcome.excused
    return [(every[name], text) for name, text in words.items() if every[name]]
