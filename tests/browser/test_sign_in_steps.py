"""Setting up the second step and choosing a password, as a person does it."""

import os
import time

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.urls import reverse

from cast import PASSWORD
from kefen_crm.team.actions import create_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SHOTS")


def shot(page, name):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_setting_up_the_second_step(open_page, bob):
    cache.clear()
    page = open_page(reverse("team:profile"), bob)
    shot(page, "profile")
    page.get_by_role("link", name="Set up").click()
    shot(page, "mfa-index")
    page.get_by_role("link", name="Activate").click()
    shot(page, "reauth")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    shot(page, "activate")
    secret = page.get_by_label("Authenticator secret").input_value()
    counter = int(time.time()) // totp.app_settings.TOTP_PERIOD
    code = totp.format_hotp_value(totp.hotp_value(secret, counter))
    page.get_by_label("Authenticator code").fill(code)
    page.get_by_role("button", name="Activate").click()
    page.get_by_label("Unused codes").wait_for()
    shot(page, "codes")
    page.goto(reverse("mfa_index"))
    shot(page, "mfa-on")
    for options, name in (({"phone": True, "locale": "zh-CN", "color_scheme": "dark"}, "zh"),):
        signing_in = open_page(reverse("account_login"), **options)
        signing_in.locator("#id_login").fill("bob")
        signing_in.locator("#id_password").fill(PASSWORD)
        signing_in.locator("form button").last.click()
        signing_in.wait_for_url("**/two-step/authenticate/")
        shot(signing_in, f"authenticate-{name}")
        later = totp.format_hotp_value(totp.hotp_value(secret, counter + 1))
        signing_in.locator("#id_code").fill(later)
        signing_in.get_by_role("button", name="登录").click()
        signing_in.wait_for_url("**/")
        signing_in.goto(reverse("team:profile"))
        shot(signing_in, f"profile-{name}")


def test_choosing_a_password(open_page, alice):
    fred = create_user(alice, username="fred", password="tall-green-tree", name="Fred")
    page = open_page("/", fred, phone=True)
    assert page.url.endswith(reverse("team:own_password"))
    shot(page, "own-password")
    page.get_by_label("Present password").fill("tall-green-tree")
    page.get_by_label("New password").fill("small-red-house")
    page.get_by_role("button", name="Change password").click()
    page.wait_for_url("**/")
