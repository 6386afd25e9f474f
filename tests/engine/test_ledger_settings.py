"""Settings are kept with the data; the environment only fills in for data that have none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

import kefen
from kefen.errors import LedgerError
from kefen.explain.numbers import amount
from kefen.schemes import load as load_scheme

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = pl.DataFrame(
    [{"order_id": "1", "customer_id": "C", "ordered_on": "2025-01-03", "amount": "12"}]
)
FOREIGN = pl.DataFrame(
    [
        {
            "order_id": "2",
            "customer_id": "C",
            "ordered_on": "2025-01-03",
            "amount": "12",
            "currency": "EUR",
        }
    ]
)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KEFEN_CURRENCY", "KEFEN_TIMEZONE", "KEFEN_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)


def test_defaults_without_file_or_environment(tmp_path: Path) -> None:
    with kefen.open(tmp_path / "data") as ledger:
        assert ledger.settings == kefen.ledger.Settings(
            company="", currency="CNY", timezone="Asia/Shanghai", fiscal_year_start=1, language=""
        )
    assert not (tmp_path / "data").exists()


def test_the_first_import_writes_down_what_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEFEN_CURRENCY", "eur")
    monkeypatch.setenv("KEFEN_TIMEZONE", "Europe/Berlin")
    with kefen.open(tmp_path) as ledger:
        ledger.load(ORDERS, "orders")
        monkeypatch.setenv("KEFEN_CURRENCY", "USD")
        monkeypatch.delenv("KEFEN_TIMEZONE")
        assert (ledger.settings.currency, ledger.settings.timezone) == ("EUR", "Europe/Berlin")
        [conflict] = ledger.settings_conflicts
        told = (conflict.variable, conflict.environment, conflict.kept)
        assert told == ("KEFEN_CURRENCY", "USD", "EUR")
        assert ledger.load(FOREIGN, "orders").added == 1


def test_a_variable_that_means_nothing_does_not_stop_data_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEFEN_TIMEZONE", "Mars/Olympus")
    with kefen.open(tmp_path) as ledger:
        with pytest.raises(LedgerError, match="bad-setting-timezone"):
            _ = ledger.settings
        ledger.change_settings(timezone="Asia/Tokyo")
        assert ledger.settings.timezone == "Asia/Tokyo"
        assert ledger.settings_conflicts[0].environment == "Mars/Olympus"


def test_a_setting_made_before_the_first_import_leaves_the_others_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kefen.open(tmp_path) as ledger:
        ledger.change_settings(company=" 明达  贸易 ", fiscal_year_start="4")
        monkeypatch.setenv("KEFEN_CURRENCY", "USD")
        ledger.load(ORDERS, "orders")
        kept = ledger.settings
    assert (kept.company, kept.fiscal_year_start, kept.currency) == ("明达 贸易", 4, "USD")


def test_a_language_is_kept_only_when_somebody_chose_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kefen.open(tmp_path) as ledger:
        ledger.load(ORDERS, "orders")
        monkeypatch.setenv("KEFEN_LANGUAGE", "en")
        assert ledger.settings.language == "en"
        assert ledger.change_settings(language="zh-hans").language == "zh"
        assert ledger.change_settings(language="any").language == ""


def test_the_base_currency_stays_once_amounts_have_landed(tmp_path: Path) -> None:
    with kefen.open(tmp_path) as ledger:
        ledger.change_settings(currency="USD")
        batch = ledger.load(ORDERS, "orders")
        with pytest.raises(LedgerError, match="currency-fixed") as refused:
            ledger.change_settings(currency="EUR", company="Ming")
        assert refused.value.data == {"currency": "USD", "wanted": "EUR"}
        assert ledger.settings.company == ""
        assert ledger.change_settings(currency="usd", company="Ming").company == "Ming"
        assert ledger.change_settings(relabel=True, currency="EUR").currency == "EUR"
        ledger.undo(batch.id)
        assert ledger.change_settings(currency="GBP").currency == "GBP"


def test_a_credit_limit_is_an_amount_too(tmp_path: Path) -> None:
    with kefen.open(tmp_path) as ledger:
        ledger.load(pl.DataFrame([{"customer_id": "C", "name": "Ming"}]), "customers")
        assert ledger.change_settings(currency="USD").currency == "USD"
        limits = pl.DataFrame([{"customer_id": "C", "name": "Ming", "credit_limit": "100"}])
        ledger.load(limits, "customers")
        with pytest.raises(LedgerError, match="currency-fixed"):
            ledger.change_settings(currency="EUR")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("currency", "YUAN"),
        ("currency", ""),
        ("timezone", "Shanghai"),
        ("timezone", "../../etc/passwd"),
        ("fiscal_year_start", "0"),
        ("fiscal_year_start", 13),
        ("fiscal_year_start", "9" * 5000),
        ("fiscal_year_start", "²"),
        ("language", "fr"),
        ("company", "x" * 121),
    ],
)
def test_a_value_that_means_nothing_is_refused(tmp_path: Path, name: str, value: object) -> None:
    with kefen.open(tmp_path) as ledger:
        with pytest.raises(LedgerError, match=f"bad-setting-{name.replace('_', '-')}"):
            ledger.change_settings(**{name: value})
        with pytest.raises(LedgerError, match="unknown-setting"):
            ledger.change_settings(colour="red")
    assert list(tmp_path.iterdir()) == []


def test_what_a_newer_kefen_keeps_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"currency": "EUR", "weather": "fair"}', "utf-8")
    with kefen.open(tmp_path) as ledger:
        assert ledger.settings.currency == "EUR"
        ledger.change_settings(company="Ming")
    assert json.loads(file.read_text("utf-8"))["weather"] == "fair"


@pytest.mark.parametrize("text", ["{", "[]", "null", '{"currency": "YUAN"}', "\ud800"])
def test_a_damaged_file_is_told_with_its_place(tmp_path: Path, text: str) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    with (
        kefen.open(tmp_path) as ledger,
        pytest.raises(LedgerError, match="settings-damaged") as told,
    ):
        _ = ledger.settings
    assert told.value.data["path"] == str(file)


def test_words_about_money_speak_the_currency_of_the_data(tmp_path: Path) -> None:
    with kefen.open(tmp_path) as ledger:
        ledger.change_settings(currency="USD")
        assert amount(1200, "money", "zh") == "1,200 美元"


def test_the_window_fy_follows_the_companys_fiscal_year(tmp_path: Path) -> None:
    words = {"zh": "一", "en": "One"}
    document = {
        "name": "x",
        "title": words,
        "method": "share",
        "indicator": "sales",
        "window": "fy",
    }
    document["classes"] = [{"key": "A", "title": words, "upto": 0.8}, {"key": "B", "title": words}]
    with kefen.open(tmp_path) as ledger:
        assert load_scheme(document).window == "fy1"
        ledger.change_settings(fiscal_year_start=4)
        assert load_scheme(document).window == "fy4"
        ledger.load(ORDERS, "orders")
        run = kefen.grade(ledger, document, "2025-01-10")
        assert "fiscal year to date (from April)" in run.explain("C").text("en")
