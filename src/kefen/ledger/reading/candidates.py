"""Finds date, money and customer of sales under headings that no word list knows.

The values decide for dates and money; for customers the parts of the heading and e-mail addresses.

One likely heading is taken, and a notice tells it; of several, a person chooses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kefen.ledger.facts import KINDS
from kefen.ledger.reading import money_roles
from kefen.ledger.reading.column_mapping import columns_known, known_anywhere, sayings, word, words
from kefen.ledger.reading.model import CUSTOMER_NAME
from kefen.ledger.reading.normal import normal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kefen.ledger.facts import Kind
    from kefen.ledger.reading.samples import Look

SOLD = ("orders", "order_lines")
_MONEY_WORD = re.compile(
    r"借方|贷方|额|款|价|费|钱|[实应已]付|[实应]收|营收|收入|流水|业绩|[货价总产净]值|(?:销售|营业|消费)(?![人员数量次时日渠方部组点厅])|business|amount|amt|price|total|revenue|sales(?!doc|order|org|office|group|district|rep|person|man)|value|net|gross"
    r"|paid|spent|spend|sold(?:for|at|price)|dollar|usd|eur|gbp|cny|rmb|money|turnover|charge|debit|credit"
    r"|^[ma]rr$|recurring"
)
_PAY = re.compile(
    r"工资|薪|奖金|津贴|社保|公积金|salary|salaries|wage|payroll|basepay|grosspay|netpay|bonus"
)
"""Money of employees."""
_WITHOUT_TAX = re.compile(
    r"不含税|未税|税前|去税|excl|before(?:sales)?tax|net(?:amount|total|sales)"
)
_NO_MONEY = re.compile(r"积分|分值|次数|件数|数量|points?$|score|count|quantity|qty|units|pieces")
_TAX_ALONE = re.compile(
    r"(?:金额|款项|amount)?(?:税额|税金|tax|vat)|(?:sales)?tax(?:amount)?|税率|(?:tax|vat)rate"
)
_WHAT_BUYERS_PAID = re.compile(r"实[付缴]|(?:用户|买家|客户|顾客)支付|paid(?!out)")
_DEBIT = re.compile(r"借方|借项|应收|debit")
_NO_SALE = re.compile(
    r"税|运费|邮费|积分|优惠(?!后)|折扣(?!后)|抵扣(?!后)|余额|佣金|提成|返[点利]|手续费|服务费|单价|成本"
    r"|赔[付偿款]|补偿|理赔|欠[款费缴]|未[收付结]|预[收付存]|押金|保证金|入库|购入|领用|损失|报销|借款|贷款"
    r"|compensat|indemnit|arrears|owed|prepa(?:id|y)|purchase(?:cost|price)|received?goods|loan"
    r"|采购|进[货价]|时长|耗时|用时|工时|重量|duration|minutes|hours|weight|tax|vat|shipping|freight"
    r"|退款|退货|退还|discount|coupon|fee|balance|points|tip|commission|refund|cost|rate|outstanding|insurance"
    r"|累计|历史|平均|均价|lifetime|average|avg|cumulative|todate|ltv|expected|budget"
    r"|^[ma]rr$|recurring"
)
_EACH = re.compile(r"单价|unit|each|list")
_SALE_DATE = re.compile(
    r"交易|下单|成交|销售|购买|消费|订单|开单|trans|order|sale|purchase|sold|invoice|created|date"
    r"|^dt|dt$|day|日期|时间"
)
_NO_SALE_DATE = re.compile(
    r"修改|更新|到期|交货|发货|收货|完成|审核|关闭|出生|生日|预计|要求|结束|退|最近|最后|首次|末次"
    r"|modif|updat|due|ship|deliver|birth|cancel|refund|expir|fulfil|close|last|first|next|end"
    r"|approved|requested|valid"
)

_STATUS = re.compile(
    r"(?:当前|最新|销售|成交|处理|业务|当前处理|.{1,4}单)?(?:状态|狀態)|status|currentstatus"
)
_SIDE = re.compile(
    r"(?:drcr|crdr|dc|借贷|debitcredit|sh|sollhaben|soll/haben)"
    r"(?:方向|标[志识记]|indicator|flag|sign|type|kennzeichen|kz)?"
)
"""Headings of the side of an account, which does not show by itself what is a sale."""
_DIRECTION = re.compile(
    r"方向|(?:交易|业务|单据|货物|物流|买卖)(?:方向|性质)|性质|标[识志]|direction"
)
_PAYING = re.compile(
    r"方式|方法|支付|付款|收款|结算|渠道|method|payment|paid|tender|channel|status|状态"
)
_CURRENCY = re.compile(r"币|货币|通货|curr|^cur$|ccy|wa?e?hr|devis|moned|valut|walut|валют")
_CUSTOMER = (
    r"(?:customer|client|buyer|billing|billto|soldto|purchaser|member|shopper|payer|cust(?!om)|"
    r"客户|顾客|买家|购货|购方|买方|客商|会员)"
)
_CUSTOMER_NUMBER = re.compile(_CUSTOMER + r".*(?:id|no|number|code|key|编号|编码|代码|账号|卡号)$")
_CUSTOMER_CALLED = re.compile(
    _CUSTOMER + r".*(?:name|company|organi[sz]ation|名|名称|姓名|昵称|全称|简称|公司)$"
)
_PERSON = re.compile(r"姓名|名字|联系人|收货人|contact(?:name|person)?|person|fullname")
_OWN_NAME = re.compile(r"姓名|氏名|お名前|fullname")
_NO_CUSTOMER = re.compile(
    r"first|last|given|family|middle|city|state|country|address|street|zip|post|phone|tax|vat"
    r"|order|group|type|product|item|card|status|province|region|currency|po(?:no|number)|ref|税|地址|订单|分组|类型|电话|商品"
)


_PERIOD = re.compile(
    r"(?i)(?:(?:19|20)\d{2}\s?[-/.年]?\s?)?(?:(?:0?[1-9]|1[0-2])\s?月份?|[一二三四五六七八九十]{1,2}月份?|Q[1-4]"
    r"|[第]?[一二三四1-4]季度?)|(?:19|20)\d{2}\s?[-/.年]\s?(?:0?[1-9]|1[0-2])|(?:19|20)\d{2}\s?年度?"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}[-\s.']{0,2}(?:\d{2}|\d{4})?"
)
_DAY_OR_WEEK = re.compile(
    r"(?i)(?:(?:19|20)\d{2}\s?[-/.年]\s?)?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?[日号]?(?: 00:00(?::00)?)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)?\d{2}|(?:(?:19|20)\d{2}\s?[-年]?\s?)?"
    r"(?:第?\s?\d{1,2}\s?周|(?:w|wk|kw|week)\s?\d{1,2})"
)
_LONGEST_PERIOD = 20
_YEAR = re.compile(r"(?:19|20)\d{2}")
_OF_SALES = re.compile(
    r"(?i)(?:的)?(?:销售|销货|营业|成交|消费)?(?:总?金?额|收入|业绩)|销售"
    r"|[\s_]*(?:net )?(?:sales|amount|revenue|turnover|spend|total)[\s_]*"
)
_HALF = 0.5


@dataclass(frozen=True)
class Found:
    """What the values add: `taken` headings by column, and columns still to be chosen."""

    taken: dict[str, str] = field(default_factory=dict)
    unclear: dict[str, list[str]] = field(default_factory=dict)


def find(
    kind: Kind, missing: Iterable[str], looks: Mapping[str, Look], used: Iterable[str]
) -> Found:
    """The headings that may stand for the missing date, amount, customer and status of `kind`.

    `looks` are the headings that are free to be taken; `used` are those that stand for something.
    """
    found = Found()
    taken = set(used)
    for column in missing:
        if column == "customer_id" and kind.name in SOLD:
            target, likely = customers(looks, taken)
        elif column == CUSTOMER_NAME:
            target, likely = column, own_names(looks, taken)[:1]
        elif column == "status":
            target, likely = column, statuses(looks, taken)[:1]
        elif column == "currency":
            target, likely = column, currencies(looks, taken)
        elif column == "entry_type":
            target, likely = column, directions(looks, taken)[:1]
        elif kind.column(column).type in ("date", "money"):
            dated = kind.column(column).type == "date"
            target, likely = column, dates(looks, taken) if dated else amounts(looks, taken)
        else:
            continue
        if len(likely) == 1:
            found.taken[likely[0]] = target
            taken.add(likely[0])
        elif likely:
            found.unclear[column] = likely
    return found


def statuses(looks: Mapping[str, Look], used: Iterable[str] = ()) -> list[str]:
    """Headings that say no more than "status", over cells that are statuses of orders or codes."""
    return [
        heading
        for heading, seen in looks.items()
        if heading not in used
        and (
            ((seen.is_status or seen.is_code) and any(map(_STATUS.fullmatch, sayings(heading))))
            or (seen.is_side and _SIDE.fullmatch(normal(heading)))
        )
    ]


def currencies(looks: Mapping[str, Look], used: Iterable[str] = ()) -> list[str]:
    """Headings over currencies, whatever they are called; of several those that speak of one.

    Under a heading that speaks of one, half of the cells are enough.
    """
    free = {
        heading: seen
        for heading, seen in looks.items()
        if heading not in used and {column for _, column in columns_known(heading)} <= {"currency"}
    }
    spoken = [h for h, seen in free.items() if _CURRENCY.search(normal(h))]
    found = [h for h in spoken if free[h].is_often_currency]
    return found or [h for h, seen in free.items() if seen.is_currency]


def directions(looks: Mapping[str, Look], used: Iterable[str] = ()) -> list[str]:
    """Headings that say no more than "direction", over cells such as 销售 and 退货.

    Any other heading is one over sales beside what is none, unless it speaks of paying.
    """
    free = {h: seen for h, seen in looks.items() if h not in used and seen.is_often_type}
    found = [
        h for h, seen in free.items() if seen.is_type and any(map(_DIRECTION.fullmatch, sayings(h)))
    ]
    others = (
        h
        for h, seen in free.items()
        if seen.unsold and (seen.returned or not _PAYING.search(normal(h)))
    )
    return found or list(others)


def customers(looks: Mapping[str, Look], used: Iterable[str] = ()) -> tuple[str, list[str]]:
    """The column that unknown headings may feed, and these: a number, an e-mail address, a name."""
    free = [
        heading
        for heading, seen in looks.items()
        if heading not in used
        and seen.filled
        and not seen.is_date
        and not _NO_CUSTOMER.search(normal(heading))
    ]
    numbers = [heading for heading in free if _CUSTOMER_NUMBER.search(normal(heading))]
    if numbers:
        return "customer_id", numbers
    mails = [heading for heading in free if looks[heading].is_mail]
    own = [heading for heading in mails if re.search(_CUSTOMER, normal(heading))]
    if mails:
        return "customer_id", own or mails
    named = [
        heading
        for heading in free
        if _CUSTOMER_CALLED.search(normal(heading)) and not looks[heading].is_number
    ]
    if not named:
        named = [h for h in free if _PERSON.fullmatch(normal(h)) and not looks[h].is_number]
    return CUSTOMER_NAME, named


def own_names(looks: Mapping[str, Look], used: Iterable[str] = ()) -> list[str]:
    """Headings over the names of persons, such as 姓名 beside the number of a card."""
    return [
        heading
        for heading, seen in looks.items()
        if heading not in used and seen.filled and _OWN_NAME.fullmatch(normal(heading))
        if not seen.is_number
    ]


def dates(looks: Mapping[str, Look], used: Iterable[str] = ()) -> list[str]:
    """Unknown headings over dates that may be the day of a sale, the likeliest only."""
    free = [
        heading
        for heading, seen in looks.items()
        if heading not in used
        and seen.is_date
        and not known_anywhere(heading)
        and not _NO_SALE_DATE.search(normal(heading))
    ]
    return _likelier(free, _SALE_DATE)


def amounts(looks: Mapping[str, Look], used: Iterable[str] = ()) -> list[str]:
    """Unknown headings over money that may be the worth of a sale, the likeliest only."""
    free = [
        heading
        for heading, seen in looks.items()
        if heading not in used
        and (seen.is_number or (seen.is_often_number and _MONEY_WORD.search(normal(heading))))
        and not known_anywhere(heading)
        and not _NO_SALE.search(normal(heading))
        and not _PAY.search(normal(heading))
        and (seen.cents or _MONEY_WORD.search(normal(heading)))
    ]
    likely = _likelier(free, _MONEY_WORD) or _prices(looks, used)
    debit, credit = money_roles.sides(
        h for h, seen in looks.items() if h not in used and seen.is_number
    )
    account = [*debit, *credit] if debit and credit else []
    return list(dict.fromkeys([*likely, *account])) if set(likely) & set(account) else likely


def _prices(looks: Mapping[str, Look], used: Iterable[str]) -> list[str]:
    """Headings over prices where nothing counts pieces: what each order was sold for."""
    known = {heading: {column for _, column in columns_known(heading)} for heading in looks}
    if any("quantity" in columns for columns in known.values()):
        return []
    return [
        heading
        for heading, columns in known.items()
        if columns == {"unit_price"}
        and heading not in used
        and looks[heading].is_number
        and not _EACH.search(normal(heading))
    ]


def money_like(looks: Mapping[str, Look], used: Iterable[str] = ()) -> list[str]:
    """Headings over money of any meaning, by their words or by their values."""
    return [
        heading
        for heading, seen in looks.items()
        if heading not in used
        and (
            _is_money_of_sales(heading)
            or (
                seen.is_often_number
                and not known_anywhere(heading)
                and (_MONEY_WORD.search(normal(heading)) or pays([heading]))
            )
        )
        and (seen.is_often_number or not seen.filled)
    ]


def names_money(heading: str) -> bool:
    """Whether a heading speaks of money, and not of points or pieces.

    >>> names_money("消费金额"), names_money("积分"), names_money("1月")
    (True, False, False)
    """
    called = normal(heading)
    if _NO_MONEY.search(called):
        return False
    return _is_money_of_sales(heading) or bool(_MONEY_WORD.search(called)) or pays([heading])


def pays(headings: Iterable[str]) -> bool:
    """Whether any of these headings is the pay of employees: no customers, and no sales."""
    return any(_PAY.search(normal(heading)) for heading in headings)


def likeliest(headings: Sequence[str]) -> str:
    """Of several headings over money the one to name as an example.

    In a customer's statement what was sold stands on the debit side, what was paid on the other.
    In exports of shops what buyers paid is the money of the sale, not the refund or the payout.

    >>> likeliest(["商品总金额", "订单实付金额", "订单已退款金额"])
    '订单实付金额'
    """
    sales = [heading for heading in headings if not _NO_SALE.search(normal(heading))]
    for wanted in (_DEBIT, _WHAT_BUYERS_PAID):
        if found := [heading for heading in sales if wanted.search(normal(heading))]:
            return found[-1]
    return (sales or list(headings))[-1]


def differ_by_tax(heading: str, other: str) -> bool:
    """Whether one of two headings over money says that it is with tax, and the other without.

    >>> differ_by_tax("含税金额", "不含税金额"), differ_by_tax("金额", "税额")
    (True, False)
    """
    if any(_TAX_ALONE.fullmatch(normal(text)) for text in (heading, other)):
        return False
    sides = [bool(_WITHOUT_TAX.search(normal(text))) for text in (heading, other)]
    return any(sides) and not all(sides)


def is_no_sale(heading: str) -> bool:
    """Whether a heading names money that is not the worth of one sale: a tax, a sum so far."""
    return bool(_NO_SALE.search(normal(heading)))


def could_be_count(heading: str, looks: Mapping[str, Look], rivals: Iterable[str]) -> list[str]:
    """The rivals of an `amount` whose values could be a number of pieces.

    English files call both money and pieces "amount". It is doubted where its values are small
    whole numbers and another column of prices lies above it in nearly every row.
    """
    if normal(heading) not in ("amount", "amt") or not looks[heading].is_count:
        return []
    pieces = looks[heading].values
    doubted = []
    for rival in rivals:
        seen = looks[rival]
        named = normal(rival)
        if not seen.is_number or len(seen.values) != len(pieces):
            continue
        above = sum(price > count for count, price in zip(pieces, seen.values, strict=True))
        if above >= 0.8 * len(pieces) and _MONEY_WORD.search(named) and not _NO_SALE.search(named):
            doubted.append(rival)
    return doubted


def is_period(text: str) -> bool:
    """Whether a text is a month, a quarter or a year.

    >>> is_period("2025年3月"), is_period("Q1"), is_period("明达")
    (True, True, False)
    """
    return bool(_PERIOD.fullmatch(text.strip()[:_LONGEST_PERIOD]))


def periods(looks: Mapping[str, Look]) -> list[str]:
    """Headings that are days, weeks, months, quarters or years over numbers: the table sums up
    facts.
    """
    found = [
        heading
        for heading, seen in looks.items()
        if seen.numbers >= _HALF and _is_time(_OF_SALES.sub("", heading))
    ]
    return found if sum(looks[heading].is_number for heading in found) > 1 else []


def _is_time(text: str) -> bool:
    text = text.strip()[:_LONGEST_PERIOD]
    return is_period(text) or bool(_YEAR.fullmatch(text) or _DAY_OR_WEEK.fullmatch(text))


def _is_money_of_sales(heading: str) -> bool:
    for name in SOLD:
        known = words(name).get(word(heading))
        if known and KINDS[name].column(known[1]).type == "money":
            return True
    return False


def _likelier(headings: list[str], wanted: re.Pattern[str]) -> list[str]:
    """Those whose words say so, if any do."""
    return [heading for heading in headings if wanted.search(normal(heading))] or headings
