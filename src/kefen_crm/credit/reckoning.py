"""Reckons credit: for every customer at once, and for one who is about to order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from kefen_crm.credit.models import Block, CreditAccount, CreditException, CreditHold
from kefen_crm.credit.terms import TERMS, CreditRule, late_for_long, limit_of, ordered
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.grading.scopes import divided
from kefen_crm.platform import rules
from kefen_crm.receivables.models import OpenInvoice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from django.db.models import QuerySet

NOTHING: Final = Decimal(0)
Known = tuple[Decimal, Decimal]
"""Sales a month, and orders not invoiced."""


@dataclass(frozen=True)
class Answer:
    """Whether a customer may order for so much, and why not.

    Attributes:
        reasons: why it is blocked; none where it is not.
        exception: the exception that holds, if any.
    """

    account: CreditAccount
    amount: Decimal
    reasons: Sequence[Block]
    exception: CreditException | None

    @property
    def allowed(self) -> bool:
        return not self.reasons


def accounts(
    customers: QuerySet[Customer],
    found: Sequence[CreditRule],
    known: Mapping[int, Known],
    day: date,
) -> list[CreditAccount]:
    """The accounts of customers by these rules on a day, none saved.

    Whom no rule holds for has the limit of the own file, or no account without one.
    """
    made: list[CreditAccount] = []
    left = customers
    for rule, of_rule in divided(found, customers):
        made += _of_rule(rule, of_rule, known, day)
        left = left.exclude(pk__in=of_rule.values("pk"))
    made += _of_rule(None, left.filter(credit_limit__isnull=False), known, day)
    return made


def _of_rule(
    rule: CreditRule | None,
    customers: QuerySet[Customer],
    known: Mapping[int, Known],
    day: date,
) -> Iterable[CreditAccount]:
    pks = customers.order_by()
    late, open_ = _open(pks)
    holds = CreditHold.objects.filter(customer__in=pks, released_at=None)
    held = set(holds.values_list("customer", flat=True))
    granted = in_force(pks, day)
    rows = customers.order_by("pk").values_list("pk", "credit_limit", "credit_days")
    for pk, own_limit, own_days in rows.iterator(10_000):
        monthly, not_invoiced = known.get(pk, (NOTHING, NOTHING))
        limit = own_limit if rule is None else limit_of(rule, monthly)
        days = own_days if rule is None else rule.days
        exception = granted.get(pk)
        if exception and exception.limit is not None:
            limit = exception.limit
        blocks = {Block.HOLD.value} if pk in held else set()
        passes = exception is not None and exception.despite_overdue
        if rule and not passes and late_for_long(rule, late[pk], day):
            blocks.add(Block.OVERDUE.value)
        used = open_.get(pk, NOTHING) + not_invoiced
        if limit is not None and used > limit:
            blocks.add(Block.LIMIT.value)
        yield CreditAccount(
            customer_id=pk,
            rule=rule.name if rule else "",
            days=days,
            limit=limit,
            monthly_sales=monthly,
            open=open_.get(pk, NOTHING),
            not_invoiced=not_invoiced,
            days_late=max([(day - due).days for due, _amount in late[pk] if due < day], default=0),
            blocks=ordered(blocks),
        )


def _open(
    customers: QuerySet[Customer],
) -> tuple[dict[int, list[tuple[date, Decimal]]], dict[int, Decimal]]:
    """What is due of customers by day, and what is open in all."""
    late: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    open_: dict[int, Decimal] = defaultdict(Decimal)
    rows = OpenInvoice.objects.filter(customer__in=customers).order_by()
    for customer, due, amount in rows.values_list("customer", "due_on", "open").iterator(10_000):
        open_[customer] += amount
        if due:
            late[customer].append((due, amount))
    return late, open_


def in_force(
    customers: QuerySet[Customer] | Sequence[int], day: date
) -> dict[int, CreditException]:
    """The exception of each customer that holds on a day: the one approved last."""
    found = CreditException.objects.filter(
        customer__in=customers, state=CreditException.State.APPROVED, until__gte=day
    )
    return {one.customer_id: one for one in found.order_by("pk")}


def known_of(customers: Iterable[int]) -> dict[int, Known]:
    """The figures of customers as they were last read from the ledger."""
    rows = CreditAccount.objects.filter(customer__in=customers)
    told = rows.values_list("customer", "monthly_sales", "not_invoiced")
    return {pk: (monthly, ordered_) for pk, monthly, ordered_ in told}


def check(customer: Customer, amount: Decimal, day: date, *, prepaid: bool = False) -> Answer:
    """Whether a customer may order for `amount`, in the base currency, by what is known now.

    What is paid in advance passes, whatever else there is.
    """
    one = Customer.objects.filter(pk=customer.pk, standing__in=CURRENT)
    made = accounts(one, rules.in_force(TERMS), known_of([customer.pk]), day)
    account = made[0] if made else _without_terms(customer)
    exception = in_force([customer.pk], day).get(customer.pk)
    blocks = set(account.blocks) - {Block.LIMIT.value}
    used = account.open + account.not_invoiced
    if account.limit is not None and used + amount > account.limit:
        blocks.add(Block.LIMIT.value)
    reasons = [] if prepaid else [Block(one) for one in ordered(blocks)]
    return Answer(account, amount, reasons, exception)


def _without_terms(customer: Customer) -> CreditAccount:
    """Nothing limits the customer but a hold."""
    held = CreditHold.objects.filter(customer=customer, released_at=None).exists()
    amounts = OpenInvoice.objects.filter(customer=customer).values_list("open", flat=True)
    open_ = sum(amounts, NOTHING)
    return CreditAccount(
        customer=customer, limit=None, monthly_sales=NOTHING, open=open_, not_invoiced=NOTHING,
        blocks=[Block.HOLD.value] if held else [],
    )  # fmt: skip
