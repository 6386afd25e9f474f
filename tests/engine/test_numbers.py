"""Numbers, spans and days in words, at the edges where a rounding or a comparison tips over."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from babel.numbers import format_decimal
from hypothesis import example, given
from hypothesis import strategies as st

from kefen import formats
from kefen.explain.numbers import amount, apart, gap, percent, points
from kefen.period import PeriodError, Window, months_before


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (30, "money", "30"),
        (30.5, "money", "30.50"),
        (Decimal("1234.565"), "money", "1,234.57"),  # halves away from zero
        (Decimal("-1234.565"), "money", "-1,234.57"),
        (1, "days", "1 day"),
        (0, "days", "0 days"),
        (1.25, "days", "1.3 days"),
        (0.1235, "ratio", "12.4%"),
        (0.12, "ratio", "12%"),
        (3.45, "count", "3.5"),
        (3.456, "quantity", "3.46"),
        (3.456, "points", "3.46"),
        (3.456, "text", "3.46"),
        (Decimal(10) ** 30, "money", "1" + ",000" * 10),
    ],
)
def test_amounts_in_their_unit(value, unit, told):
    assert amount(value, unit, "en") == told


def test_amounts_in_chinese():
    assert amount(30.5, "money", "zh") == "30.50 元"
    assert amount(1, "days", "zh-hans") == "1 天"
    assert amount(0.5, "ratio", "zh") == "50%"
    assert (points(72.504), points(3)) == ("72.5", "3")
    assert (percent(0.7), percent(0.125)) == ("70%", "12.5%")


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (30.001, "money", "30.01"),  # a cent less would not be enough
        (30, "money", "30"),
        (1.01, "days", "1.1 days"),
        (0.1201, "ratio", "12.1%"),
        (2.001, "quantity", "2.01"),
        (Decimal("0.00"), "money", "0"),
    ],
)
def test_what_is_missing_is_rounded_up(value, unit, told):
    assert gap(value, unit, "en") == told


def test_two_numbers_are_told_apart_with_as_few_digits_as_it_takes():
    assert apart(1.25, 1.35, "days", "en") == ("1.3 days", "1.4 days")
    assert apart(0.12341, 0.12344, "ratio", "en") == ("12.341%", "12.344%")
    assert apart(2.001, 2.001, "points", "en") == ("2", "2")
    assert apart(1.000000001, 1.000000002, "points", "en") == ("1.000000001", "1.000000002")
    assert apart(1.00000000001, 1.00000000002, "points", "en") == ("1", "1")


@pytest.mark.parametrize(
    ("value", "lang", "told"),
    [
        (9_999, "en", "9,999"),
        (10_000, "en", "10K"),
        (12_345, "en", "12.3K"),
        (-12_345, "en", "-12.3K"),
        (999_949, "en", "999.9K"),
        (999_950, "en", "1M"),  # 1,000.0K otherwise
        (1_234_567, "en", "1.23M"),
        (9_994_000, "en", "9.99M"),
        (10_000_000, "en", "10M"),
        (10_460_000, "en", "10.5M"),
        (12_345_678_901, "en", "12.3B"),
        (12_345, "zh", "1.23万"),
        (100_000, "zh", "10万"),
        (123_456, "zh", "12.3万"),
        (99_999_499, "zh", "9,999.9万"),
        (99_999_500, "zh", "1亿"),
    ],
)
def test_money_in_short(value, lang, told):
    assert formats.short(value, lang) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0, "0"),
        (0.0001234, "0.000123"),
        (-0.5, "-0.5"),
        (1.2345, "1.23"),
        (99.96, "100"),
        (999.6, "1,000"),
        (1000.5, "1,001"),
    ],
)
def test_numbers_of_no_unit_have_three_digits(value, told):
    assert formats.measure(value) == told


def test_shares_and_windows_in_words():
    assert formats.percent(-0.5) == "-50.0%"
    assert formats.percent(-0.0004) == "0.0%"
    assert formats.percent(0.0005) == "0.1%"
    assert formats.number(-0.4) == "0"
    assert formats.number(0.125, 2) == "0.13"
    assert [formats.window(text) for text in ("1d", "2w", "3y")] == ["1 day", "2 weeks", "3 years"]
    assert [formats.window(text, "zh") for text in ("2w", "3y", "all")] == [
        "2 周",
        "3 年",
        "全部历史",
    ]
    assert formats.window("soon") == "soon"


@pytest.mark.parametrize(
    ("text", "as_of", "start", "before"),
    [
        ("2w", date(2026, 1, 15), date(2026, 1, 1), date(2025, 12, 18)),
        ("10d", date(2026, 1, 11), date(2026, 1, 1), date(2025, 12, 22)),
        ("1m", date(2025, 3, 31), date(2025, 2, 28), date(2025, 1, 28)),
        ("13m", date(2026, 1, 1), date(2024, 12, 1), date(2023, 11, 1)),
        ("1y", date(2024, 2, 29), date(2023, 2, 28), date(2022, 2, 28)),
        ("fy4", date(2026, 4, 2), date(2026, 4, 1), date(2025, 4, 1)),  # its first day counts
        ("fy4", date(2026, 4, 1), date(2025, 4, 1), date(2024, 4, 1)),
    ],
)
def test_windows_begin_on_a_day(text, as_of, start, before):
    window = Window.parse(text)
    assert window.start(as_of) == start
    assert window.previous(as_of)[0] == before
    assert str(window) == text


def test_what_is_no_window():
    for text in ("0d", "12", "12x", "fy0", "fy13", "10000d", "-1m"):
        with pytest.raises(PeriodError, match="bad-window"):
            Window.parse(text)
    assert Window.parse("all").previous(date(2026, 1, 1)) is None
    assert Window.parse("fy") == Window.parse("fy1")
    assert Window.ahead("3m") == Window(3, "m")
    with pytest.raises(PeriodError, match="bad-horizon"):
        Window.ahead("fy")
    with pytest.raises(PeriodError, match="window-too-far"):
        Window.parse("9999y").start(date(2026, 1, 1))
    assert months_before(date(2025, 1, 15), 12) == date(2024, 1, 15)
    assert months_before(date(2025, 1, 15), 1) == date(2024, 12, 15)


def _by_babel(value, digits, lang, trimmed):
    sign = "#" if trimmed else "0"
    with localcontext() as context:
        context.rounding, context.prec = ROUND_HALF_UP, 60
        pattern = "#,##0" + (f".{sign * digits}" if digits else "")
        told = format_decimal(formats.exact(value), pattern, locale=formats.locale_of(lang))
    return told if set(told) & set("123456789") else told.removeprefix("-")


@given(
    st.decimals(-(10**18), 10**18, places=6)
    | st.floats(-1e15, 1e15)
    | st.integers(-(10**30), 10**30),
    st.integers(0, 5),
    st.sampled_from(["en", "zh-hans"]),
    st.booleans(),
)
@example(Decimal("-0.004"), 2, "en", False)
@example(2.5, 0, "zh-hans", False)
@example(1000, 2, "en", True)
@example(float("inf"), 0, "zh-hans", False)
def test_numbers_are_as_babel_writes_them(value, digits, lang, trimmed):
    told = formats.number(value, digits, lang, trimmed=trimmed)
    assert told == _by_babel(value, digits, lang, trimmed)
