"""The report: one file that needs nothing else, in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

import kefen
from kefen.errors import RunError
from kefen.report.figures import figure

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from kefen.ledger import Ledger

AS_OF = date(2026, 1, 1)
SPITEFUL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    orders = pl.DataFrame(
        {
            "customer_name": [SPITEFUL, "大华", "小宝", "新元"],
            "ordered_on": ["2025-03-01", "2025-06-01", "2025-07-01", "2025-08-01"],
            "amount": ["700", "200", "60", "40"],
        }
    )
    return kefen.from_frames(orders=orders)


def _text(path: Path) -> str:
    """What people read: no scripts, styles or marks."""
    html = re.sub(r"<(script|style)[ >].*?</\1>", " ", path.read_text("utf-8"), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_the_report_tells_its_time_where_the_company_is(ledger: Ledger, tmp_path: Path) -> None:
    run = kefen.grade(ledger, "abc", AS_OF)
    run = replace(run, started_at=datetime(2026, 1, 31, 20, 5, tzinfo=UTC))
    text = _text(kefen.report.write(run, tmp_path / "r.html", "en"))
    assert "2026-02-01 04:05" in text  # in Shanghai


def test_figures_and_rules_of_abc(ledger: Ledger, tmp_path: Path) -> None:
    run = kefen.grade(ledger, "abc", AS_OF)
    text = _text(kefen.report.write(run, tmp_path / "r.html", "en"))
    assert "25.0% of customers, 70.0% of money" in text
    assert "Sales of 700 or more." in text
    assert "Sales of 200 up to, but not, 700." in text
    assert "Sales below 200." in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_customers_without_names_go_by_their_ids(lang: str, tmp_path: Path) -> None:
    orders = {"customer_id": ["C1", "C2"], "ordered_on": ["2025-03-01"] * 2, "amount": ["7", "3"]}
    run = kefen.grade(kefen.from_frames(orders=pl.DataFrame(orders)), "abc", AS_OF)
    text = _text(kefen.report.write(run, tmp_path / "r.html", lang))
    assert "1 C1 50.0% 7.00" in text


def test_chinese(ledger: Ledger, tmp_path: Path) -> None:
    run = kefen.grade(ledger, "abc", AS_OF)
    text = _text(kefen.report.write(run, tmp_path / "r.html", "zh"))
    assert "占客户 25.0%，占金额 70.0%" in text
    assert "分级标准" in text


def test_the_report_bears_the_companys_name_and_speaks_its_language(
    ledger: Ledger, tmp_path: Path
) -> None:
    run = kefen.grade(ledger, "abc", AS_OF)
    assert '<html lang="zh-CN"' in kefen.report.write(run, tmp_path / "r.html").read_text("utf-8")
    ledger.change_settings(company="Ming & Sons", language="en")
    page = kefen.report.write(run, tmp_path / "r.html").read_text("utf-8")
    assert '<html lang="en"' in page
    assert "Ming &amp; Sons" in page


def test_a_name_is_never_markup(ledger: Ledger, tmp_path: Path) -> None:
    path = kefen.report.write(kefen.grade(ledger, "abc", AS_OF), tmp_path / "r.html", "en")
    assert SPITEFUL not in path.read_text("utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in _text(path)


def test_weights_are_told(ledger: Ledger, tmp_path: Path) -> None:
    run = kefen.grade(ledger, "weighted", AS_OF)
    assert "weight 30%" in _text(kefen.report.write(run, tmp_path / "r.html", "en"))


def test_migration_is_told(ledger: Ledger, tmp_path: Path) -> None:
    before = kefen.grade(ledger, "abc", date(2025, 7, 1))
    run = kefen.grade(ledger, "abc", AS_OF)
    path = kefen.report.write(run, tmp_path / "r.html", "en", previous=before)
    assert "From 2025-07-01 to 2026-01-01" in _text(path)


def test_a_failed_run_has_no_report(ledger: Ledger, tmp_path: Path) -> None:
    run = kefen.grade(ledger, "abc", AS_OF)
    run.status = "failed"
    with pytest.raises(RunError) as caught:
        kefen.report.write(run, tmp_path / "r.html")
    assert caught.value.code == "run-not-finished"


@pytest.mark.parametrize(
    ("value", "unit", "lang", "told"),
    [
        (1234567.5, "short", "zh", "123.5万"),
        (114448558.3, "short", "zh", "1.14亿"),
        (1234567.5, "short", "en", "1.23M"),
        (999, "short", "en", "999"),
        (0.1234, "percent", "en", "12.3%"),
        (0.1234, "percent", "zh", "12.3%"),
        (1234.5, "money", "en", "1,234.50"),
        (None, "money", "en", "–"),
    ],
)
def test_numbers(value: float | None, unit: str, lang: str, told: str) -> None:
    assert figure(value, unit, lang) == told


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["abc", "rfm", "weighted"])
def test_every_picture_is_drawn_offline(
    ledger: Ledger, tmp_path: Path, chromium: Browser, scheme: str
) -> None:
    before = kefen.grade(ledger, scheme, date(2025, 7, 1))
    run = kefen.grade(ledger, scheme, AS_OF)
    path = kefen.report.write(run, tmp_path / "r.html", "zh", previous=before)
    page = chromium.new_page(offline=True, viewport={"width": 390, "height": 800})
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector(".kf-chart[data-state=ready]")
    states = page.eval_on_selector_all(".kf-chart", "all => all.map(one => one.dataset.state)")
    wide = page.evaluate("document.documentElement.scrollWidth")
    near = "kefenCharts.rowsOfCuts([0.5, 0.11, 0.1], ['60', '50', '45'], 400)"
    assert page.evaluate(near) == [0, 1, 0]
    page.pdf(path=tmp_path / "r.pdf", prefer_css_page_size=True)
    page.close()
    assert wrong == [path.as_uri()]
    assert states
    assert set(states) == {"ready"}
    assert wide <= 390
    assert (tmp_path / "r.pdf").stat().st_size > 10_000


def test_a_scorecard_is_told(ledger: Ledger, tmp_path: Path) -> None:
    run = kefen.grade(ledger, "abc", AS_OF)
    card = kefen.scorecard(run, horizon="1m")
    for lang, told in (("en", "What it proved to be worth"), ("zh", "分类检验")):
        text = _text(kefen.report.write(run, tmp_path / "r.html", lang, scorecard=card))
        assert told in text
        assert card.findings[0].text(lang) in text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lifecycle", "Orders ≤ 0"),
        ("value-potential", "High value × High potential"),
        ("clusters", "Days since last purchase low"),
    ],
)
def test_what_classes_take_is_told(name: str, said: str, ledger: Ledger, tmp_path: Path) -> None:
    run = kefen.grade(ledger, name, AS_OF)
    assert said in _text(kefen.report.write(run, tmp_path / "r.html", "en"))
    assert "report-" not in _text(kefen.report.write(run, tmp_path / "r.html", "zh"))
