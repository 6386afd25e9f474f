import pytest
from django.urls import reverse
from expecting import expect

from cast import PASSWORD
from kefen_crm.team.actions import create_token

pytestmark = pytest.mark.browser
PROFILE, USERS = reverse("team:profile"), reverse("team:users")
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def test_sign_in_leads_where_one_wanted_to_go(open_page, alice):
    page = open_page(USERS)
    page.fill("#id_login", "alice")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Users")


def test_keyboard(open_page, alice):
    page = open_page(PROFILE, alice)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#content"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "kf-q"
    page.keyboard.type("gu")
    assert page.input_value("#kf-q") == "gu"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("?")
    expect(page.locator("#kf-keys")).to_be_focused()
    page.keyboard.press("Escape")
    page.wait_for_selector("#kf-keys", state="hidden")
    page.keyboard.press("g")
    page.keyboard.press("u")
    page.wait_for_url(f"**{USERS}")


def test_theme_is_kept(open_page, alice):
    page = open_page(PROFILE, alice)
    shown = "document.documentElement.dataset.bsTheme"
    assert page.evaluate(shown) == "light"
    page.click(".kf-topbar [aria-label='Light or dark']")
    with page.expect_response(f"**{reverse('team:theme')}"):
        page.click(".kf-topbar [data-kf-theme-choice=dark]")
    assert page.evaluate(shown) == "dark"
    page.reload()
    assert page.evaluate(shown) == "dark"
    alice.refresh_from_db()
    assert alice.theme == "dark"


def test_theme_like_the_device(open_page, alice):
    page = open_page(PROFILE, alice, color_scheme="dark")
    shown = "document.documentElement.dataset.bsTheme"
    assert page.evaluate(shown) == "dark"
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_language(open_page, alice):
    page = open_page(PROFILE, alice)
    page.click(".kf-topbar button[name=language]")
    page.wait_for_selector("html[lang=zh-Hans]")
    assert page.url.endswith(PROFILE)
    assert "用户" in page.inner_text("#kf-menu")


def test_nothing_is_revoked_without_a_yes(open_page, carol):
    create_token(carol, "ERP")
    page = open_page(PROFILE, carol)
    page.click("form[data-confirm] button")
    page.wait_for_selector("#kf-confirm.show")
    assert "ERP" in page.inner_text("#kf-confirm-text")
    page.click("#kf-confirm >> text=Cancel")
    page.wait_for_selector("#kf-confirm", state="hidden")
    assert carol.tokens.count() == 1
    page.click("form[data-confirm] button")
    page.click("#kf-confirm [data-kf-yes]")
    page.wait_for_selector(".kf-toast-success")
    assert carol.tokens.count() == 0


@pytest.mark.parametrize("path", [PROFILE, USERS])
@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_fits_a_phone(open_page, alice, bob, path, locale):
    page = open_page(path, alice, phone=True, locale=locale)
    assert not page.evaluate(WIDER)
    page.click(".navbar-toggler")
    page.wait_for_selector("#kf-menu.show .nav-link")
    page.click("[data-kf-search]")
    assert page.evaluate("document.activeElement.id") == "kf-q"
    assert not page.evaluate(WIDER)
