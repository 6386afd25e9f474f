"""Guessing is slowed down, given passwords are changed, sessions end, a second step is asked."""

import time

import pytest
from allauth.mfa.totp.internal import auth as totp
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from cast import PASSWORD
from kefen_crm.team.actions import change_password, create_first_user, create_user, reset_password
from kefen_crm.team.models import User

LOGIN = reverse("account_login")
OWN = reverse("team:own_password")
HOME = reverse("home")


@pytest.fixture(autouse=True)
def no_attempts_yet(db):
    cache.clear()


def attempt(login, password, address="10.0.0.1", **headers):
    client = Client(REMOTE_ADDR=address, **headers)
    answer = client.post(LOGIN, {"login": login, "password": password})
    return client, answer


def signed_in(client):
    return "_auth_user_id" in client.session


def test_guessing_one_name_from_many_addresses_is_refused(bob, carol):
    for number in range(5):
        attempt("bob", "guess", f"10.0.0.{number}")
    client, answer = attempt("bob", PASSWORD, "10.0.9.9")
    assert not signed_in(client)
    assert "Too many" in answer.content.decode()
    assert signed_in(attempt("carol", PASSWORD)[0])


def test_guessing_many_names_from_one_address_is_refused(bob):
    for number in range(20):
        attempt(f"nobody{number}", "guess", "10.0.0.7")
    assert not signed_in(attempt("bob", PASSWORD, "10.0.0.7")[0])
    assert signed_in(attempt("bob", PASSWORD, "10.0.0.8")[0])


def test_attempts_are_counted_in_the_database(bob, django_db_blocker, settings):
    """So that every web process counts the same attempts."""
    assert settings.CACHES["default"]["BACKEND"].endswith("DatabaseCache")


def test_a_trusted_proxy_gives_the_address(bob, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(20):
        attempt(f"nobody{number}", "guess", "127.0.0.1", HTTP_X_FORWARDED_FOR="9.9.9.9")
    same = attempt("bob", PASSWORD, "127.0.0.1", HTTP_X_FORWARDED_FOR="9.9.9.9")[0]
    forged = attempt("bob", PASSWORD, "127.0.0.1", HTTP_X_FORWARDED_FOR="1.2.3.4, 9.9.9.9")[0]
    other = attempt("bob", PASSWORD, "127.0.0.1", HTTP_X_FORWARDED_FOR="8.8.8.8")[0]
    assert not signed_in(same)
    assert not signed_in(forged)
    assert signed_in(other)


def test_the_first_administrator_chooses_a_password(db, client, settings, tmp_path):
    settings.KEFEN_DATA = tmp_path
    create_first_user()
    client.force_login(User.objects.get())
    assert client.get(HOME).url == OWN
    assert client.get(reverse("customers:list")).url == OWN
    assert client.get(OWN).status_code == 200


def test_a_given_password_is_changed_first(alice):
    create_user(alice, username="fred", password="tall-green-tree", name="Fred")
    client, _answer = attempt("fred", "tall-green-tree")
    assert signed_in(client)
    assert client.get(HOME).url == OWN
    same = client.post(OWN, {"old": "tall-green-tree", "new": "tall-green-tree"})
    assert same.status_code == 422
    done = client.post(OWN, {"old": "tall-green-tree", "new": "small-red-house"})
    assert done.url == HOME
    assert client.get(HOME).status_code == 200
    assert client.get(OWN).url == HOME


def test_a_reset_password_ends_every_session_and_is_changed_first(alice, bob):
    browser, _ = attempt("bob", PASSWORD)
    reset_password(alice, bob, "tall-green-tree")
    assert browser.get(HOME).url.startswith(LOGIN)
    again, _ = attempt("bob", "tall-green-tree")
    assert again.get(HOME).url == OWN


def test_ones_own_password_needs_no_second_change(bob):
    change_password(bob, PASSWORD, "tall-green-tree")
    browser, _ = attempt("bob", "tall-green-tree")
    assert browser.get(HOME).status_code == 200


def test_sessions_are_listed_and_ended(bob):
    here, _ = attempt("bob", PASSWORD, HTTP_USER_AGENT="Mozilla/5.0 (Windows) Chrome/120 Safari")
    there, _ = attempt("bob", PASSWORD, "10.0.0.2", HTTP_USER_AGENT="Mozilla/5.0 (iPhone) Safari/1")
    page = here.get(reverse("team:profile"))
    listed = {(one.browser, one.address, one.current) for one in page.context["sessions"]}
    assert listed == {
        ("Chrome · Windows", "10.0.0.1", True),
        ("Safari · iPhone", "10.0.0.2", False),
    }
    other = next(one for one in page.context["sessions"] if not one.current)
    here.post(reverse("team:session_end", args=[other.pk]))
    assert there.get(HOME).url.startswith(LOGIN)
    assert here.get(HOME).status_code == 200


def test_all_other_sessions_end_at_once(bob):
    here, _ = attempt("bob", PASSWORD)
    others = [attempt("bob", PASSWORD, f"10.0.0.{number}")[0] for number in (2, 3)]
    here.post(reverse("team:sessions_end"))
    assert all(other.get(HOME).url.startswith(LOGIN) for other in others)
    assert here.get(HOME).status_code == 200


def test_nobody_ends_anothers_session(bob, carol):
    attempt("bob", PASSWORD)
    session = UserSession.objects.get(user=bob)
    outsider, _ = attempt("carol", PASSWORD)
    assert outsider.post(reverse("team:session_end", args=[session.pk])).status_code == 404
    ended = outsider.post(reverse("team:user_session", args=[bob.pk, session.pk]))
    assert ended.status_code == 403
    assert UserSession.objects.filter(pk=session.pk).exists()


def test_an_administrator_ends_a_session(alice, bob, sign_in):
    there, _ = attempt("bob", PASSWORD)
    session = UserSession.objects.get(user=bob)
    sign_in(alice).post(reverse("team:user_session", args=[bob.pk, session.pk]))
    assert there.get(HOME).url.startswith(LOGIN)


def code(secret, step=0):
    return totp.format_hotp_value(
        totp.hotp_value(secret, int(time.time()) // totp.app_settings.TOTP_PERIOD + step)
    )


def with_two_step(user):
    """Set up an authenticator through the pages; gives its secret."""
    browser, _ = attempt(user.username, PASSWORD)
    setting_up = reverse("mfa_activate_totp")
    asked = browser.get(setting_up)
    assert asked.url.startswith(reverse("account_reauthenticate"))
    browser.post(asked.url, {"password": PASSWORD, "next": setting_up})
    page = browser.get(setting_up)
    secret = page.context["form"].secret
    done = browser.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert done.status_code == 302
    return secret


def test_a_second_step_is_asked(bob):
    secret = with_two_step(bob)
    client, answer = attempt("bob", PASSWORD)
    assert answer.url == reverse("mfa_authenticate")
    assert not signed_in(client)
    assert client.get(HOME).url.startswith(LOGIN)
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not signed_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code(secret, 1)})
    assert signed_in(client)


def test_an_administrator_switches_a_lost_second_step_off(alice, bob, carol, sign_in):
    with_two_step(bob)
    url = reverse("team:user_two_step", args=[bob.pk])
    assert sign_in(carol).post(url).status_code == 403
    assert sign_in(alice).post(url).status_code == 302
    assert signed_in(attempt("bob", PASSWORD)[0])


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_of_the_second_step(bob, language):
    bob.language = language
    bob.save()
    with_two_step(bob)
    browser = Client()
    browser.force_login(bob)
    words = {"en": "Two-step sign-in", "zh-hans": "两步登录"}
    for name in ("mfa_index", "team:profile"):
        page = browser.get(reverse(name))
        assert page.status_code == 200
        assert words[language] in page.content.decode()
