"""Profile indicators (客户画像): what the customer's file says, as it stands now.

Only ages look at the as-of date: the file keeps no history.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any, Final

from kefen.deferred import ibis
from kefen.indicators.base import Provider
from kefen.indicators.provider_indicators import days_ago, given

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators.base import Indicator, Ledger, Unit
    from kefen.period import Window

_KEY: Final = "customer_id"
_LABELS: Final = {
    "region": ("区域", "Region"),
    "province": ("省份", "Province"),
    "city": ("城市", "City"),
    "industry": ("行业", "Industry"),
    "size": ("规模", "Company size"),
    "customer_type": ("客户类型", "Customer type"),
    "owner": ("负责人", "Owner"),
    "source_channel": ("客户来源", "Source"),
    "status": ("状态", "Status"),
}
"""Columns of the file that are indicators as they are."""

OCCUPATION: Final = ("职业", "occupation", "Occupation", "profession", "Profession")
AGES: Final = ("年龄段", "年龄", "age_band", "age", "Age")
"""What a file may call these among the columns kept as other attributes."""

BANDS: Final = ((18, "<18"), (25, "18-24"), (35, "25-34"), (45, "35-44"), (55, "45-54"))
"""Ages below each bound, and what the band is called; then 55-64 and 65+."""

FILE: Final = (
    *("name", "region", "province", "city", "industry", "size", "customer_type", "owner"),
    *("source_channel", "phone", "email", "address", "contact", "registered_on", "founded_on"),
    *("birthday", "credit_limit", "credit_days", "status"),
)
"""Columns that make a file complete, as far as any customer has them."""


def noted(customers: ir.Table, *names: str) -> Any:
    """What is kept under the first of these names among a customer's other attributes."""
    kept = customers.attributes.cast("json")
    values = [kept[name] for name in names]
    texts = [ibis.coalesce(v.unwrap_as("string"), v.cast("string").nullif("null")) for v in values]
    return ibis.coalesce(*texts).strip().nullif("")


def full_years(as_of: date, day: Any) -> Any:
    """Whole years from a day to the as-of date; null when it lies ahead."""
    unfinished = day.month() * 100 + day.day() > as_of.month * 100 + as_of.day
    years = as_of.year - day.year() - unfinished.cast("int64")
    return ibis.cases((day < as_of, years.cast("int64")))


def band(years: Any) -> Any:
    """The age band of an age in years."""
    steps = [(years < bound, label) for bound, label in BANDS]
    return ibis.cases(
        (years.isnull(), ibis.null("string")), *steps, (years < 65, "55-64"), else_="65+"
    )


def _card(ledger: Ledger, as_of: date, _window: Window) -> ir.Table:
    customers = ledger.table("customers")
    age, told = full_years(as_of, customers.birthday), noted(customers, *AGES)
    plain = ibis.cases((told.re_search(r"^[0-9]{1,3}$"), told)).cast("int64")
    known = age.coalesce(plain)
    return customers.select(
        _KEY,
        *_LABELS,
        "credit_limit",
        "credit_days",
        occupation=noted(customers, *OCCUPATION),
        age=known,
        age_band=band(known).coalesce(told),
        founded_year=customers.founded_on.year().cast("string"),
        company_age=full_years(as_of, customers.founded_on),
        days_on_file=ibis.cases(
            (customers.registered_on < as_of, days_ago(as_of, customers.registered_on))
        ),
    )


def _completeness(ledger: Ledger, _as_of: date, _window: Window) -> ir.Table:
    """Of the columns somebody has, the share that the customer has."""
    customers = ledger.table("customers")
    filled = {name: _filled(customers[name]) for name in FILE}
    [used] = ledger.engine.fetch(
        customers.aggregate(**{name: column.sum() for name, column in filled.items()})
    ).to_pylist()
    wanted = [column for name, column in filled.items() if used[name]]
    if not wanted:
        return customers.select(_KEY, file_completeness=ibis.null("float64"))
    return customers.select(_KEY, file_completeness=reduce(add, wanted) / float(len(wanted)))


def _filled(column: Any) -> Any:
    known = column.strip() != "" if column.type().is_string() else column.notnull()
    return known.fill_null(False).cast("int64")


_CARD: Final = Provider("profile.card", _card, alone=True)


def _of_file(
    name: str,
    label: tuple[str, str],
    unit: Unit,
    formula: tuple[str, str],
    columns: tuple[str, ...],
    *,
    higher: bool | None = None,
) -> Indicator:
    return given(
        _CARD, name, label, unit, formula, {"customers": columns}, higher=higher, windowed=False
    )


INDICATORS: Final = (
    *(
        _of_file(
            name,
            label,
            "text",
            (f"客户资料中的{label[0]}", f"{label[1].lower()} in the customer's file"),
            (name,),
        )
        for name, label in _LABELS.items()
    ),
    _of_file(
        "occupation",
        ("职业", "Occupation"),
        "text",
        (
            "客户资料其他属性中的“职业”",
            "occupation among the other attributes of the customer's file",
        ),
        ("attributes",),
    ),
    _of_file(
        "age",
        ("年龄", "Age"),
        "count",
        (
            "生日到截止日的整年数；没有生日则取其他属性中的“年龄”",
            "whole years from birthday to the as-of date; without one, `age` of the file",
        ),
        ("birthday", "attributes"),
    ),
    _of_file(
        "age_band",
        ("年龄段", "Age band"),
        "text",
        (
            "年龄所在的段：<18、18-24、25-34、35-44、45-54、55-64、65+；没有则取资料中的“年龄段”",
            "band of the age: <18, 18-24, 25-34, 35-44, 45-54, 55-64, 65+; or as the file says",
        ),
        ("birthday", "attributes"),
    ),
    _of_file(
        "founded_year",
        ("成立年份", "Founding year"),
        "text",
        ("成立日期的年份", "year of the founding date"),
        ("founded_on",),
    ),
    _of_file(
        "company_age",
        ("成立年限", "Company age"),
        "count",
        ("成立日期到截止日的整年数", "whole years from founding to the as-of date"),
        ("founded_on",),
        higher=True,
    ),
    _of_file(
        "days_on_file",
        ("建档天数", "Days on file"),
        "days",
        ("截止日 − 建档日期", "as-of date − day the customer was registered"),
        ("registered_on",),
    ),
    _of_file(
        "credit_limit",
        ("信用额度", "Credit limit"),
        "money",
        ("客户资料中的信用额度", "credit limit in the customer's file"),
        ("credit_limit",),
        higher=True,
    ),
    _of_file(
        "credit_days",
        ("账期", "Credit days"),
        "days",
        ("客户资料中的账期", "credit days in the customer's file"),
        ("credit_days",),
    ),
    given(
        Provider("profile.completeness", _completeness),
        "file_completeness",
        ("资料完整度", "File completeness"),
        "ratio",
        (
            "至少有一位客户填写的资料列中，该客户已填写的占比",
            "of the columns of the customer file that anyone has filled in, the share filled in",
        ),
        {"customers": FILE},
        higher=True,
        windowed=False,
    ),
)
