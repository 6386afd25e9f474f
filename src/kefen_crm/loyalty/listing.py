"""Membership in the customer list: filters by tier and by points, and columns of both."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.loyalty.models import Member
from kefen_crm.loyalty.programme import tier_rules
from kefen_crm.platform import numbers
from kefen_crm.platform.columns import RIGHT, TextColumn
from kefen_crm.platform.filters import NOBODY
from kefen_crm.platform.parts import Choice, Choices, Columns, ColumnSet, Filter, ListColumn

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.http import HttpRequest

TIER, POINTS, SET = "tier", "points", "loyalty"
MEMBERS, OTHERS = "~members", "~others"
_HELD: Final = "loyalty_member__"
_DIGITS: Final = 9


def _read_tier(value: str) -> tuple[str, Q]:
    own = Member.objects.filter(customer=OuterRef("pk"))
    if value == MEMBERS:
        return _("Members"), Q(Exists(own))
    if value == OTHERS:
        return _("No members"), ~Q(Exists(own))
    if not value or "\x00" in value or not own_tiers().count(value):
        return value, NOBODY
    return _("Tier: %(name)s") % {"name": value}, Q(Exists(own.filter(tier=value)))


def own_tiers() -> list[str]:
    """The names of tiers."""
    return [one.name for one in tier_rules()]


def _choose_tier(request: HttpRequest) -> list[Choices]:
    asked = set(request.GET.getlist(TIER))
    offered = [(MEMBERS, _("Members")), (OTHERS, _("No members"))]
    offered += [(name, name) for name in own_tiers()]
    shown = [Choice(value, title, value in asked) for value, title in offered]
    return [Choices(TIER, TIER, _("Membership"), shown)]


def _read_points(value: str) -> tuple[str, Q]:
    if not value.isascii() or not value.isdecimal() or len(value) > _DIGITS:
        return value, NOBODY
    least = int(value)
    own = Member.objects.filter(customer=OuterRef("pk"), points__gte=least)
    return _("At least %(points)s points") % {"points": numbers.whole(least)}, Q(Exists(own))


FILTERS = (
    Filter(TIER, _read_tier, group=lambda _value: TIER, choices=_choose_tier),
    Filter(POINTS, _read_points),
)


def _columns(_request: HttpRequest, chosen: Collection[str] | None) -> Columns:
    titles = {TIER: _("Tier"), POINTS: _("Points")}
    shown = {name for name in titles if chosen is None or name in chosen}
    columns = {
        TIER: ListColumn(
            TIER, titles[TIER], TextColumn(_tier, orderable=False), filed=partial(F, _HELD + TIER)
        ),
        POINTS: ListColumn(
            POINTS,
            titles[POINTS],
            TextColumn(_points, orderable=False, attrs=RIGHT),
            filed=partial(F, _HELD + POINTS),
        ),
    }
    return Columns(
        choices=list(titles.items()),
        shown=shown,
        columns=[columns[name] for name in titles if name in shown],
        fetch=(lambda customers: customers.select_related("loyalty_member"))
        if shown
        else _as_they_are,
    )


def _as_they_are(customers: Any) -> Any:
    return customers


def _tier(customer: Any) -> str:
    member = getattr(customer, "loyalty_member", None)
    return member.tier or "–" if member else ""


def _points(customer: Any) -> str:
    member = getattr(customer, "loyalty_member", None)
    return numbers.whole(member.points) if member else ""


COLUMNS = ColumnSet(name=SET, title=gettext_lazy("Loyalty"), first=(), read=_columns)
