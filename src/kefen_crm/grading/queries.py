"""Reads of schemes, runs and classes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, Min, OuterRef, Q, Subquery, Sum
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy

from kefen_crm.customers.queries import visible_to
from kefen_crm.gateway import LAPSED
from kefen_crm.gateway.filters import UNRATED
from kefen_crm.gateway.ledger import newest_version
from kefen_crm.grading.freshness import Freshness, freshness
from kefen_crm.grading.models import CustomerClass, Draft, Run, RunInForce, Scheme
from kefen_crm.grading.override_counts import Counted, counts, moves_since
from kefen_crm.platform import jobs
from kefen_crm.platform.per_request import PerRequest, once
from kefen_crm.platform.remembered import remembered
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.grading.models import SchemeVersion
    from kefen_crm.grading.override_counts import Move
    from kefen_crm.team.models import User

BESIDE = ((LAPSED, gettext_lazy("Lapsed")), (UNRATED, gettext_lazy("Unrated")))
"""What customers without a class are counted as, with its title."""


@dataclass(frozen=True)
class Tally:
    """How many customers a class has and what they bring; `number` is 0 without a class.

    `share_of_customers` is of the rated, `share_of_all` of everybody.

    `last_purchase` and `past_worth` are of the lapsed: the day of the latest, and all they ever
    brought.
    """

    key: str
    title: str
    number: int
    customers: int
    value: Decimal
    share_of_customers: float
    share_of_value: float
    last_purchase: date | None = None
    past_worth: Decimal | None = None
    share_of_all: float = 0.0

    @property
    def tone(self) -> int | str:
        """What names its colour: the number, or `lapsed`."""
        return "lapsed" if self.key == LAPSED else self.number

    @property
    def each(self) -> Decimal | None:
        """Value of one customer, on average."""
        return self.value / self.customers if self.customers else None


@dataclass
class Standing:
    """A scheme with the run in force and the newest run, which may be another.

    `before` is the run that what customers were before comes from; `moved` tells that the tallies
    are not those of the run any more, because customers moved since.
    """

    scheme: Scheme
    run: Run | None
    newest: Run | None
    tallies: list[Tally]
    fresh: Freshness | None = None
    before: Run | None = None
    moved: bool = False

    @property
    def failed(self) -> Run | None:
        """The newest run if it failed."""
        return self.newest if self.newest and self.newest.status == Run.Status.FAILED else None

    @property
    def busy(self) -> Run | None:
        """The newest run if it is queued or at work, and not put off."""
        return self.newest if _at_work(self.newest) else None

    @property
    def rated(self) -> list[Tally]:
        return [one for one in self.tallies if one.number]

    @property
    def best(self) -> Tally | None:
        return self.rated[0] if self.rated else None

    @property
    def customers(self) -> int:
        """How many customers are rated."""
        return sum(one.customers for one in self.rated)

    @property
    def value(self) -> Decimal:
        return sum((one.value for one in self.tallies), Decimal(0))

    @property
    def unrated(self) -> int:
        return sum(one.customers for one in self.tallies if one.key == UNRATED)

    @property
    def lapsed(self) -> int:
        """How many have bought, but not within the window."""
        return sum(one.customers for one in self.tallies if one.key == LAPSED)

    @property
    def everyone(self) -> int:
        """How many customers there are, the lapsed and the unrated included."""
        return self.customers + self.lapsed + self.unrated

    @property
    def each(self) -> Decimal | None:
        """Value of one rated customer, on average."""
        return self.value / self.customers if self.customers else None


def published() -> QuerySet[Scheme]:
    """Schemes that say something, in the order people meet them."""
    return Scheme.objects.select_related("current", "schedule").exclude(current=None)


schemes_on_page = PerRequest(lambda: list(published().select_related("run_in_force")))
"""The published schemes, read once for all parts of a page."""


def standings(user: User) -> list[Standing]:
    """Every scheme as it stands, counted over the customers `user` may see."""
    schemes = list(
        published().annotate(
            in_force=_in_force(), newest=_newest(), before=F("run_in_force__before")
        )
    )
    wanted = {pk for one in schemes for pk in (one.in_force, one.newest, one.before) if pk}
    runs = Run.objects.select_related("version__scheme", "by").in_bulk(wanted)
    own = None if may(user, Permit.SEE_ALL_CUSTOMERS) else _own_counts(user)
    in_force = [runs[one.in_force] for one in schemes if one.in_force]
    by_hand = moves_since(in_force) if own is None and in_force else {}
    newest = newest_version() if runs else 0
    found = []
    for scheme in schemes:
        run, last = runs.get(scheme.in_force), runs.get(scheme.newest)
        moves = by_hand.get(run.pk, []) if run else []
        counted = _of_run(run, moves) if own is None else _of_counts(scheme, own)
        fresh = freshness(scheme, run, newest, busy=_at_work(last)) if run else None
        before = runs.get(scheme.before)
        found.append(Standing(scheme, run, last, counted, fresh, before, bool(moves)))
    return found


def _at_work(run: Run | None) -> bool:
    return bool(run and run.busy and not run.put_off)


def _in_force() -> Subquery:
    return Subquery(RunInForce.objects.filter(scheme=OuterRef("pk")).values("run")[:1])


def _newest() -> Subquery:
    runs = Run.objects.filter(version__scheme=OuterRef("pk"), shadow=False)
    runs = runs.order_by("-created", "-pk")
    return Subquery(runs.values("pk")[:1])


def ledger_version_in_force() -> int | None:
    """The ledger's version that all classes and figures shown are of, or of a later one."""
    runs = Scheme.objects.filter(current__isnull=False).annotate(force=_in_force())
    chosen = Run.objects.filter(pk__in=[pk for pk in runs.values_list("force", flat=True) if pk])
    found: int | None = chosen.aggregate(version=Min("ledger_version"))["version"]
    return found


def in_force(scheme: Scheme) -> Run | None:
    """The run that today's classes come from."""
    found = Scheme.objects.filter(pk=scheme.pk).annotate(run=_in_force()).values_list("run")
    return Run.objects.select_related("version__scheme").filter(pk__in=found).first()


def freshness_of(schemes: Iterable[Scheme]) -> list[Freshness]:
    """How fresh each of the schemes that have classes is, in the order given."""
    listed = list(schemes)
    runs = runs_in_force(listed)
    newest = newest_version() if runs else 0
    at_work = set(busy().filter(shadow=False).values_list("version__scheme", flat=True))
    return [
        freshness(scheme, runs[scheme.pk], newest, busy=scheme.pk in at_work)
        for scheme in listed
        if scheme.pk in runs
    ]


def runs_in_force(schemes: Iterable[Scheme]) -> dict[int, Run]:
    """The runs that today's classes of some schemes come from, by scheme."""
    found = RunInForce.objects.filter(scheme__in=[one.pk for one in schemes]).select_related("run")
    return {one.scheme_id: one.run for one in found}


def before(scheme: Scheme) -> Run | None:
    """The run that what customers were before comes from."""
    found = RunInForce.objects.filter(scheme=scheme).values("before")
    return Run.objects.select_related("version__scheme").filter(pk__in=found).first()


def tallies(run: Run) -> list[Tally]:
    """The classes of a finished run, best first, then the lapsed and the unrated, if any."""
    return _of_run(run)


def _of_run(run: Run | None, moves: Sequence[Move] = ()) -> list[Tally]:
    if run is None:
        return []
    counted = counts(run, moves)
    listed = [(one.key, one.title, one.number) for one in run.version.classes]
    counted = {key or UNRATED: one for key, one in counted.items()}
    listed += [(key, str(title), 0) for key, title in BESIDE if key in counted]
    past: dict[str, Any] = next((one for one in run.counts if one.get("state") == "lapsed"), {})
    found = []
    for key, title, number in listed:
        count = counted.get(key) or Counted(key, 0, Decimal(0))
        of_past = past if key == LAPSED else {}
        found.append(
            Tally(
                key,
                title,
                number,
                count.customers,
                count.value,
                count.share_of_customers,
                count.share_of_value,
                parse_date(of_past["last_purchase"]) if of_past.get("last_purchase") else None,
                Decimal(of_past["past_worth"]) if of_past.get("past_worth") else None,
            )
        )
    return _of_all(found)


def _of_all(tallies: list[Tally]) -> list[Tally]:
    """With their shares of everybody, those without a class included."""
    everyone = sum(one.customers for one in tallies)
    return [
        replace(one, share_of_all=one.customers / everyone if everyone else 0.0) for one in tallies
    ]


def own_tallies(user: User, scheme: Scheme) -> list[Tally]:
    """The classes of the customers this person may see, weighed by their sales."""
    return _of_counts(scheme, _own_counts(user))


Counts = dict[tuple[int, str], tuple[int, Decimal]]
_Rows = list[tuple[int, str | None, int, Decimal | None]]


def _own_counts(user: User) -> Counts:
    """Customers and sales of this person's customers by scheme and class."""
    rows = (
        CustomerClass.objects.filter(customer__in=visible_to(user))
        .values("scheme", "class_key")
        .annotate(customers=Count("pk"), sales=Sum("customer__sales"))
    )
    found = rows.values_list("scheme", "class_key", "customers", "sales")
    return {
        (scheme, key or UNRATED): (customers, sales or Decimal(0))
        for scheme, key, customers, sales in remembered(
            found, "counts", lambda: list(found), stored=_Rows
        )
    }


def _of_counts(scheme: Scheme, counts: Counts) -> list[Tally]:
    listed = [(one.key, one.title, one.number) for one in scheme.classes]
    listed += [(key, str(title), 0) for key, title in BESIDE if (scheme.pk, key) in counts]
    nothing = (0, Decimal(0))
    found = [counts.get((scheme.pk, key), nothing) for key, _title, _number in listed]
    people = sum(customers for customers, _value in found)
    money = sum((value for _customers, value in found), Decimal(0))
    return _of_all(
        [
            Tally(
                key,
                title,
                number,
                customers,
                value,
                customers / people if people else 0.0,
                float(value / money) if money > 0 else 0.0,
            )
            for (key, title, number), (customers, value) in zip(listed, found, strict=True)
        ]
    )


def history(scheme: Scheme) -> QuerySet[Run]:
    """The runs of a scheme in any of its versions, newest first; shadow runs are none."""
    runs = Run.objects.filter(version__scheme=scheme, shadow=False)
    return runs.select_related("version", "by")


def finished(scheme: Scheme) -> QuerySet[Run]:
    """The runs of a scheme that came about, latest day first."""
    done = history(scheme).filter(status=Run.Status.FINISHED)
    return done.order_by("-as_of", "-finished", "-pk")


def comparable(run: Run) -> list[Run]:
    """Other finished runs of the scheme to compare with, the one before first; at most 50."""
    others = list(finished(run.scheme).exclude(pk=run.pk).select_related("version__scheme")[:50])
    if run.shadow and (now := in_force(run.scheme)):
        return [now, *(one for one in others if one.pk != now.pk)]
    earlier = [one for one in others if _moment(one) < _moment(run)]
    return earlier + [one for one in reversed(others) if one not in earlier]


def _moment(run: Run) -> tuple[str, str]:
    return f"{run.as_of:%F}", f"{run.finished:%F %T.%f}"


def busy() -> QuerySet[Run]:
    """Runs queued or at work, in the order they were asked for; not those put off until later."""
    put_off = Q(status=Run.Status.QUEUED, due__gt=timezone.now())
    return jobs.busy(Run).exclude(put_off).select_related("version__scheme")


def versions(scheme: Scheme) -> QuerySet[SchemeVersion]:
    """The published wordings of a scheme, newest first."""
    return scheme.versions.exclude(number=None).select_related("by", "restores")


def drafts(scheme: Scheme) -> QuerySet[Draft]:
    """What is being worked on in a scheme, last changed first."""
    return scheme.drafts.select_related("by")


def all_drafts() -> list[Draft]:
    """What is being worked on in every scheme, last changed first, with its newest shadow run.

    Each is a Draft with `trial`, the run; None where it was never tried.
    """
    tried = Run.objects.filter(version__draft=OuterRef("pk"), shadow=True).order_by("-pk")
    rows = Draft.objects.select_related("scheme__current", "by")
    found: list[Any] = list(rows.annotate(newest=Subquery(tried.values("pk")[:1])))
    runs = Run.objects.select_related("version").in_bulk({one.newest for one in found} - {None})
    for one in found:
        one.trial = runs.get(one.newest)
    return found


def by_hand(user: User, scheme: Scheme) -> int:
    """How many customers whom `user` may see are in a class that a person set."""
    held = scheme.customer_classes.filter(held_by=CustomerClass.Held.OVERRIDE)
    return held.filter(customer__in=visible_to(user)).count()


def shadow_of(draft: Draft) -> Run | None:
    """The newest shadow run of a draft, perhaps of an earlier state of it."""
    runs = Run.objects.filter(version__draft=draft, shadow=True)
    return runs.select_related("version__scheme__current", "by").order_by("-pk").first()


def classes_of_customer(customer: Customer) -> list[CustomerClass]:
    """The classes of a customer, those of the first scheme first."""
    found = CustomerClass.objects.filter(customer=customer).select_related(
        "scheme__current",
        "scheme__schedule",
        "scheme__run_in_force__run__version",
        "override__by",
    )
    return list(found.order_by("scheme__position", "scheme__name"))


def classes_on_page(request: HttpRequest, customer: Customer) -> list[CustomerClass]:
    """As `classes_of_customer`, read once for all parts of a page."""
    return once(request, ("classes", customer.pk), lambda: classes_of_customer(customer))
