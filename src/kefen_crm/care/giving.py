"""Makes what rules of care say, each occasion once; what comes too late is told and not made.

The turn of a day looks back a month, so that an outage loses nothing unseen. What was due and is
not over yet is made at once; a birthday, a holiday or an anniversary that has passed is noted as
too late. What lasts, such as a new product, is made for a week.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, override

from kefen_crm.activities.models import Task
from kefen_crm.activities.queries import leading_scheme
from kefen_crm.care.document import (
    AFTER_PURCHASE,
    ANNIVERSARY,
    BIRTHDAY,
    CARE,
    HOLIDAY,
    HOLIDAYS,
    LASTING,
    NEW_PRODUCT,
    SERVICE,
    SILENT,
)
from kefen_crm.care.models import LATE, NO_TEMPLATE, NOBODY, Care
from kefen_crm.care.occasions import Occasion, find
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.grading.models import CustomerClass
from kefen_crm.holdout.queries import held_among
from kefen_crm.outreach import reaching
from kefen_crm.outreach.models import Template, Why
from kefen_crm.outreach.queueing import queue
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.events import record_all
from kefen_crm.platform.models import RuleDocument
from kefen_crm.platform.parts import ClockJob
from kefen_crm.platform.rules import SET_RULES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from kefen_crm.care.document import CareRule
    from kefen_crm.platform.due import Due

ORIGIN: Final = "care."
LOOKED_BACK: Final = timedelta(days=31)
LASTS: Final = timedelta(days=7)
BATCH: Final = 2_000
LANGUAGES: Final = {"zh": "zh-hans", "en": "en"}
TEXTS: Final = {
    BIRTHDAY: gettext_noop("Birthday of %(contact)s on %(day)s"),
    ANNIVERSARY: gettext_noop("%(years)s years since the first order"),
    NEW_PRODUCT: gettext_noop("New product: %(product)s"),
    AFTER_PURCHASE: gettext_noop("Bought of %(category)s on %(day)s"),
    SILENT: gettext_noop("No order since %(day)s"),
}
EARLIER: Final = (gettext_noop("No order for %(days)s days, the last on %(day)s"),)
"""What tasks of before say why they are there."""
ORDERED: Final = gettext_noop("Ordered again")
LUNAR_BIRTHDAY: Final = gettext_noop("Birthday of %(contact)s on %(day)s, by the lunar calendar")


def turn(due: Due) -> None:
    """Make what is due by today of what was not made yet."""
    call_off(due.now)
    published = rules.published(CARE)
    if published is None:
        return
    found: list[CareRule] = rules.parse(rules.kinds()[CARE], published.document)
    begun = introduced()
    these = outstanding(find(found, due.day - LOOKED_BACK, due.day, cared_for()))
    late, ready = [], []
    for one in these:
        since = begun.get(one.rule.name, due.day)
        if not over(one, due.day):
            if one.rule.occasion not in LASTING or one.due >= since:
                ready.append(one)
        elif one.due > since:
            late.append(one)
    by_target = {_target(one): one for one in ready}
    targets = due.targets(
        CARE,
        {target: one.mark.partition("/")[2] for target, one in by_target.items()},
        population=Customer.objects.filter(standing__in=CURRENT).count(),
    )
    wording = published.version or 0
    _kept([(one, {"why": LATE}) for one in late], wording)
    give([by_target[one] for one in targets], due.day, due.now, wording)


def call_off(now: datetime) -> int:
    """Call off what asks after customers who were silent and have ordered since; gives how many."""
    open_ = Task.objects.filter(origin=f"{ORIGIN}{SILENT}", state=Task.State.OPEN)
    tasks = [
        one
        for one in open_.select_for_update(of=("self",)).select_related("customer")
        if str(one.customer.last_order_on or "") > (one.told or {}).get("data", {}).get("day", "")
    ]
    with override(settings.LANGUAGE_CODE):
        for one in tasks:
            one.state, one.reason = Task.State.CANCELLED, gettext(ORDERED)
            one.closed_on, one.changed, one.version = timezone.localdate(now), now, one.version + 1
    fields = ["state", "reason", "closed_on", "changed", "version"]
    Task.objects.bulk_update(tasks, fields, batch_size=BATCH)
    told = {"state": Task.State.OPEN}, {"state": Task.State.CANCELLED}
    record_all(None, "task.cancelled", [(one, *told) for one in tasks])
    return len(tasks)


def cared_for() -> Any:
    """The customers whom rules of care may be for."""
    return Customer.objects.filter(standing__in=CURRENT)


def introduced() -> dict[str, date]:
    """Since which day there is each rule, by its name, without a break."""
    found: dict[str, date] = {}
    versions = RuleDocument.objects.filter(kind=CARE, version__isnull=False).order_by("version")
    zone = current().zone
    for names, at in (
        ({str(rule.get("name")) for rule in one.document.get("rules", [])}, one.at)
        for one in versions
    ):
        day = at.astimezone(zone).date()
        found = {name: found.get(name, day) for name in names}
    return found


def over(one: Occasion, today: date) -> bool:
    """Whether it is too late for an occasion."""
    if one.rule.occasion in LASTING:
        return today > one.due + LASTS
    return today > one.day


def outstanding(these: Sequence[Occasion]) -> list[Occasion]:
    """Those that were not answered yet."""
    keys = [one.key for one in these]
    known: set[str] = set()
    for start in range(0, len(keys), BATCH):
        part = keys[start : start + BATCH]
        known.update(Care.objects.filter(key__in=part).values_list("key", flat=True))
    return [one for one in these if one.key not in known]


def give(these: Sequence[Occasion], today: date, now: datetime, wording: int) -> list[Care]:
    """Make the tasks and messages of occasions, and keep what came of each."""
    tasks = [one for one in these if one.rule.by_hand]
    written = [one for one in these if not one.rule.by_hand]
    return _kept([*_tasks(tasks, today, now, wording), *_messages(written, now)], wording)


def _tasks(
    these: Sequence[Occasion], today: date, now: datetime, wording: int
) -> list[tuple[Occasion, dict[str, Any]]]:
    customers = _customers(these)
    silent = silenced(these, now)
    tasks: dict[str, Task] = {}
    why: dict[str, str] = {}
    with override(settings.LANGUAGE_CODE):
        for one in these:
            customer = customers[one.customer]
            if one.key in silent:
                why[one.key] = silent[one.key]
            elif customer.owner is None or not customer.owner.is_active:
                why[one.key] = NOBODY
            else:
                tasks[one.key] = Task(
                    customer=customer,
                    kind=one.rule.means,
                    title=(one.rule.title or one.rule.name_of_occasion)[:200],
                    due_on=max(one.due, today),
                    owner=customer.owner,
                    origin=f"{ORIGIN}{one.rule.occasion}",
                    occurrence=_digest(one.key),
                    told=reason(one, wording),
                )
    made = Task.objects.bulk_create(tasks.values(), batch_size=BATCH)
    record_all(None, "task.planned", ((one, {}, one.values()) for one in made))
    return [(one, {"task": tasks.get(one.key), "why": why.get(one.key, "")}) for one in these]


def silenced(these: Sequence[Occasion], now: datetime) -> dict[str, str]:
    """The occasions, by their keys, of customers who are left in peace now, and why."""
    pleasant = [one for one in these if one.rule.occasion not in SERVICE]
    customers = {one.customer for one in pleasant}
    found = dict.fromkeys(held_among(customers), Why.HOLDOUT) | reaching.silenced(customers, now)
    return {one.key: found[one.customer] for one in pleasant if one.customer in found}


def reason(one: Occasion, wording: int) -> dict[str, Any]:
    """Why a task is there."""
    text = TEXTS.get(one.rule.occasion, "")
    if one.rule.occasion == HOLIDAY:
        text = HOLIDAYS[one.rule.holiday]
    elif one.told.get("lunar"):
        text = LUNAR_BIRTHDAY
    data = {"product": one.rule.product, **one.told}
    about = {"rule": one.rule.name, "wording": wording, "minutes": one.rule.minutes}
    return {"text": text, "data": data, **about}


def _messages(these: Sequence[Occasion], now: datetime) -> list[tuple[Occasion, dict[str, Any]]]:
    """Queue messages by the one gate; of a customer one at a time, so that each has its contact."""
    rounds: dict[tuple[Any, ...], dict[int, Occasion]] = defaultdict(dict)
    for one in these:
        number = 0
        about = (one.rule.template, one.rule.language, one.rule.name, one.day)
        while one.customer in rounds[*about, number]:
            number += 1
        rounds[*about, number][one.customer] = one
    templates = {one.name: one for one in Template.objects.filter(active=True)}
    found = []
    for (name, language, *_more), part in rounds.items():
        made: Mapping[int, int] = {}
        refused: dict[int, str] = dict.fromkeys(part, NO_TEMPLATE)
        if name in templates:
            made, refused = _queued(templates[name], language, part, now)
        found += [
            (one, {"message_id": made.get(pk), "why": refused.get(pk, "")})
            for pk, one in part.items()
        ]
    return found


def _queued(
    template: Template, language: str, part: Mapping[int, Occasion], now: datetime
) -> tuple[dict[int, int], dict[int, str]]:
    first = next(iter(part.values()))
    with override(LANGUAGES[language]):
        values = {"occasion": first.rule.name_of_occasion, "product": first.rule.product}
    contacts = [one.contact for one in part.values() if one.contact]
    try:
        made, refused = queue(
            template,
            list(part),
            {pk: f"care/{one.key}"[:200] for pk, one in part.items()},
            now,
            language=language,
            contacts=contacts or None,
            extra={pk: {name: one for name, one in values.items() if one} for pk in part},
            until=_until(first),
        )
    except ValidationError:  # no words in this language
        return {}, dict.fromkeys(part, NO_TEMPLATE)
    return made, {pk: str(why) for pk, why in refused.items()}


def _until(one: Occasion) -> datetime:
    """When it is too late to send."""
    last = one.due + LASTS if one.rule.occasion in LASTING else one.day
    end = datetime.combine(last + timedelta(days=1), time(), tzinfo=current().zone)
    return end.astimezone(UTC)


def _kept(these: Sequence[tuple[Occasion, dict[str, Any]]], wording: int) -> list[Care]:
    classes = _classes({one.customer for one, _made in these})
    return Care.objects.bulk_create(
        (
            Care(
                key=one.key,
                customer_id=one.customer,
                contact_id=one.contact,
                rule=one.rule.name,
                wording=wording,
                occasion=one.rule.occasion,
                day=one.day,
                due_on=one.due,
                class_key=classes.get(one.customer) or "",
                minutes=one.rule.minutes if one.rule.by_hand else 0,
                money=one.rule.money,
                **made,
            )
            for one, made in these
        ),
        batch_size=BATCH,
    )


def _customers(these: Sequence[Occasion]) -> dict[int, Customer]:
    found: dict[int, Customer] = {}
    wanted = sorted({one.customer for one in these})
    for start in range(0, len(wanted), BATCH):
        part = Customer.objects.filter(pk__in=wanted[start : start + BATCH])
        found |= {one.pk: one for one in part.select_related("owner")}
    return found


def _classes(customers: Collection[int]) -> dict[int, str | None]:
    scheme = leading_scheme()
    rows = CustomerClass.objects.filter(scheme=scheme, customer__in=list(customers))
    return dict(rows.values_list("customer", "class_key")) if scheme else {}


def _target(one: Occasion) -> str:
    return f"{one.mark.partition('/')[0]}/{_digest(one.rule.slot)[:16]}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


JOB: Final = ClockJob("care.give", turn, at=time(7), permit=SET_RULES)
