"""What needs attention: short lists with their count, the money behind them, and the way there.

Every item about customers counts exactly those that its link lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.customers.heads import Head, head
from kefen_crm.customers.queries import some_who_sees_all, visible_to
from kefen_crm.gateway import LAPSED, KefenError, say_reason
from kefen_crm.gateway.filters import Moved, OfClass, Ranked, Silent
from kefen_crm.gateway.filters import query as address
from kefen_crm.gateway.members import worth
from kefen_crm.grading.home import overview, overview_of, signed_in
from kefen_crm.grading.models import Run
from kefen_crm.platform.filters import narrowed
from kefen_crm.platform.numbers import day, whole
from kefen_crm.platform.parts import AttentionItem, Button
from kefen_crm.platform.remembered import remembered
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.grading.home import Overview
    from kefen_crm.grading.lapsed import Lapsed
    from kefen_crm.grading.queries import Standing
    from kefen_crm.team.models import User

Tone = Literal["red", "orange", "blue"]
URGENT: Tone = "red"
WARNING: Tone = "orange"
NOTICE: Tone = "blue"
_NAMED = 3
"""How many customers an item names, those with most money first."""


def items(request: HttpRequest) -> Iterator[AttentionItem]:
    """Runs that failed; then, by the scheme that the first page shows, what to see to."""
    user = signed_in(request)
    found = overview(request)
    yield from filter(None, [_failed(found.standings, user)])
    if found.standing:
        yield from filter(None, [_stale(found.standing, found.standings, user)])
        yield from filter(None, _about_customers(user, found.standing, found))


def read_ahead() -> None:
    """Ask for the figures of the first page as whoever sees all sees it."""
    user = some_who_sees_all()
    found = overview_of(user) if user else None
    if user and found and found.standing:
        list(_about_customers(user, found.standing, found))


def _about_customers(
    user: User, standing: Standing, found: Overview
) -> Iterator[AttentionItem | None]:
    yield _silent(user, standing)
    yield _lost(user, standing)
    yield _lapsed(standing, found.lapsed)
    yield _fallen(user, standing, found)
    yield _ownerless(user, standing)


@dataclass(frozen=True)
class Found:
    """The customers of an item: how many, their sales, the first of them by code and name."""

    count: int
    sales: Decimal | None
    names: tuple[tuple[str, str, str], ...]
    url: str


def _find(customers: QuerySet[Customer], query: str) -> Found:
    """The customers that the list shows for `query`, of which `customers` is the beginning."""
    chosen = narrowed(customers, QueryDict(query))
    first = remembered(
        chosen.values("pk"),
        "attention",
        lambda: head(chosen, "code", "name", size=_NAMED),
        stored=Head,
    )
    url = f"{reverse('customers:list')}?{query}"
    return Found(first.count, first.sales, named(first.rows), url)


def _silent(user: User, standing: Standing) -> AttentionItem | None:
    best = standing.best
    if best is None:
        return None
    query = address(OfClass(standing.scheme.name, best.key), Silent(2))
    found = _find(visible_to(user), query)
    told = ngettext(
        "%(count)s of “%(title)s” has gone quiet",
        "%(count)s of “%(title)s” have gone quiet",
        found.count,
    )
    text = _("No purchase for more than twice as long as usual")
    return _about(
        "zzz", URGENT, told % {"count": whole(found.count), "title": best.title}, text, found
    )


def _in(standing: Standing, key: str) -> str:
    return address(OfClass(standing.scheme.name, key))


def _fallen(user: User, standing: Standing, seen: Overview) -> AttentionItem | None:
    if seen.before is None or seen.before.as_of is None:
        return None
    found = _find(visible_to(user), address(Ranked(standing.scheme.name, "down")))
    told = ngettext(
        "%(count)s customer fell a class", "%(count)s customers fell a class", found.count
    )
    text = _("Worse than as of %(day)s") % {"day": day(seen.before.as_of)}
    if seen.other_standard:
        text += " · " + _("the standard was changed since, so the change alone moved some")
    return _about("trending-down", WARNING, told % {"count": whole(found.count)}, text, found)


def _ownerless(user: User, standing: Standing) -> AttentionItem | None:
    best = standing.best
    if best is None or not may(user, Permit.ASSIGN_CUSTOMERS):
        return None
    query = f"{_in(standing, best.key)}&owner=null"
    found = _find(visible_to(user).filter(owner=None), query)
    if not found.count:
        return None
    named_ = narrowed(visible_to(user), QueryDict(query)).exclude(owner_name="")
    listed = named_.order_by("owner_name").values_list("owner_name", flat=True).distinct()
    names, count = remembered(
        listed, "owners", lambda: (list(listed), named_.count()), stored=tuple[list[str], int]
    )
    told, text = _lacking(found.count, names, everyone=count == found.count)
    title = told % {"count": whole(found.count), "title": best.title}
    return _about("user-question", WARNING, title, text, found)


def _lacking(count: int, names: list[str], *, everyone: bool) -> tuple[str, str]:
    """What customers without a user as owner lack: a user of the name in the data, or anybody."""
    if not names:
        told = ngettext(
            "%(count)s of “%(title)s” has no owner",
            "%(count)s of “%(title)s” have no owner",
            count,
        )
        return told, _("Nobody is named in the data either")
    listed = ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
    if everyone:
        told = ngettext(
            "The owner of %(count)s of “%(title)s” is no user",
            "The owners of %(count)s of “%(title)s” are no users",
            count,
        )
        return told, _("Named in the data: %(names)s. Add users of these names.") % {
            "names": listed
        }
    told = ngettext(
        "%(count)s of “%(title)s” has no user as owner",
        "%(count)s of “%(title)s” have no user as owner",
        count,
    )
    text = _("For some the data name somebody who is no user: %(names)s; for others nobody")
    return told, text % {"names": listed}


def _about(icon: str, tone: Tone, title: str, text: str, found: Found) -> AttentionItem | None:
    if not found.count:
        return None
    return AttentionItem(icon, tone, title, text, found.url, found.sales, found.names)


def _lost(user: User, standing: Standing) -> AttentionItem | None:
    """Those of the best class before who are lapsed now, with what they were worth then."""
    best, scheme = standing.best, standing.scheme
    if best is None or standing.before is None:
        return None
    query = address(Moved(scheme.name, best.key, LAPSED))
    lost = visible_to(user).filter(
        classes__scheme=scheme, classes__class_key=LAPSED, classes__previous_key=best.key
    )
    left, before = lost.values_list("code", "name"), standing.before
    count, money, first = remembered(
        left,
        f"lost {before.pk}",
        lambda: _worth_before(before, list(left)),
        stored=tuple[int, float | None, list[tuple[str, str]]],
    )
    if not count:
        return None
    told = ngettext(
        "%(count)s of “%(title)s” no longer buys", "%(count)s of “%(title)s” no longer buy", count
    )
    return AttentionItem(
        "user-minus",
        URGENT,
        told % {"count": whole(count), "title": best.title},
        _("In the best class before, lapsed now; the money is what they brought then"),
        f"{reverse('customers:list')}?{query}",
        money,
        named(first),
    )


def _worth_before(
    before: Run | None, rows: list[tuple[str, str]]
) -> tuple[int, float | None, list[tuple[str, str]]]:
    """How many these are, by code and name; their worth in the run before, and the first."""
    if not rows or before is None:
        return 0, None, []
    try:
        money = worth(before.engine_id, [code for code, _name in rows])
    except KefenError:
        money = {}
    first = sorted(rows, key=lambda row: -money.get(row[0], 0))[:_NAMED]
    return len(rows), sum(money.values()) if money else None, first


def _lapsed(standing: Standing, past: Lapsed | None) -> AttentionItem | None:
    """Those who bought, but not within the window, with what they ever brought."""
    if past is None or not past.customers:
        return None
    told = ngettext(
        "%(count)s customer is lapsed", "%(count)s customers are lapsed", past.customers
    )
    text = _("Bought before, but not within the window; the money is all they ever brought")
    return AttentionItem(
        "moon",
        NOTICE,
        told % {"count": whole(past.customers)},
        text,
        f"{reverse('customers:list')}?{_in(standing, LAPSED)}",
        past.worth,
        named(past.names),
    )


def _failed(standings: list[Standing], user: User) -> AttentionItem | None:
    failed = [one for one in standings if one.failed]
    if not failed or not may(user, Permit.GRADE):
        return None
    first: Run = failed[0].failed  # type: ignore[assignment]  # just asked for
    told = ngettext("%(count)s run failed", "%(count)s runs failed", len(failed))
    single = reverse("grading:detail", args=[first.scheme.name])
    return AttentionItem(
        "alert-octagon",
        URGENT,
        told % {"count": len(failed)},
        f"{first.scheme.title}: {say_reason(first.reason)}",
        single if len(failed) == 1 else reverse("grading:list"),
    )


def _stale(standing: Standing, standings: list[Standing], user: User) -> AttentionItem | None:
    """The classes on this page are out of date; for whom cannot run them it is told too."""
    fresh = standing.fresh
    if fresh is None or not fresh.stale or standing.busy:
        return None
    others = sum(bool(one.fresh and one.fresh.stale) for one in standings) - 1
    more = ngettext("so is %(count)s other scheme", "so are %(count)s other schemes", others)
    told = [*fresh.reasons, *([more % {"count": others}] if others else [])]
    return AttentionItem(
        "refresh-alert",
        WARNING,
        _("The classes are out of date"),
        " · ".join(told),
        reverse("grading:detail", args=[standing.scheme.name]),
        buttons=(_run_all(),) if may(user, Permit.GRADE) else (),
    )


def _run_all() -> Button:
    return Button(_("Run all now"), "player-play", reverse("grading:grade_all"))


def named(customers: Iterable[tuple[Any, ...]]) -> tuple[tuple[str, str, str], ...]:
    """Customers by code and name, each with the address of its page."""
    return tuple((code, name, reverse("customers:detail", args=[code])) for code, name in customers)
