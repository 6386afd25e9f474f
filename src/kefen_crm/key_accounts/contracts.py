"""Contracts: written down, changed, renewed, ended; by people and by the clock."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db.models import DateField, ExpressionWrapper, F
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from kefen_crm.key_accounts import records
from kefen_crm.key_accounts.models import Contract
from kefen_crm.opportunities.actions import able
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current, load
from kefen_crm.platform.notifications import notify
from kefen_crm.platform.parts import ClockJob, NoticeKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.calendar import Calendar
    from kefen_crm.platform.due import Due
    from kefen_crm.team.models import User

State, Renewal = Contract.State, Contract.Renewal
SOON: Final = 20
"""Working days before the day of notice from which a contract needs attention."""
LEVELS: Final = (0, 5, 10, 20)
"""Working days left at which its owner is reminded; of those that have come the smallest counts."""
KIND = NoticeKind("contract.due", gettext_lazy("A contract of mine runs out"), "file-certificate")
TEXTS: Final = {
    Renewal.AUTOMATIC: gettext_noop(
        "“%(title)s” of %(customer)s renews by itself unless notice is given by %(day)s"
    ),
    Renewal.AGREED: gettext_noop(
        "“%(title)s” of %(customer)s ends on %(end)s: agree by %(day)s on how it goes on"
    ),
    Renewal.NONE: gettext_noop("“%(title)s” of %(customer)s ends on %(end)s for good"),
}


@dataclass(frozen=True)
class Ending:
    """A signed contract that nears the day of its notice.

    Attributes:
        left: the working days after today, up to and with that day; below zero once it has passed.
    """

    contract: Contract
    by: date
    left: int


def note(actor: User, customer: Customer, values: Mapping[str, Any], *, key: str = "") -> Contract:
    """Write a contract down, signed unless `draft`; it is the actor's unless `owner` says.

    Args:
        actor: who does it.
        customer: with whom.
        values: by the fields of `Contract`, and perhaps `draft`.
        key: as of every verb.

    Raises:
        PermissionDenied, Customer.DoesNotExist, ValidationError, KeyReused: as `records.create`.
    """
    said = {"owner": actor, **_fit(values)}
    state = State.DRAFT if said.pop("draft", False) else State.SIGNED
    contract = Contract(customer=customer, state=state)
    return records.create(actor, contract, "contract.noted", said, key=key)


def change(
    actor: User,
    contract: Contract,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Contract:
    """Say something else of a contract that has not ended.

    Raises:
        PermissionDenied, ValidationError, KeyReused, Contract.DoesNotExist, Stale: as
            `records.change`.
    """
    return records.change(
        actor, contract, "contract.changed", _fit(values), expected_version=expected_version,
        key=key, act=_not_ended,
    )  # fmt: skip


def sign(
    actor: User, contract: Contract, *, expected_version: int | None = None, key: str = ""
) -> Contract:
    """A draft was signed; or the notice that was given is taken back.

    Raises:
        PermissionDenied, KeyReused, Contract.DoesNotExist, Stale: as `records.change`.
        ValidationError: where it is signed, or has ended.
    """

    def to(found: Contract) -> None:
        _not_ended(found)
        if found.state == State.SIGNED:
            raise ValidationError(_("The contract is signed already."))
        found.state, found.reason = State.SIGNED, ""

    return records.change(
        actor, contract, "contract.signed", {}, expected_version=expected_version, key=key, act=to
    )


def renew(
    actor: User,
    contract: Contract,
    ends_on: date,
    value: Any = None,
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Contract:
    """Have a running contract go on until a later day, and be worth something else.

    Raises:
        PermissionDenied, KeyReused, Contract.DoesNotExist, Stale: as `records.change`.
        ValidationError: where it does not run, or the day is no later one.
    """

    def longer(found: Contract) -> None:
        if not found.running:
            raise ValidationError(_("Only a contract that runs is renewed."))
        if found.ends_on is None or ends_on <= found.ends_on:
            raise ValidationError({"ends_on": _("Say a later day than its end.")})
        found.state, found.reason = State.SIGNED, ""

    said = {"ends_on": ends_on} | ({} if value is None else {"value": value})
    return records.change(
        actor, contract, "contract.renewed", said, expected_version=expected_version, key=key,
        act=longer,
    )  # fmt: skip


def end(
    actor: User,
    contract: Contract,
    reason: str,
    *,
    at_once: bool = False,
    expected_version: int | None = None,
    key: str = "",
) -> Contract:
    """Note that notice was given, so that it ends on its day; or that it ended already.

    Raises:
        PermissionDenied, KeyReused, Contract.DoesNotExist, Stale: as `records.change`.
        ValidationError: without a reason, and where it has ended.
    """

    def to(found: Contract) -> None:
        _not_ended(found)
        if not reason.strip():
            raise ValidationError({"reason": _("Say why.")})
        if not at_once and (not found.running or not found.ends_on):
            raise ValidationError(_("Notice is given of a contract that runs and has an end."))
        found.state = State.ENDED if at_once else State.NOTICE
        found.reason = reason.strip()

    verb = "contract.ended" if at_once else "contract.notice_given"
    return records.change(
        actor, contract, verb, {}, expected_version=expected_version, key=key,
        reason=reason.strip(), act=to,
    )  # fmt: skip


def move_owned(old: Any, new: Any, customers: Collection[int], actor: Any) -> int:
    """Give the contracts that `old` has with these customers, and have not ended, to `new`."""
    found = Contract.objects.select_for_update().filter(owner=old, customer__in=customers)
    changes = []
    for one in found.exclude(state=State.ENDED):
        before = {"owner": one.owner_id}
        one.owner = new
        events.raised(one)
        changes.append((one, before, {"owner": one.owner_id, "title": one.title}))
    events.record_all(actor, "contract.changed", changes)
    return len(changes)


def endings_of(contracts: Iterable[Contract], calendar: Calendar, today: date) -> list[Ending]:
    """The signed ones among contracts with an end, the nearest first."""
    found = [
        Ending(one, one.notice_by, calendar.workdays(today, one.notice_by))
        for one in contracts
        if one.state == State.SIGNED and one.notice_by
    ]
    return sorted(found, key=lambda each: (each.by, each.contract.pk))


def ending_soon(contracts: QuerySet[Contract], now: datetime) -> list[Ending]:
    """Signed contracts whose day of notice is within `SOON` working days, or has passed."""
    calendar = current()
    return _near(contracts, calendar, calendar.today(now))


def _near(contracts: QuerySet[Contract], calendar: Calendar, today: date) -> list[Ending]:
    notice = ExpressionWrapper(F("ends_on") - F("notice_days"), output_field=DateField())
    last = calendar.next_workday(calendar.add_workdays(today, SOON))
    found = contracts.filter(state=State.SIGNED).annotate(noticed_by=notice)
    near = found.filter(noticed_by__lt=last).select_related("customer__owner", "owner")
    return [one for one in endings_of(near, calendar, today) if one.left <= SOON]


def later_end(ends_on: date, months: int) -> date:
    """The last day of a term of so many months that begins on the day after `ends_on`."""
    first = ends_on + timedelta(days=1)
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    day = min(first.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day) - timedelta(days=1)


def close(due: Due) -> None:
    """One turn of the clock: what renews by itself goes on, what ran out has ended."""
    passed = Contract.objects.select_for_update(of=("self",)).filter(
        state__in=Contract.RUNNING, ends_on__lt=due.day
    )
    found = {f"contract:{one.pk}": one for one in passed.select_related("customer")}
    occurrences = {target: f"{one.ends_on}/{one.version}" for target, one in found.items()}
    running = Contract.objects.filter(state__in=Contract.RUNNING).count()
    for target in due.targets("contract_end", occurrences, population=running):
        _close(found[target], due.day)


def remind(due: Due) -> None:
    """One day: whose contract it is hears of the day of its notice, once at each of `LEVELS`."""
    calendar = load()
    endings = _near(Contract.objects.filter(ends_on__gte=due.day), calendar, due.day)
    near = {f"contract:{one.contract.pk}": one for one in endings if one.left >= 0}
    occurrences = {
        target: f"{one.by}/{next(level for level in LEVELS if one.left <= level)}"
        for target, one in near.items()
    }
    signed = Contract.objects.filter(state=State.SIGNED).count()
    for target in due.targets("contract_notice", occurrences, population=signed):
        _tell(near[target])


def _close(one: Contract, today: date) -> None:
    before = records.shown(one)
    assert one.ends_on
    if one.state == State.SIGNED and one.renewal == Renewal.AUTOMATIC:
        verb, ended, terms = "contract.renewed", one.ends_on, 0
        while one.ends_on < today:
            terms += 1
            one.ends_on = later_end(ended, one.renew_months * terms)
    else:
        verb, one.state = "contract.ended", State.ENDED
    events.raised(one)
    after = records.shown(one)
    names = [name for name in after if after[name] != before[name]]
    events.record(
        None, verb, one, before={name: before[name] for name in names},
        after={name: after[name] for name in names} | {"title": one.title},
    )  # fmt: skip


def _tell(one: Ending) -> None:
    contract = one.contract
    owner = contract.owner or contract.customer.owner
    if owner is None or contract.ends_on is None:
        return
    data = {
        "title": contract.title,
        "customer": contract.customer.name,
        "day": one.by.isoformat(),
        "end": contract.ends_on.isoformat(),
    }
    address = reverse("key_accounts:contract", args=[contract.pk])
    text = TEXTS[Renewal(contract.renewal)]
    notify([owner], KIND.name, text, data, address, customer=contract.customer)


def _not_ended(found: Contract) -> None:
    if found.state == State.ENDED:
        raise ValidationError(_("The contract has ended."))


def _fit(values: Mapping[str, Any]) -> dict[str, Any]:
    said = dict(values)
    if said.get("owner") is not None:
        able(said["owner"])
    if said.get("value") is not None and said["value"] < 0:
        raise ValidationError({"value": _("An amount is not below zero.")})
    return said


JOBS = (
    ClockJob("key_accounts.close", close, at=time(0, 30)),
    ClockJob("key_accounts.contracts", remind, kind="reminder"),
)
