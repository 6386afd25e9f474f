"""The settings page: no wider than a phone, and saved by what stands in its form."""

import pytest

import kefen

pytestmark = pytest.mark.browser


def test_a_phone_shows_and_saves_the_settings(open_page, alice, tmp_path, settings):
    settings.KEFEN_DATA = tmp_path
    with kefen.open(tmp_path) as ledger:
        ledger.change_settings(company="Ming")
        page = open_page("/settings/", alice, phone=True, color_scheme="dark")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_label("Company name").fill("明达贸易")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("The settings are saved.").wait_for()
        assert ledger.settings.company == "明达贸易"
        page.get_by_text("Ming → 明达贸易").wait_for()
