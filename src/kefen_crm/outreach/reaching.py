"""Whom a message may reach, where, and for each other customer why not.

One reason is told a customer, the first of `Why` that holds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.db.models import Count
from django.utils import timezone

from kefen_crm.contacts.models import Contact, Reach
from kefen_crm.contacts.reaching import normalised
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.dunning.models import Step
from kefen_crm.gateway.consent import consented
from kefen_crm.holdout.queries import held_among
from kefen_crm.outreach.models import Channel, Message, Policy, Suppression, Template, Why
from kefen_crm.platform.bulk import keyed, texts
from kefen_crm.platform.calendar import current
from kefen_crm.tickets.models import Ticket

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from kefen_crm.platform.calendar import Calendar

WEEK: Final = timedelta(days=7)
QUIET_AFTER_DUNNING: Final = timedelta(days=14)
KINDS: Final = {Channel.EMAIL: Reach.Kind.EMAIL, Channel.SMS: Reach.Kind.PHONE}
AT_ONCE: Final = 5_000
_ASKED: Final = (
    *("standing", "name", "contact", "email", "phone", "attributes", "owner", "owner_name"),
    *("first_order_on", "region", "city"),
)
"""What is read of customers, `wording.values_of` included."""


@dataclass(frozen=True)
class Recipient:
    """Where a customer is reached: the contact, None for the customer's file, and the address."""

    contact: Contact | None
    name: str
    address: str


@dataclass(frozen=True)
class Reached:
    """Whom messages would reach, and why not the others, by the id of the customer."""

    recipients: Mapping[int, Recipient]
    refused: Mapping[int, Why]

    @property
    def counts(self) -> dict[Why, int]:
        """How many are not reached for each reason, the most first."""
        return dict(Counter(self.refused.values()).most_common())


def policy() -> Policy:
    """When and how often customers may be written to."""
    return Policy.objects.first() or Policy()


def reached(
    customers: Collection[int],
    channel: str,
    purpose: str,
    now: datetime,
    *,
    contacts: Collection[int] | None = None,
    despite_holdout: bool = False,
) -> Reached:
    """Whom of customers, by their ids, a message of a channel and a purpose would reach now.

    With `contacts` only these, by their ids, are asked; otherwise the best of a customer's: who
    agreed before who was not asked, the first contact before others, the customer's file last.
    `despite_holdout`: marketing reaches those, too, whom outreach leaves alone this year.
    Customers are asked in their order: the first of an address gets what its cap leaves.
    """
    recipients: dict[int, Recipient] = {}
    refused: dict[int, Why] = {}
    keys, given = list(customers), Counter[str | int]()
    for at in range(0, len(keys), AT_ONCE):
        part = asked(
            keys[at : at + AT_ONCE],
            channel,
            purpose,
            now,
            contacts=contacts,
            despite_holdout=despite_holdout,
            given=given,
        )
        refused |= part.refused
        for pk, to in part.recipients.items():
            if part.full(pk):
                refused[pk] = Why.CAP
            else:
                part.count(pk)
                recipients[pk] = to
    return Reached(recipients, refused)


@dataclass(frozen=True)
class Asked:
    """Some customers, and whom of them messages would reach but for the cap of their address.

    Attributes:
        often: what addresses, or customers where the channel knows none, got this week.
        given: what they are to get besides, by who asks.
        most: of what they may get; 0 for no limit.
    """

    customers: Mapping[int, Customer]
    recipients: Mapping[int, Recipient]
    refused: Mapping[int, Why]
    often: Mapping[str | int, int]
    given: Counter[str | int]
    most: int

    def full(self, pk: int) -> bool:
        """Whether a customer's address was written to often enough."""
        key = self.recipients[pk].address or pk
        return bool(self.most) and self.often.get(key, 0) + self.given[key] >= self.most

    def count(self, pk: int) -> None:
        """Note that the customer gets one more."""
        self.given[self.recipients[pk].address or pk] += 1


def asked(
    part: Sequence[int],
    channel: str,
    purpose: str,
    now: datetime,
    *,
    contacts: Collection[int] | None,
    despite_holdout: bool,
    given: Counter[str | int] | None = None,
) -> Asked:
    """Ask everything of some customers, as `reached`, but for the cap."""
    rules, marketing = policy(), purpose == Template.Purpose.MARKETING
    silent = silenced(part, now) if marketing else {}
    alone = held_among(part) if marketing and not despite_holdout else set()
    wanted = Customer.objects.filter(pk__in=keyed(part)).only(*_ASKED)
    found = {one.pk: one for one in wanted.prefetch_related("owner")}
    ways = _ways(found, channel, contacts)
    addresses = {way.address for some in ways.values() for way, _consent in some} - {""}
    suppressed = Suppression.objects.filter(channel=channel, normal__in=texts(addresses))
    shut = set(suppressed.order_by().values_list("normal", flat=True))
    recipients: dict[int, Recipient] = {}
    refused: dict[int, Why] = {}
    for pk in part:
        one = found.get(pk)
        if one is None or one.standing not in CURRENT:
            refused[pk] = Why.GONE
            continue
        best, why = _best(ways.get(pk, []), shut, rules, marketing=marketing, channel=channel)
        if best is None:
            refused[pk] = why
        elif pk in silent:
            refused[pk] = silent[pk]
        elif pk in alone:
            refused[pk] = Why.HOLDOUT
        else:
            recipients[pk] = best
    most = rules.per_week if marketing else 0
    often = _written_to(channel, addresses, part, now) if most else {}
    return Asked(found, recipients, refused, often, Counter() if given is None else given, most)


def due(now: datetime, calendar: Calendar) -> datetime:
    """When a message may go that is ready now: at once, or when the quiet hours are over."""
    rules, local = policy(), now.astimezone(calendar.zone)
    start, end, at = rules.quiet_from, rules.quiet_until, local.time()
    if start == end:
        return now
    quiet = start <= at < end if start < end else at >= start or at < end
    if not quiet:
        return now
    day = local.date() + timedelta(days=1 if at >= end else 0)
    return datetime.combine(day, end, tzinfo=calendar.zone).astimezone(UTC)


def quiet_hours() -> str:
    """The hours in which nothing is sent, while it is one of them; empty at other times."""
    now = timezone.now()
    return str(policy()) if due(now, current()) > now else ""


def _best(
    ways: list[tuple[Recipient, str]],
    shut: Collection[str],
    rules: Policy,
    *,
    marketing: bool,
    channel: str,
) -> tuple[Recipient | None, Why]:
    """The first way that is open; otherwise why the most promising one is not."""
    if channel in (Channel.GROUP, Channel.HAND):
        return (ways[0][0], Why.GONE) if ways else (None, Why.NO_ADDRESS)
    why = Why.NO_ADDRESS
    refused = {way.address for way, consent in ways if consent == Reach.Consent.NO}
    order = {Reach.Consent.YES: 0, Reach.Consent.UNKNOWN: 1, Reach.Consent.NO: 2}
    for way, consent in sorted(ways, key=lambda one: order[Reach.Consent(one[1])]):
        if way.address in refused:
            found = Why.REFUSED
        elif way.address in shut:
            found = Why.SUPPRESSED
        elif marketing and rules.needs_consent and consent != Reach.Consent.YES:
            found = Why.NO_CONSENT
        else:
            return way, Why.GONE
        why = found if why == Why.NO_ADDRESS else why
    return None, why


def _ways(
    customers: Mapping[int, Customer], channel: str, contacts: Collection[int] | None
) -> dict[int, list[tuple[Recipient, str]]]:
    """Every way to reach customers by a channel, with the consent to each."""
    found: dict[int, list[tuple[Recipient, str]]] = defaultdict(list)
    people = Contact.objects.filter(customer__in=keyed(customers), left_on=None)
    if contacts is not None:
        people = people.filter(pk__in=contacts)
    kind = KINDS.get(Channel(channel))
    for person in people.prefetch_related("reaches").order_by("-primary", "pk"):
        if kind is None:
            found[person.customer_id].append(
                (Recipient(person, person.name, ""), Reach.Consent.UNKNOWN)
            )
            continue
        for reach in person.reaches.all():
            if reach.kind == kind and reach.valid:
                way = Recipient(person, person.name, reach.normal)
                found[person.customer_id].append((way, reach.consent))
    if contacts is None:
        for pk, one in customers.items():
            name = one.contact or one.name
            address = "" if kind is None else _normal(kind, one)
            if kind is None or address:
                found[pk].append((Recipient(None, name[:120], address), _consent_of(one)))
    return found


def _normal(kind: Reach.Kind, customer: Customer) -> str:
    """Where the customer's file says the customer is reached; empty where that is nothing."""
    value = customer.email if kind == Reach.Kind.EMAIL else customer.phone
    try:
        return normalised(kind, value.strip()) if value else ""
    except ValidationError:
        return ""


def _consent_of(customer: Customer) -> str:
    """What the customer's file says of consent, by the attributes that contactability knows."""
    agreed = consented(customer.attributes)
    if agreed is not None:
        return Reach.Consent.YES if agreed else Reach.Consent.NO
    return Reach.Consent.UNKNOWN


def silenced(customers: Collection[int], now: datetime) -> dict[int, Why]:
    """Customers to whom it would be wrong to advertise now, and why."""
    some = {} if len(customers) > AT_ONCE else {"customer__in": keyed(customers)}
    dunned = Step.objects.filter(
        state__in=[Step.State.PROPOSED, Step.State.APPROVED, Step.State.SENDING, Step.State.UNSURE],
        **some,
    ) | Step.objects.filter(state=Step.State.DONE, moved_at__gte=now - QUIET_AFTER_DUNNING, **some)
    complaints = Ticket.objects.unsolved().filter(kind=Ticket.Kind.COMPLAINT, **some)
    found = dict.fromkeys(dunned.order_by().values_list("customer", flat=True), Why.DUNNING)
    return found | dict.fromkeys(
        complaints.order_by().values_list("customer", flat=True), Why.COMPLAINT
    )


def _written_to(
    channel: str, addresses: Collection[str], customers: Collection[int], now: datetime
) -> dict[str | int, int]:
    """How many messages of marketing addresses got this week, or are to get.

    Customers are counted for a channel that knows no addresses.
    """
    rows = Message.objects.filter(
        channel=channel,
        created__gte=now - WEEK,
        wording__template__purpose=Template.Purpose.MARKETING,
    ).exclude(state__in=Message.ENDED)
    if Channel(channel) in KINDS:
        rows, by = rows.filter(address__in=texts(addresses)), "address"
    else:
        rows, by = rows.filter(customer__in=keyed(customers)), "customer"
    return dict(rows.order_by().values_list(by).annotate(count=Count("pk")))
