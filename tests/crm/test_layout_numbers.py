from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils.translation import override

from kefen_crm.platform import numbers


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (None, "–", "–"),
        ("", "–", "–"),
        (float("nan"), "–", "–"),
        (0, "0", "0"),
        (Decimal("1234.50"), "1,235", "1,235"),
        (9999.4, "9,999", "9,999"),
        (Decimal(12800), "1.28万", "12.8K"),
        (Decimal(128400), "12.8万", "128.4K"),
        (Decimal(-128400), "-12.8万", "-128.4K"),
        (1_000_000, "100万", "1M"),
        (999_999, "100万", "1M"),
        (99_999_999, "1亿", "100M"),
        (123_456_789, "1.23亿", "123.5M"),
        (2_500_000_000, "25亿", "2.5B"),
    ],
)
def test_money(value, chinese, english):
    with override("zh-hans"):
        assert numbers.money(value) == chinese
    with override("en"):
        assert numbers.money(value) == english


def test_full_figure():
    assert numbers.money_full(Decimal("128400.5")) == "128,400.50"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.1234, "12.3%"), (1, "100%"), (Decimal("0.75"), "75%"), (None, "–"), (-0.04, "-4%")],
)
def test_percent(share, text):
    assert numbers.percent(share) == text


def test_change_carries_its_sign():
    assert numbers.change(0.123) == "+12.3%"
    assert numbers.change(-0.5) == "-50%"


def test_days_and_times_are_those_of_the_business(settings):
    late = datetime(2025, 6, 30, 17, 0, tzinfo=UTC)
    assert numbers.day(date(2025, 6, 30)) == "2025-06-30"
    assert numbers.day(late) == "2025-07-01"
    assert numbers.moment(late) == "2025-07-01 01:00"
    assert numbers.day(None) == "–"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.421, "0.42 s"), (3.14, "3.1 s"), (125, "2:05"), (None, "–")]
)
def test_seconds(seconds, text):
    assert numbers.seconds(seconds) == text


@pytest.mark.parametrize(("size", "text"), [(12, "12 B"), (3_565_158, "3.4 MB")])
def test_file_size(size, text):
    assert numbers.file_size(size) == text
