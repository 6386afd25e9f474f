"""A sales manager sets a class by hand in the dialog, and tells the clock when to run."""

import polars as pl
import pytest

import kefen
from kefen_crm.grading.actions import adopt_runs, install_ready_made

pytestmark = pytest.mark.browser
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
ORDERS = pl.DataFrame(
    {
        "customer_id": ["明达", "机电", "永安", "永安"],
        "ordered_on": ["2025-03-01", "2025-06-01", "2025-07-01", "2025-08-01"],
        "amount": ["8000", "1500", "300", "200"],
    }
)


@pytest.fixture
def graded(tmp_path, settings, db):
    """By sales 明达 is A at 80 %, 机电 B at 95 %, 永安 C."""
    settings.KEFEN_DATA = tmp_path
    ledger = kefen.open(tmp_path)
    ledger.load(ORDERS, kind="orders")
    kefen.grade(ledger, "abc", "2026-01-01")
    ledger.close()
    install_ready_made()
    adopt_runs()


@pytest.mark.parametrize("phone", [False, True])
def test_a_class_set_by_hand(graded, open_page, bob, phone):
    page = open_page("/customers/of/永安/", bob, phone=phone)
    page.click("text=Set by hand…")
    page.select_option("#kf-modal [name=class_key]", "A")
    page.fill("#kf-modal [name=until]", "2099-12-31")
    page.fill("#kf-modal [name=reason]", "Signed for next year")
    page.click("#kf-modal button.btn-primary")
    page.wait_for_selector(".kf-decision")
    assert "until 2099-12-31: Signed for next year" in page.inner_text(".kf-decision")
    assert not page.evaluate(WIDER)
    page.goto("/customers/?class=abc:A")
    told = page.get_attribute("#results .kf-held", "title")
    assert told.endswith("computed: Class C · until 2099-12-31")
    assert not page.evaluate(WIDER)


def test_parts_of_the_list_are_read_when_they_are_opened(graded, open_page, bob):
    page = open_page("/customers/", bob)
    page.click("text=More filters")
    page.fill("[name=sales_min]", "1")
    page.dispatch_event("[name=sales_min]", "change")
    page.wait_for_url("**sales_min=1**")
    page.click("button:has-text('Columns')")
    page.check("#kf-columns [name=column][value=profit]")
    page.click("#kf-columns button[type=submit]")
    page.wait_for_selector("th:has-text('Profit')")
    assert "sales_min=1" in page.url
    assert page.is_visible("[name=sales_min]")


def test_the_clock(graded, open_page, bob):
    page = open_page("/schemes/abc/", bob)
    page.click("text=Change…")
    page.wait_for_selector("#kf-modal [name=rhythm]")
    assert not page.is_visible("#kf-modal [name=hour]")
    page.select_option("#kf-modal [name=rhythm]", "monthly")
    assert page.is_visible("#kf-modal [name=day]")
    assert not page.is_visible("#kf-modal [name=weekday]")
    page.click("#kf-modal button.btn-primary")
    page.wait_for_selector("text=Every month · next on")
