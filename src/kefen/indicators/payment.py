"""Payment indicators (付款指标): what is owed, since when, and how a customer pays.

Every invoice is cut into portions, each paid on one day or still open:

1. A payment that names an invoice of the ledger pays that invoice, earlier payments first, as far
   as it is still open.
2. All other money pays the customer's open invoices, the oldest first (by day of issue, then by
   number), earlier money first: payments that name no invoice, what a payment gives beyond its
   invoice, and credit notes (invoices below zero, on their day).
3. A payment below zero was taken back: it is owed again from its day on, due at once.

What is left over is paid in advance and counts for nothing. An invoice is due on `due_on`, else
its customer's `credit_days` after issue; without either it is never late. On the as-of date it is
late when it was due before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from kefen.deferred import ibis
from kefen.indicators.base import Provider
from kefen.indicators.provider_indicators import MONEY, WIDE, days_ago, given, ratio

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.indicators.base import Ledger
    from kefen.period import Window

_KEY: Final = "customer_id"
_PORTIONS: Final[WeakKeyDictionary[Engine, tuple[Any, ir.Table]]] = WeakKeyDictionary()
_DEBT: Final = ("customer_id", "debt_id", "age", "term", "amount")
_PORTION: Final = (*_DEBT, "ago")


def portions(ledger: Ledger, as_of: date) -> ir.Table:
    """Every portion of every invoice: `customer_id`, `debt_id`, `age`, `term`, `amount`, `wait`.

    `debt_id` is the number of the invoice, or of the payment that was taken back; `age` is days
    since issue, `term` days from issue until due (null: no due date), `wait` days from issue until
    paid (null: still open; paid before issue counts as 0).
    """
    debts, paid = _debts(ledger, as_of), _paid(ledger, as_of)
    owed = debts.select("debt_id", debtor=_KEY, age="age", term="term", owed="amount")
    met = paid.inner_join(owed, paid.invoice_id == owed.debt_id)
    earlier = ibis.window(
        group_by="debt_id", order_by=[ibis.desc("ago"), "payment_id"], preceding=None, following=0
    )
    met = met.mutate(before=met.amount.sum().over(earlier).cast(WIDE) - met.amount)
    left = ibis.greatest(met.owed - met.before, 0)
    met = met.mutate(part=ibis.least(met.amount, left).cast(MONEY))
    named = met.filter(met.part > 0)
    named = named.select(
        named.debtor.name(_KEY), "debt_id", "age", "term", amount=named.part, ago="ago"
    )
    settled = named.group_by("debt_id").aggregate(settled=named.amount.sum().cast(WIDE))
    rest = debts.left_join(settled, "debt_id")
    rest = rest.select(
        *(c for c in _DEBT if c != "amount"),
        amount=(rest.amount - rest.settled.fill_null(0)).cast(MONEY),
    )
    beyond = met.select(_KEY, "payment_id", "ago", amount=(met.amount - met.part).cast(MONEY))
    loose = paid.anti_join(owed, paid.invoice_id == owed.debt_id)
    pool = loose.select(_KEY, "payment_id", "ago", "amount").union(beyond)
    oldest_first = _by_age(rest.filter(rest.amount > 0), pool.filter(pool.amount > 0))
    every = named.select(*_PORTION).union(oldest_first.select(*_PORTION))
    wait = ibis.greatest(every.age - every.ago, 0)
    return every.select(
        _KEY, "debt_id", "age", "term", "amount", wait=ibis.cases((every.ago.notnull(), wait))
    )


def _debts(ledger: Ledger, as_of: date) -> ir.Table:
    """What customers came to owe: `customer_id`, `debt_id`, `age`, `term`, `amount`."""
    invoices, payments = ledger.table("invoices"), ledger.table("payments")
    terms = ledger.table("customers").select(_KEY, "credit_days")
    billed = invoices.filter((invoices.issued_on < as_of) & (invoices.amount > 0))
    billed = billed.left_join(terms, _KEY)
    until_due = billed.due_on.delta(billed.issued_on, unit="day").cast("int64")
    billed = billed.select(
        _KEY,
        debt_id="invoice_id",
        age=days_ago(as_of, billed.issued_on),
        term=ibis.coalesce(until_due, billed.credit_days),
        amount="amount",
    )
    back = payments.filter((payments.paid_on < as_of) & (payments.amount < 0))
    back = back.select(
        _KEY,
        debt_id="payment_id",
        age=days_ago(as_of, back.paid_on),
        term=ibis.literal(0, "int64"),
        amount=(-back.amount).cast(MONEY),
    )
    return billed.union(back)


def _paid(ledger: Ledger, as_of: date) -> ir.Table:
    """Money that came in: `customer_id`, `invoice_id`, `payment_id`, `ago`, `amount`."""
    invoices, payments = ledger.table("invoices"), ledger.table("payments")
    money = payments.filter((payments.paid_on < as_of) & (payments.amount > 0))
    money = money.select(
        _KEY, "invoice_id", "payment_id", ago=days_ago(as_of, money.paid_on), amount="amount"
    )
    notes = invoices.filter((invoices.issued_on < as_of) & (invoices.amount < 0))
    notes = notes.select(
        _KEY,
        invoice_id=ibis.null("string"),
        payment_id="invoice_id",
        ago=days_ago(as_of, notes.issued_on),
        amount=(-notes.amount).cast(MONEY),
    )
    return money.union(notes)


def _by_age(debts: ir.Table, pool: ir.Table) -> ir.Table:
    """Lay each customer's debts and money end to end, each by age, and cut at every end.

    Between two ends lies one debt and one payment, or none.
    """
    debts = debts.select(
        _KEY,
        upto=_running(debts, [ibis.desc("age"), "debt_id"]),
        is_money=ibis.literal(0),
        debt=ibis.struct({"at": -debts.age, "debt_id": debts.debt_id, "term": debts.term}),
        ago=ibis.null("int64"),
    )
    pool = pool.select(
        _KEY,
        upto=_running(pool, [ibis.desc("ago"), "payment_id"]),
        is_money=ibis.literal(1),
        debt=ibis.null(debts.debt.type()),
        ago="ago",
    )
    ends = debts.union(pool)
    order = ["upto", "is_money"]
    before = ends.upto.lag(1).over(ibis.window(group_by=_KEY, order_by=order))
    onward = ibis.window(group_by=_KEY, order_by=order, preceding=0, following=None)
    cut = ends.mutate(
        amount=(ends.upto - before.fill_null(0)).cast(MONEY),
        owed=ends.debt.min().over(onward),
        paid_ago=ends.ago.max().over(onward),
    )
    cut = cut.filter((cut.amount > 0) & cut.owed["at"].notnull())
    return cut.select(
        _KEY,
        debt_id=cut.owed["debt_id"],
        age=-cut.owed["at"],
        term=cut.owed["term"],
        amount=cut.amount,
        ago=cut.paid_ago,
    )


def _running(table: ir.Table, order: list[Any]) -> Any:
    upto = ibis.window(group_by=_KEY, order_by=order, preceding=None, following=0)
    return table.amount.sum().over(upto).cast(WIDE)


def _shared(ledger: Ledger, as_of: date) -> ir.Table:
    """The portions, worked out once for all indicators where the engine is a cluster.

    Each statement that has them in it would work them out several times there.
    """
    engine = ledger.engine
    if engine.embedded:
        return portions(ledger, as_of)
    key = (*(ledger.table(kind).op() for kind in ("invoices", "payments", "customers")), as_of)
    known = _PORTIONS.get(engine)
    if known is not None and known[0] == key:
        return known[1]
    if known is not None:
        engine.drop(known[1])
    _PORTIONS[engine] = key, engine.materialise(portions(ledger, as_of))
    return _PORTIONS[engine][1]


def _open(ledger: Ledger, as_of: date, _window: Window) -> ir.Table:
    """What is open on the day; only the oldest overdue needs to know of invoices at all."""
    parts = _shared(ledger, as_of)
    open_ = parts.wait.isnull()
    overdue = open_ & (parts.age > parts.term).fill_null(False)
    totals = parts.group_by(_KEY).aggregate(
        owed=parts.amount.sum(where=open_).cast(MONEY),
        late=parts.amount.sum(where=overdue).cast(MONEY),
        oldest=(parts.age - parts.term).max(where=overdue).fill_null(0),
    )
    cards = ledger.table("customers").select(_KEY, "credit_limit")
    every = cards.left_join(totals, _KEY)
    nothing = ibis.literal(0, MONEY)
    owed = every.owed.fill_null(nothing)
    return every.select(
        _KEY,
        outstanding=owed,
        overdue_amount=every.late.fill_null(nothing),
        oldest_overdue_days=every.oldest,
        credit_use=ratio(owed, every.credit_limit),
    )


def _habits(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
    """How the invoices of the window were paid, each yuan with its days."""
    parts, start = _shared(ledger, as_of), window.start(as_of)
    if start is not None:
        parts = parts.filter(parts.age <= (as_of - start).days)
    days = parts.wait.coalesce(parts.age)
    late = ibis.greatest(days - parts.term, 0)
    ended = ((parts.wait.notnull() & parts.term.notnull()) | (parts.age > parts.term)).fill_null(
        False
    )
    totals = parts.group_by(_KEY).aggregate(
        billed=parts.amount.sum(),
        waited=(parts.amount * days).sum().cast(WIDE),
        ended=parts.amount.sum(where=ended),
        late=parts.amount.sum(where=ended & (days > parts.term)),
        overrun=(parts.amount * late).sum(where=ended).cast(WIDE),
    )
    return totals.select(
        _KEY,
        collection_period=ratio(totals.waited, totals.billed),
        share_paid_late=ratio(totals.late.fill_null(0), totals.ended),
        average_days_late=ratio(totals.overrun.fill_null(0), totals.ended),
    )


_OPEN: Final = Provider("payment.open", _open, alone=True)
_HABITS: Final = Provider("payment.habits", _habits, alone=True)
_NEEDS: Final = {
    "invoices": ("invoice_id", "issued_on", "amount", "due_on"),
    "payments": ("invoice_id", "paid_on", "amount"),
}
_TERMS: Final = {**_NEEDS, "customers": ("credit_days",)}

INDICATORS: Final = (
    given(
        _OPEN,
        "outstanding",
        ("应收余额", "Outstanding"),
        "money",
        (
            "截止日前开票而尚未收回的金额",
            "invoiced before the as-of date and not paid by then",
        ),
        _NEEDS,
        higher=False,
        windowed=False,
    ),
    given(
        _OPEN,
        "overdue_amount",
        ("逾期金额", "Overdue amount"),
        "money",
        ("应收余额中到期日早于截止日的部分", "the part of it that was due before the as-of date"),
        _TERMS,
        higher=False,
        windowed=False,
    ),
    given(
        _OPEN,
        "oldest_overdue_days",
        ("最长逾期天数", "Oldest overdue"),
        "days",
        (
            "截止日 − 最早的未付逾期发票的到期日；没有逾期为 0，从未开票为空",
            (
                "as-of date − earliest due date of an open invoice; 0 when none is overdue, empty "
                "when nothing was ever invoiced"
            ),
        ),
        _TERMS,
        higher=False,
        windowed=False,
    ),
    given(
        _OPEN,
        "credit_use",
        ("信用占用率", "Credit use"),
        "ratio",
        ("应收余额 ÷ 信用额度；没有额度则为空", "outstanding ÷ credit limit; empty without one"),
        {**_NEEDS, "customers": ("credit_limit",)},
        higher=False,
        windowed=False,
    ),
    given(
        _HABITS,
        "collection_period",
        ("回款周期", "Collection period"),
        "days",
        (
            "窗口内开票金额按收款天数加权平均；未收部分算到截止日",
            (
                "days from invoice to payment of the window's invoices, weighted by amount; what "
                "is open counts up to the as-of date"
            ),
        ),
        _NEEDS,
        higher=False,
        source="Days sales outstanding, invoice by invoice instead of by balances",
    ),
    given(
        _HABITS,
        "share_paid_late",
        ("逾期付款占比", "Share paid late"),
        "ratio",
        (
            "窗口内开票、已付或已到期的金额中，到期后才付或逾期未付的占比",
            (
                "of the amounts invoiced in the window and paid or fallen due, the part paid after "
                "the due date or overdue"
            ),
        ),
        _TERMS,
        higher=False,
    ),
    given(
        _HABITS,
        "average_days_late",
        ("平均逾期天数", "Average days late"),
        "days",
        (
            "同上金额的逾期天数按金额加权平均；按期付款计 0 天",
            "days past the due date, weighted by amount, of the same amounts; on time counts as 0",
        ),
        _TERMS,
        higher=False,
    ),
)
