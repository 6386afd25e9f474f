"""What dunning comes to on a day: which letters and calls, and what rests and why."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from django.db.models import Max, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.dunning.models import LETTERS, DunnedInvoice, Level, Step
from kefen_crm.dunning.policy import POLICY, DunningRule, due_stage
from kefen_crm.grading.scopes import divided
from kefen_crm.platform.calendar import current
from kefen_crm.platform.models import Effect
from kefen_crm.platform.scoped_rules import Preview
from kefen_crm.receivables.models import OpenInvoice, Promise
from kefen_crm.receivables.queries import in_dispute

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

NAMED: Final = 20
"""Steps that a preview names, the most money first."""
AT_WORK: Final = (Step.State.APPROVED, Step.State.SENDING, Step.State.UNSURE)
"""Of steps that are decided and not over."""


@dataclass(frozen=True)
class Part:
    """An invoice in a step; `amount` is what is dunned for of its `open`."""

    number: str
    issued_on: date
    due_on: date
    days_late: int
    open: Decimal
    amount: Decimal
    level: Level


@dataclass(frozen=True)
class Planned:
    """A letter to a customer, a call or a hold, about these invoices."""

    customer: int
    rule: DunningRule
    level: Level
    parts: Sequence[Part]

    @property
    def amount(self) -> Decimal:
        return sum((one.amount for one in self.parts), Decimal(0))

    @property
    def days_late(self) -> int:
        return max(one.days_late for one in self.parts)


@dataclass
class Outlook:
    """What rules come to on a day.

    Attributes:
        steps: the most money first.
        resting: how many invoices rest, by why: `dispute`, `promise`, `minimum`, `quiet`.
        counts: for each rule its name, how many customers it holds for, and how many it touches.
    """

    steps: list[Planned] = field(default_factory=list)
    resting: Counter[str] = field(default_factory=Counter)
    counts: list[tuple[str, int, int]] = field(default_factory=list)


def target_of(customer: int, number: str) -> str:
    """An invoice as the effects of dunning name it."""
    return f"invoice:{customer}:{sha256(number.encode()).hexdigest()[:40]}"


def outlook(rules: Sequence[DunningRule], day: date) -> Outlook:
    """What is due to be done on a day; nothing is written."""
    found = Outlook()
    customers = Customer.objects.filter(standing__in=CURRENT)
    for rule, of_rule in divided(rules, customers):
        steps = list(_of_rule(rule, of_rule.values_list("pk", flat=True), day, found.resting))
        touched = len({one.customer for one in steps})
        found.counts.append((rule.name, of_rule.order_by().count(), touched))
        found.steps += steps
    found.steps.sort(key=lambda one: (-one.amount, one.customer, one.level))
    return found


def _of_rule(
    rule: DunningRule, customers: Iterable[int], day: date, resting: Counter[str]
) -> Iterable[Planned]:
    late = OpenInvoice.objects.filter(customer__in=customers, due_on__lt=day)
    rows: dict[int, list[OpenInvoice]] = defaultdict(list)
    for one in late.annotate(disputed=in_dispute()).iterator(10_000):
        rows[one.customer_id].append(one)
    done, promised, written = _done(rows), _promised(rows, day), _last_letters(rows)
    for customer, invoices in sorted(rows.items()):
        parts = list(_parts(rule, invoices, day, done, promised.get(customer, Decimal(0)), resting))
        if sum((one.amount for one in parts), Decimal(0)) < rule.minimum:
            resting["minimum"] += len(parts)
            continue
        last = written.get(customer)
        if last is not None and day < last + timedelta(rule.quiet_days):
            resting["quiet"] += sum(one.level != Level.HOLD for one in parts)
            parts = [one for one in parts if one.level == Level.HOLD]
        for levels in (LETTERS, (Level.CALL,), (Level.HOLD,)):
            these = [one for one in parts if one.level in levels]
            if these:
                yield Planned(customer, rule, max((o.level for o in these), key=_rank), these)


def _rank(level: Level) -> int:
    return list(Level).index(level)


def _parts(
    rule: DunningRule,
    invoices: Iterable[OpenInvoice],
    day: date,
    done: Mapping[str, set[str]],
    promised: Decimal,
    resting: Counter[str],
) -> Iterable[Part]:
    """The invoices of a customer that a stage is due for; what is promised covers the oldest."""
    for one in invoices:
        if one.disputed:  # type: ignore[attr-defined]  # annotated
            resting["dispute"] += 1
            continue
        covered = min(promised, one.open)
        promised -= covered
        if covered == one.open:
            resting["promise"] += 1
            continue
        late = one.days_late(day)
        level = due_stage(rule, late, done.get(target_of(one.customer_id, one.number), ()))
        if level is not None and one.due_on is not None:
            rest = one.open - covered
            yield Part(one.number, one.issued_on, one.due_on, late, one.open, rest, level)


def _done(rows: Mapping[int, Iterable[OpenInvoice]]) -> dict[str, set[str]]:
    """The stages that were done of invoices, or are about to be, by the effects' names of these."""
    done: dict[str, set[str]] = defaultdict(set)
    targets = [target_of(one.customer_id, one.number) for many in rows.values() for one in many]
    effects = Effect.objects.filter(rule=POLICY, target__in=targets)
    for target, level in effects.values_list("target", "occurrence"):
        done[target].add(level)
    # Steps go along when customers are merged, effects do not.
    decided = (*AT_WORK, Step.State.DONE)
    ahead = DunnedInvoice.objects.filter(step__customer__in=rows, step__state__in=decided)
    for customer, number, level in ahead.values_list("step__customer", "number", "level"):
        done[target_of(customer, number)].add(level)
    return done


def _promised(rows: Iterable[int], day: date) -> dict[int, Decimal]:
    """What customers promised until a day that has not passed."""
    found = Promise.objects.filter(customer__in=rows, state=Promise.State.OPEN, due_on__gte=day)
    return dict(found.order_by().values_list("customer").annotate(Sum("amount")))


def _last_letters(rows: Iterable[int]) -> dict[int, date]:
    """The day of each customer's last letter: sent, on its way, or rejected."""
    letters = Step.objects.filter(customer__in=rows, level__in=LETTERS)
    decided = (*AT_WORK, Step.State.DONE, Step.State.REJECTED)
    sent = letters.filter(state__in=decided).order_by()
    found = sent.values_list("customer").annotate(Max("moved_at"))
    return {customer: timezone.localdate(at) for customer, at in found}


def counted(levels: Iterable[str]) -> str:
    """Steps in words: 14 letters, 3 calls, 1 hold."""
    many = Counter("letter" if one in LETTERS else str(one) for one in levels)
    words = {
        "letter": ngettext("%(n)s letter", "%(n)s letters", many["letter"]),
        "call": ngettext("%(n)s call", "%(n)s calls", many["call"]),
        "hold": ngettext("%(n)s hold", "%(n)s holds", many["hold"]),
    }
    told = [words[kind] % {"n": many[kind]} for kind in words if many[kind]]
    return _(", ").join(told) if told else _("nothing to do")


def preview(rules: Sequence[DunningRule]) -> Preview:
    """What rules would propose on the next turn."""
    found = outlook(rules, current().today(timezone.now()))
    first = found.steps[:NAMED]
    customers = Customer.objects.in_bulk([one.customer for one in first])
    return Preview(
        affected=len({one.customer for one in found.steps}),
        population=Customer.objects.filter(standing__in=CURRENT).count(),
        rules=tuple(found.counts),
        names=tuple(
            (
                customers[one.customer].code,
                customers[one.customer].name,
                reverse("customers:detail", args=[customers[one.customer].code]),
                what(one.level, one.amount, one.days_late),
            )
            for one in first
        ),
        notes=(_("Now: %(what)s.") % {"what": counted(one.level for one in found.steps)},
               *resting_words(found.resting)),
    )  # fmt: skip


def what(level: str, amount: Decimal, days_late: int) -> str:
    """A step in words: which, about how much, and how late that is."""
    told = {"level": Level(level).label, "amount": f"{amount:,.2f}", "count": days_late}
    text = ngettext(
        "%(level)s: %(amount)s, up to %(count)s day late",
        "%(level)s: %(amount)s, up to %(count)s days late",
        days_late,
    )
    return text % told


def resting_words(resting: Mapping[str, int]) -> list[str]:
    """Why invoices rest, in words."""
    words = {
        "dispute": _("in dispute"),
        "promise": _("promised"),
        "minimum": _("below the smallest amount"),
        "quiet": _("within the quiet days"),
    }
    return [
        ngettext("%(n)s invoice rests: %(why)s", "%(n)s invoices rest: %(why)s", resting[why])
        % {"n": resting[why], "why": text}
        for why, text in words.items()
        if resting.get(why)
    ]
