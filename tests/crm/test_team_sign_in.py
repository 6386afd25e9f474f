import pytest
from django.urls import reverse

from cast import PASSWORD
from kefen_crm.team.actions import set_active

LOGIN = reverse("account_login")


@pytest.mark.parametrize("login", ["bob", "BOB", "bob@example.com"])
def test_by_user_name_or_email(client, bob, login):
    answer = client.post(LOGIN, {"login": login, "password": PASSWORD})
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(bob.pk)
    bob.refresh_from_db()
    assert bob.last_login is not None
    assert bob.history.count() == 1


def test_wrong_password(client, bob):
    answer = client.post(LOGIN, {"login": "bob", "password": "guess"})
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


def test_switched_off_account(client, alice, bob):
    set_active(alice, bob, active=False)
    client.post(LOGIN, {"login": "bob", "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_switching_off_ends_the_session(alice, bob, sign_in):
    browser = sign_in(bob)
    assert browser.get(reverse("team:profile")).status_code == 200
    set_active(alice, bob, active=False)
    assert browser.get(reverse("team:profile")).status_code == 302


@pytest.mark.parametrize("name", ["team:profile", "team:users", "team:user_add"])
def test_signed_out_sees_nothing(client, db, name):
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert answer.url.startswith(LOGIN)


def test_nobody_signs_up(client, db):
    assert client.get("/sign-up/").status_code == 404
    assert client.get("/accounts/signup/").status_code == 404


def test_demo_logins_only_in_a_demo(client, db, settings):
    assert "kefen-demo" not in client.get(LOGIN).content.decode()
    settings.KEFEN_DEMO = True
    page = client.get(LOGIN).content.decode()
    assert "kefen-demo" in page
    assert 'data-kf-login="manager"' in page


def test_sign_out(sign_in, bob):
    browser = sign_in(bob)
    browser.post(reverse("account_logout"))
    assert "_auth_user_id" not in browser.session


def test_who_was_signed_out_meanwhile_comes_back_to_the_page(client, db):
    page = "http://testserver/imports/7/?step=columns"
    back = "/sign-in/?next=%2Fimports%2F7%2F%3Fstep%3Dcolumns"
    posted = client.post("/imports/7/land/", headers={"referer": page})
    assert (posted.status_code, posted.headers["Location"]) == (302, back)
    part = client.get(
        "/imports/7/progress/", headers={"hx-request": "true", "hx-current-url": page}
    )
    assert (part.status_code, part.headers["HX-Redirect"]) == (200, back)
    bare = client.get("/")
    assert (bare.status_code, bare.headers["Location"]) == (302, "/sign-in/")
    elsewhere = client.post("/imports/7/land/", headers={"referer": "https://example.com/x"})
    assert elsewhere.headers["Location"] == "/sign-in/?next=%2F"
