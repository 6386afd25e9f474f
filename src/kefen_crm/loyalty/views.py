"""The programme, members and coupons, what is done for one, and the member's own page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse as address_of
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kefen_crm.customers.dialogs import show_form
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.loyalty import actions, leaving, queries
from kefen_crm.loyalty import coupons as coupon_actions
from kefen_crm.loyalty.forms import (
    AdjustForm,
    EarnForm,
    GiftForm,
    LeaveForm,
    RedeemForm,
    ReverseForm,
    RewardForm,
    SpendForm,
)
from kefen_crm.loyalty.models import Coupon, Member, Operation
from kefen_crm.loyalty.permits import REDEEM
from kefen_crm.loyalty.programme import points_rules, tier_rules, worth_of
from kefen_crm.platform import numbers
from kefen_crm.platform.forms import carried_out, expected_version, why_refused
from kefen_crm.platform.paging import Pages
from kefen_crm.platform.public_pages import limited
from kefen_crm.platform.rules import SET_RULES
from kefen_crm.team.actions import digest
from kefen_crm.team.roles import may, require

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.forms import BaseForm
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.views import SignedInRequest

PER_PAGE = 50
LATEST = 20


@require_GET
def programme(request: SignedInRequest) -> HttpResponse:
    """What is owed to members and when it expires, and who is in which tier."""
    found = queries.members_for(request.user)
    rules = points_rules()
    owed = queries.liability(found, rules)
    context = {
        "tab": "programme",
        "rules": rules,
        "owed": owed,
        "liability": sum(one.worth for one in owed),
        "most": max((one.points for one in owed), default=0),
        "totals": queries.totals(found),
        "tiers": queries.tiers(found) if tier_rules() else [],
        "latest": queries.operations_for(request.user)[:LATEST],
        "may_set_rules": may(request.user, SET_RULES),
        "may_redeem": may(request.user, REDEEM),
    }
    return render(request, "loyalty/programme.html", context)


@require_GET
def members(request: SignedInRequest) -> HttpResponse:
    """Members, those with the most points first; those about to lose a tier alone."""
    found = queries.members_for(request.user)
    falling = request.GET.get("falling") == "1"
    if falling:
        found = found.filter(noticed__isnull=False).order_by("tier_until", "pk")
    names = [one.name for one in tier_rules()]
    tier = request.GET.get("tier", "")
    if tier in names:
        found = found.filter(tier=tier)
    if text := request.GET.get("q", "").strip().replace("\x00", ""):
        found = found.filter(
            Q(customer__name__icontains=text) | Q(customer__code__istartswith=text)
        )
    return _listed(
        request, "falling" if falling else "members", found, "loyalty/members.html",
        search=request.GET.get("q", ""), names=names, tier=tier,
    )  # fmt: skip


@require_GET
def coupons(request: SignedInRequest) -> HttpResponse:
    """Coupons, the newest first."""
    found = queries.coupons_for(request.user)
    if text := request.GET.get("q", "").strip().replace("\x00", ""):
        found = found.filter(Q(code=text.upper()) | Q(member__customer__name__icontains=text))
    return _listed(
        request, "coupons", found, "loyalty/coupons.html",
        search=request.GET.get("q", ""), today=actions.today(),
    )  # fmt: skip


def _listed(
    request: SignedInRequest, tab: str, found: QuerySet[Any], template: str, **more: Any
) -> HttpResponse:
    page = Pages(found, PER_PAGE).get_page(request.GET.get("page"))
    if tab == "coupons":
        for one in page.object_list:
            one.shown = one.state(more["today"])
    context = {"tab": tab, "page": page, "may_redeem": may(request.user, REDEEM), **more}
    return render(request, template, context)


@require_GET
def member(request: SignedInRequest, code: str) -> HttpResponse:
    """What a member has, lot by lot, and what became of it."""
    customer = get_object_or_404(visible_to(request.user), code=code)
    found = get_object_or_404(Member, customer=customer)
    day = actions.today()
    writable = may(request.user, REDEEM)
    operations = queries.operations_for(request.user).filter(member=found)
    issued = list(found.coupons.all()[:LATEST])
    for one in issued:
        one.shown = one.state(day)  # type: ignore[attr-defined]  # for the template
    context = {
        "customer": customer,
        "member": found,
        "balance": queries.balance(found, actions.rule_of(customer), day),
        "lots": found.lots.filter(left__gt=0)[:PER_PAGE],
        "coupons": issued,
        "periods": found.periods.all()[:LATEST],
        "page": Pages(operations, PER_PAGE).get_page(request.GET.get("page")),
        "writable": not found.left
        and writable
        and changeable_by(request.user).filter(pk=customer.pk).exists(),
    }
    return render(request, "loyalty/member.html", context)


@require_POST
def join(request: SignedInRequest, code: str) -> HttpResponse:
    """Make a customer a member."""
    customer = _customer(request, code)
    actions.join(request.user, customer)
    messages.success(request, _("The customer is a member."))
    return redirect("customers:detail", customer.code)


@require_http_methods(["GET", "POST"])
def leave(request: SignedInRequest, code: str) -> HttpResponse:
    """Have a member leave: first what it loses, then in one go."""
    customer = _customer(request, code)
    member = get_object_or_404(Member, customer=customer, left=None)
    form = LeaveForm(request.POST or None)
    told = ngettext(
        "%(points)s point expires, the tier ends, and the own page is closed. Coupons hold until "
        "their day. The customer may become a member again.",
        "%(points)s points expire, the tier ends, and the own page is closed. Coupons hold until "
        "their day. The customer may become a member again.",
        member.points,
    )
    return _change(
        request, customer, form, _("Leave the programme"),
        lambda: leaving.leave(request.user, customer, **form.cleaned_data),
        about=told % {"points": numbers.whole(member.points)},
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def earn(request: SignedInRequest, code: str) -> HttpResponse:
    """Give points for what a customer buys."""
    customer = _customer(request, code)
    form = EarnForm(request.POST or None)
    return _change(
        request, customer, form, _("Give points"),
        lambda: actions.earn(request.user, customer, **form.cleaned_data,
                             expected_version=expected_version(request)),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def spend(request: SignedInRequest, code: str) -> HttpResponse:
    """Spend points of a customer."""
    customer = _customer(request, code)
    form = SpendForm(request.POST or None)
    return _change(
        request, customer, form, _("Spend points"),
        lambda: actions.spend(request.user, customer, **form.cleaned_data,
                              expected_version=expected_version(request)),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def adjust(request: SignedInRequest, code: str) -> HttpResponse:
    """Give or take points by hand."""
    customer = _customer(request, code)
    form = AdjustForm(request.POST or None)
    return _change(
        request, customer, form, _("Correct points"),
        lambda: actions.adjust(request.user, customer, **form.cleaned_data),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def reward(request: SignedInRequest, code: str) -> HttpResponse:
    """Issue a coupon for points."""
    customer = _customer(request, code)
    form = RewardForm(request.POST or None, customer=customer)
    return _change(
        request, customer, form, _("Coupon for points"),
        lambda: coupon_actions.issue(request.user, customer, **form.cleaned_data),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def gift(request: SignedInRequest, code: str) -> HttpResponse:
    """Issue a coupon as a gift."""
    customer = _customer(request, code)
    form = GiftForm(request.POST or None)
    return _change(
        request, customer, form, _("Coupon as a gift"),
        lambda: coupon_actions.gift(request.user, customer, **form.cleaned_data),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def reverse(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back an earning, or restore a spending."""
    require(request.user, REDEEM)
    mine = Operation.objects.filter(member__customer__in=changeable_by(request.user))
    operation = get_object_or_404(mine.select_related("member__customer"), pk=pk)
    customer = operation.member.customer
    form = ReverseForm(request.POST or None)
    return _change(
        request, customer, form, _("Take back"),
        lambda: actions.reverse(request.user, operation, **form.cleaned_data),
        about=str(operation),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def redeem(request: SignedInRequest) -> HttpResponse:
    """Redeem a coupon by its code."""
    require(request.user, REDEEM)
    form = RedeemForm(request.POST or None)
    done: list[Coupon] = []

    def act() -> None:
        try:
            values = form.cleaned_data
            done.append(coupon_actions.redeem(request.user, values["code"], order=values["order"]))
        except Coupon.DoesNotExist:
            form.add_error("code", _("There is no such coupon."))

    if form.is_valid() and carried_out(form, act):
        told = {"title": done[0].title, "name": done[0].member.customer.name}
        messages.success(request, _("“%(title)s” of %(name)s is redeemed.") % told)
        return redirect("loyalty:coupons")
    return render(
        request, "loyalty/redeem.html", {"form": form}, status=422 if form.errors else 200
    )


@require_POST
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Cancel a coupon; its points are restored."""
    coupon = _coupon(request, pk)
    if refusal := why_refused(lambda: coupon_actions.cancel(request.user, coupon)):
        messages.error(request, refusal)
    else:
        messages.success(request, _("The coupon is cancelled, its points are restored."))
    return redirect("loyalty:member", coupon.member.customer.code)


@require_POST
def reinstate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let a coupon be redeemed again."""
    coupon = _coupon(request, pk)
    coupon_actions.reinstate(request.user, coupon)
    messages.success(request, _("The coupon can be redeemed again."))
    return redirect("loyalty:member", coupon.member.customer.code)


@require_http_methods(["GET", "POST"])
def page(request: SignedInRequest, code: str) -> HttpResponse:
    """A new address of the member's own page, seen once."""
    customer = _customer(request, code)
    found = get_object_or_404(Member, customer=customer)
    context: dict[str, Any] = {"customer": customer, "member": found}
    if request.method == "POST":
        _member, token = actions.open_page(request.user, customer)
        address = request.build_absolute_uri(address_of("loyalty:own_page", args=[token]))
        context["address"] = address
    return render(request, "loyalty/page.html", context)


@require_POST
def close_page(request: SignedInRequest, code: str) -> HttpResponse:
    """Close the member's own page."""
    customer = _customer(request, code)
    get_object_or_404(Member, customer=customer)
    actions.close_page(request.user, customer)
    messages.success(request, _("The member's page is closed."))
    return redirect("loyalty:member", customer.code)


@login_not_required
@require_http_methods(["GET", "HEAD"])
@limited
def own_page(request: HttpRequest, token: str) -> HttpResponse:
    """What a member has, for itself: whoever has the address sees it, nothing can be done."""
    found = Member.objects.filter(digest=digest(token)).select_related("customer").first()
    if found is None or not found.customer.current:
        raise Http404
    day, rule = actions.today(), actions.rule_of(found.customer)
    open_ = found.coupons.filter(redeemed_at=None, cancelled_at=None).exclude(expires__lt=day)
    balance = queries.balance(found, rule, day)
    context = {
        "member": found,
        "token": token,
        "balance": balance,
        "worth": numbers.money_full(worth_of(balance.available, rule)),
        "coupons": open_,
        "rewards": coupon_actions.rewards_for(found.customer),
        "operations": found.operations.exclude(points=0, debt=0)[:LATEST],
    }
    page_ = render(request, "loyalty/own_page.html", context)
    page_["Cache-Control"] = "no-store"
    page_["Referrer-Policy"] = "no-referrer"
    page_["X-Robots-Tag"] = "noindex"
    return page_


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited
def leave_by_page(request: HttpRequest, token: str) -> HttpResponse:
    """Ask a member whether it leaves; by POST it does, and its page is no more."""
    found = Member.objects.filter(digest=digest(token)).select_related("customer").first()
    if found is None or not found.customer.current:
        raise Http404
    if request.method == "POST":
        leaving.leave_by_page(token)
    page_ = render(request, "loyalty/leave_by_page.html", {"member": found, "token": token})
    page_["Cache-Control"] = "no-store"
    page_["Referrer-Policy"] = "same-origin"
    page_["X-Robots-Tag"] = "noindex"
    return page_


def _customer(request: SignedInRequest, code: str) -> Customer:
    require(request.user, REDEEM)
    return get_object_or_404(changeable_by(request.user), code=code)


def _coupon(request: SignedInRequest, pk: int) -> Coupon:
    require(request.user, REDEEM)
    mine = Coupon.objects.filter(member__customer__in=changeable_by(request.user))
    return get_object_or_404(mine.select_related("member__customer"), pk=pk)


def _change(
    request: SignedInRequest,
    customer: Customer,
    form: BaseForm,
    title: str,
    act: Callable[[], object],
    *,
    about: str = "",
) -> HttpResponse:
    """Do what a form asks for and show the member; else the form."""
    if form.is_valid() and carried_out(form, act):
        return redirect("loyalty:member", customer.code)
    found = Member.objects.filter(customer=customer).first()
    version = found.version if found else 0
    return show_form(request, customer, form, title, version=version, about=about)
