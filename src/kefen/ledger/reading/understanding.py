"""Understands the headings of a source: its kind, its mapping, and what a person must say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kefen.errors import ReadingError
from kefen.ledger.facts import KINDS
from kefen.ledger.reading import candidates
from kefen.ledger.reading.beside import first
from kefen.ledger.reading.column_mapping import (
    columns_known,
    guess_mapping,
    is_reserved,
    missing_columns,
    override_mapping,
)
from kefen.ledger.reading.kinds import guess_kind, hinted
from kefen.ledger.reading.layouts import recognise
from kefen.ledger.reading.model import CUSTOMER_NAME, Notice
from kefen.ledger.reading.normal import normal, whole
from kefen.ledger.reading.one_column import in_one_cell
from kefen.ledger.reading.payable import before_change, payable
from kefen.ledger.reading.running import without_running
from kefen.ledger.reading.samples import looks as look_at
from kefen.ledger.reading.summaries import summary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen.ledger.facts import Kind
    from kefen.ledger.reading.dates import Order
    from kefen.ledger.reading.layouts import KnownLayout
    from kefen.ledger.reading.samples import Look, Sample

_QUESTIONS = (
    "kind-between",
    "not-sold",
    "column-unclear",
    "months-as-columns",
    "ageing-report",
    "pivot-table",
    "table-on-its-side",
    "tables-side-by-side",
    "period-too-long",
)
_OFFERED = re.compile(
    r"报价|询价|quotation|quoted?(?:amount|date|price|total|value)|^quotes?$|proforma"
)
_PLANNED = re.compile(rf"{_OFFERED.pattern}|预算|目标|预测|计划|budget|target|forecast|planned")
_AGED = re.compile(r"账龄|(?i:\bage?ing\b|open invoices|未结发票|未收明细)")
_OWN_MONEY = re.compile(r"(?i)company|base|convert|home|local|\blcy\b|本[位]?币|人民币|折[合算]")
_FOREIGN_MONEY = re.compile(r"(?:外币|原币|foreign|fcy|fccurrency).*(?:额|价|amount|total|value)")
_RECEIVED = re.compile(
    r"(?:收款|回款|到账|来款)(?:方式|形式|渠道|账户|帐户|账号|帐号|银行|人)"
    r"|receipt(?:method|type)|receivedby|deposit(?:ed)?to|payment(?:method|type|mode)"
)
_SALES = re.compile(r"订单|销售|成交|order|sale|sold")


_ALLOCATED = re.compile(
    r"(?:本次)?(?:核销|分摊)(?:金?额)?|(?:amount)?(?:allocated|applied)(?:amount|toinvoice)?"
    r"|allocation(?:amount)?"
)


@dataclass(frozen=True)
class Understanding:
    """What was understood. `unclear` lists, for a required column, the headings it may be in.

    `rivals` are the kinds a person must choose from when `kind` is None, and `money` the headings
    that forbid to choose for them. `periods` are headings that are months, quarters or years,
    `offered` what says that the rows are offers or plans, `summary` why the table is no list of
    facts.
    """

    kind: Kind | None
    confidence: float = 0.0
    mapping: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unclear: dict[str, list[str]] = field(default_factory=dict)
    rivals: tuple[str, ...] = ()
    money: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    date_order: Order | None = None
    statuses: Mapping[str, bool] = field(default_factory=dict)
    returns: frozenset[str] = frozenset()
    periods: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    summary: tuple[str, Mapping[str, Any]] | None = None


def understand(
    headings: Sequence[str],
    sample: Sample,
    hints: str,
    kind: Kind | None,
    given: Mapping[str, str | None],
) -> Understanding:
    """Kind and mapping of a source by its headings and first rows, and by what a person says.

    Raises:
        ReadingError: `unknown-heading`, `unknown-target` or `column-twice` in `given`.
    """
    titled_returns = kind is None and hinted(KINDS["returns"], hints)
    looks = look_at([heading for heading in headings if not is_reserved(heading)], sample)
    known = None if titled_returns else _known_layout(headings, kind, given, looks)
    if known is not None:
        return known
    found = None if kind or given else summary(headings, looks, sample)
    if found:
        return Understanding(None, summary=found)
    guess = guess_kind(headings, hints, looks, given)
    confidence = 1.0 if kind else guess.confidence
    chosen = kind or guess.kind
    if chosen is None:
        return Understanding(None, rivals=guess.rivals, money=guess.money)
    guessed, running = without_running(chosen, guess_mapping(chosen, headings, sample), sample)
    mapping = override_mapping(chosen, headings, guessed, given)
    mapping = _without_products(mapping, headings, given)
    mapping, unclear, notices = _by_values(chosen, headings, mapping, looks, given)
    mapping, told = _in_base(mapping, looks, given)
    notices += told
    notices += _doubts_of_kind(chosen, headings, mapping, kind)
    if running is not None and running not in mapping:
        notices.append(Notice("running-number", {"heading": running}))
    if kind is None and guess.money:
        data = {"headings": list(guess.money), "kind": chosen.label["en"]}
        notices.append(Notice("money-without-column", data | {"kind_zh": chosen.label["zh"]}))
    if kind is None and chosen.name in candidates.SOLD and _AGED.search(hints):
        amounts = tuple(h for h, column in mapping.items() if column == "amount")
        return Understanding(None, rivals=("invoices", "orders"), money=amounts)
    if kind is None and chosen.name in candidates.SOLD:
        offered = tuple(_offered(headings, mapping, given, hints))
        if offered:
            return Understanding(None, offered=offered)
    missing = missing_columns(chosen, list(mapping.values()))
    free = {heading: seen for heading, seen in looks.items() if heading not in mapping}
    return Understanding(
        chosen,
        confidence,
        mapping,
        missing,
        unclear,
        notices=tuple(notices),
        periods=tuple(candidates.periods(free)),
    )


def in_base(heading: str) -> bool:
    """Whether a heading over money says that it is in the currency of the company.

    >>> in_base("本币金额"), in_base("Amount (LCY)"), in_base("金额")
    (True, True, False)
    """
    return bool(_OWN_MONEY.search(heading))


def _in_base(
    mapping: dict[str, str], looks: Mapping[str, Look], given: Mapping[str, str | None]
) -> tuple[dict[str, str], list[Notice]]:
    """The mapping without currency and rate where the amount is in the base currency already, as
    its heading says, or that of other money beside it in the foreign one.
    """
    heading = next((h for h, column in mapping.items() if column == "amount"), None)
    rates = {h for h, column in mapping.items() if column in ("currency", "rate")}
    if heading is None or "rate" not in mapping.values() or rates & {h for h in given if given[h]}:
        return mapping, []
    foreign = [
        other
        for other, seen in looks.items()
        if other not in mapping and seen.is_number and _FOREIGN_MONEY.search(whole(other))
    ]
    if not in_base(heading) and not (foreign and not _FOREIGN_MONEY.search(whole(heading))):
        return mapping, []
    kept = {h: column for h, column in mapping.items() if h not in rates}
    headings = [h for h in mapping if h in rates]
    data = {"heading": heading, "headings": headings, "count": len(rates)}
    return kept, [Notice("amount-in-base", data)]


def _doubts_of_kind(
    chosen: Kind, headings: Sequence[str], mapping: Mapping[str, str], said: Kind | None
) -> list[Notice]:
    """What speaks against rows that are taken for sales: the number of an invoice, a receipt."""
    if said is not None or chosen.name not in candidates.SOLD:
        return []
    number = next((h for h, column in mapping.items() if column == "order_id"), None)
    if number is not None and re.search(r"发票|invoice", normal(number)):
        return [Notice("invoices-as-sales", {"heading": number})]
    if number is None and chosen.name == "orders" and "status" not in mapping.values():
        how = next((h for h in headings if _RECEIVED.fullmatch(normal(h))), None)
        return [Notice("receipts-as-sales", {"heading": how})] if how else []
    return []


def _known_layout(
    headings: Sequence[str],
    kind: Kind | None,
    given: Mapping[str, str | None],
    looks: Mapping[str, Look],
) -> Understanding | None:
    """What a known export says, with a person's corrections; None when it is none."""
    layout = recognise(headings, kind)
    if layout is None or not all(layout.kind.has(column) for column in given.values() if column):
        return None
    known = layout.mapping(headings)
    lacking = missing_columns(layout.kind, list(known.values()))
    guess = guess_mapping(layout.kind, [heading for heading in headings if heading not in known])
    wanted = {*lacking, "refunded", "entry_type"}
    if "customer_id" in lacking:
        wanted.add(CUSTOMER_NAME)
    if "currency" in known.values():
        wanted.add("rate")
    known |= {heading: column for heading, column in guess.items() if column in wanted}
    mapping = override_mapping(layout.kind, headings, known, given)
    missing = missing_columns(layout.kind, list(mapping.values()))
    notices = _layout_notices(layout, mapping)
    own = _currency_beside(layout.kind, mapping, looks, given)
    if own is not None:
        mapping[own] = "currency"
        notices.append(
            Notice("column-assumed", {"heading": own, **_labels(layout.kind, "currency")})
        )
    return Understanding(
        layout.kind,
        1.0,
        mapping,
        missing,
        notices=tuple(notices),
        date_order=layout.date_order,
        statuses=layout.statuses,
        returns=layout.returns,
    )


def _currency_beside(
    kind: Kind,
    mapping: Mapping[str, str],
    looks: Mapping[str, Look],
    given: Mapping[str, str | None],
) -> str | None:
    """The heading of the currencies of a known export that names none; None where the amount is
    in the currency of the company.
    """
    amount = next((h for h, column in mapping.items() if column == "amount"), "")
    if not kind.has("currency") or "currency" in mapping.values() or _OWN_MONEY.search(amount):
        return None
    found = candidates.currencies(looks, {*mapping, *given})
    return found[0] if len(found) == 1 else None


def _layout_notices(layout: KnownLayout, mapping: Mapping[str, str]) -> list[Notice]:
    """Which export it is, and what feeds the columns that matter."""
    feeds = {column: heading for heading, column in mapping.items()}
    worth = feeds.get("amount") or " × ".join(
        feeds[column] for column in ("quantity", "unit_price") if column in feeds
    )
    data = {
        "layout": layout.name,
        "title": layout.title["en"],
        "title_zh": layout.title["zh"],
        "customer": feeds.get("customer_id") or feeds.get(CUSTOMER_NAME, "–"),
        "day": feeds.get(layout.kind.date_column or "", "–"),
        "amount": worth or "–",
    }
    notices = [Notice("layout-recognised", data)]
    if layout.care:
        notices.append(
            Notice("layout-care", {"care": layout.care["en"], "care_zh": layout.care["zh"]})
        )
    return notices


def _by_values(
    kind: Kind,
    headings: Sequence[str],
    mapping: dict[str, str],
    looks: Mapping[str, Look],
    given: Mapping[str, str | None],
) -> tuple[dict[str, str], dict[str, list[str]], list[Notice]]:
    """The mapping with what the values add to it, and what they leave open."""
    free = {heading: seen for heading, seen in looks.items() if heading not in given}
    unclear: dict[str, list[str]] = {}
    if kind.name in candidates.SOLD:
        doubted = _doubted_amount(mapping, looks, free)
        if doubted:
            unclear["amount"] = doubted
            mapping = {h: column for h, column in mapping.items() if h not in doubted}
    notices = []
    paid = payable(kind.name, mapping, looks, free) if kind.name in candidates.SOLD else None
    if paid and "amount" not in given.values():
        listed, heading = paid
        mapping = {h: column for h, column in mapping.items() if h != listed}
        mapping[heading] = "amount"
        if free[heading].values != free[listed].values:
            notices.append(Notice("amount-payable", {"heading": heading, "listed": listed}))
    change = before_change(mapping, looks, free) if "amount" not in given.values() else None
    if change:
        handed, heading = change
        mapping = {h: column for h, column in mapping.items() if h != handed} | {heading: "amount"}
        notices.append(Notice("amount-before-change", {"heading": heading, "listed": handed}))
    mapping = _allocated(kind, mapping, free)
    again = _amounts_again(mapping, free)
    if again:
        unclear["amount"] = again
        mapping = {h: column for h, column in mapping.items() if h not in again}
    notices += _other_side_of_tax(mapping, looks)
    missing = [
        column for column in missing_columns(kind, list(mapping.values())) if column not in unclear
    ]
    if kind.name in candidates.SOLD and "status" not in mapping.values():
        missing.append("status")
    if kind.name in candidates.SOLD and "entry_type" not in mapping.values():
        missing.append("entry_type")
    if kind.has("currency") and "currency" not in mapping.values():
        missing.append("currency")
    if kind.name in candidates.SOLD and CUSTOMER_NAME not in mapping.values():
        missing.append(CUSTOMER_NAME)
    found = candidates.find(kind, missing, free, mapping)
    added = mapping | found.taken
    notices += [
        Notice("column-assumed", {"heading": heading, **_labels(kind, column)})
        for heading, column in found.taken.items()
    ]
    ordered = {heading: added[heading] for heading in headings if heading in added}
    return ordered, unclear | found.unclear, notices


def _without_products(
    mapping: dict[str, str], headings: Sequence[str], given: Mapping[str, str | None]
) -> dict[str, str]:
    """The mapping without 名称 for the customer beside pieces and prices: it names the product."""
    pieces = {column for h in headings for _, column in columns_known(h)}
    if not pieces & {"quantity", "unit_price"}:
        return mapping
    return {
        heading: column
        for heading, column in mapping.items()
        if column != CUSTOMER_NAME or heading in given or normal(heading) != "名称"
    }


def _allocated(kind: Kind, mapping: dict[str, str], free: Mapping[str, Look]) -> dict[str, str]:
    """The mapping of payments with what each invoice gets for the amount, not the whole payment."""
    heading = next((h for h, column in mapping.items() if column == "amount"), None)
    parts = [h for h, seen in free.items() if seen.is_number and _ALLOCATED.fullmatch(normal(h))]
    if kind.name != "payments" or heading not in free or "invoice_id" not in mapping.values():
        return mapping
    if len(parts) != 1 or parts[0] in mapping:
        return mapping
    return {h: column for h, column in mapping.items() if h != heading} | {parts[0]: "amount"}


def _amounts_again(mapping: Mapping[str, str], free: Mapping[str, Look]) -> list[str]:
    """The heading of the amount and those like it that come again over other money."""
    heading = next((h for h, column in mapping.items() if column == "amount"), None)
    if heading is None or heading not in free:
        return []
    alike = [
        other
        for other, seen in free.items()
        if other != heading
        and first(other) == first(heading)
        and any(seen.values)
        and seen.values != free[heading].values
    ]
    return [heading, *alike] if alike else []


def _offered(
    headings: Sequence[str], mapping: Mapping[str, str], given: Mapping[str, str | None], hints: str
) -> list[str]:
    """The headings, or the title, that say that these are offers or plans and no sales."""
    feeds = {column: heading for heading, column in mapping.items()}
    if "status" in feeds or "entry_type" in feeds or "amount" in given.values():
        return []
    found = [
        feeds[column]
        for column, words in (("amount", _PLANNED), ("ordered_on", _OFFERED))
        if column in feeds and words.search(normal(feeds[column]))
    ]
    if found or any(_SALES.search(normal(heading)) for heading in headings):
        return found
    name = next((part for part in hints.split() if _OFFERED.search(normal(part))), None)
    return [name] if name and not _SALES.search(normal(hints)) else []


def _other_side_of_tax(mapping: Mapping[str, str], looks: Mapping[str, Look]) -> list[Notice]:
    """Which of an amount with tax and one without is taken."""
    heading = next((h for h, column in mapping.items() if column == "amount"), None)
    if heading is None or heading not in looks:
        return []
    others = [
        other
        for other, seen in looks.items()
        if other not in mapping
        and seen.is_number
        and candidates.names_money(other)
        and candidates.differ_by_tax(heading, other)
    ]
    return [Notice("amount-of-tax", {"heading": heading, "listed": other}) for other in others[:1]]


def _doubted_amount(
    mapping: Mapping[str, str], looks: Mapping[str, Look], free: Mapping[str, Look]
) -> list[str]:
    """The heading of an amount that may be a count, and the headings that may be the money."""
    heading = next((h for h, column in mapping.items() if column == "amount"), None)
    if heading is None or heading not in free or "quantity" in mapping.values():
        return []
    rivals = [other for other in free if mapping.get(other, "unit_price") == "unit_price"]
    doubted = candidates.could_be_count(heading, looks, rivals)
    return [heading, *doubted] if doubted else []


def _labels(kind: Kind, column: str) -> dict[str, str]:
    label = kind.column(column).label
    return {"column": column, "label": label["en"], "label_zh": label["zh"]}


def question(understood: Understanding, headings: Sequence[str]) -> Notice | None:
    """What only a person can say of a source: which kind it is, or which column holds what."""
    try:
        refuse(understood, headings)
    except ReadingError as error:
        if error.code in _QUESTIONS:
            return Notice(error.code, error.data)
    return None


def refuse(understood: Understanding, headings: Sequence[str]) -> None:
    """Raise what a person must say before rows can be read, if there is anything.

    Raises:
        ReadingError: `kind-unclear`, `kind-between`, `not-sold`, `column-unclear`,
            `months-as-columns` or `columns-missing`.
    """
    kind = understood.kind
    if understood.summary:
        code, data = understood.summary
        raise ReadingError(code, **data)
    if kind is None and understood.offered:
        names = list(understood.offered)
        raise ReadingError("not-sold", headings=names, count=len(names))
    if kind is None and understood.rivals:
        labels = [KINDS[name].label for name in understood.rivals]
        paid = any(map(candidates.names_money, understood.money))
        raise ReadingError(
            "kind-between",
            kinds=[
                f"{label['en']} ({name})"
                for label, name in zip(labels, understood.rivals, strict=True)
            ],
            kinds_zh=[
                f"{label['zh']}（{name}）"
                for label, name in zip(labels, understood.rivals, strict=True)
            ],
            money=list(understood.money),
            sort="amounts of money" if paid else "figures",
            sort_zh="金额" if paid else "数字",
            headings=list(headings),
        )
    if kind is None:
        if parted := in_one_cell(headings):
            code, data = parted
            raise ReadingError(code, **data)
        raise ReadingError("kind-unclear", headings=list(headings))
    for column in (*understood.missing, "currency"):
        if column in understood.unclear:
            raise ReadingError(
                "column-unclear",
                candidates=understood.unclear[column],
                likely=(likely := candidates.likeliest(understood.unclear[column])),
                example=f"{likely}={column}",
                headings=list(headings),
                kind=kind.name,
                **_labels(kind, column),
            )
    if understood.periods and kind.date_column in understood.missing:
        raise ReadingError("months-as-columns", periods=list(understood.periods))
    if understood.missing:
        labels = [kind.column(name).label for name in understood.missing]
        raise ReadingError(
            "columns-missing",
            missing=[label["en"] for label in labels],
            missing_zh=[label["zh"] for label in labels],
            columns=understood.missing,
            kind=kind.name,
            kind_label=kind.label["en"],
            kind_label_zh=kind.label["zh"],
            headings=list(headings),
        )
