"""When tokens and sessions end, and whose they are: persons' and service accounts'."""

from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from cast import PASSWORD
from kefen_crm.platform.models import Event
from kefen_crm.team.actions import (
    create_token,
    reset_password,
    set_active,
)
from kefen_crm.team.models import ApiToken, User
from kefen_crm.team.queries import token_user

OTHER = "tall-green-tree"
HOME, USERS, TOKENS = reverse("home"), reverse("team:users"), reverse("team:tokens")


def edit(user):
    return reverse("team:user_edit", args=[user.pk])


@pytest.mark.parametrize(("ticked", "left"), [({}, 1), ({"tokens": "on"}, 0)])
def test_ones_own_change_of_password_ends_tokens_by_choice(sign_in, bob, ticked, left):
    create_token(bob, "ERP")
    browser = sign_in(bob)
    browser.post(reverse("team:password"), {"old": PASSWORD, "new": OTHER} | ticked)
    assert browser.get(HOME).status_code == 200
    assert bob.tokens.count() == left


def test_a_reset_by_an_administrator_ends_tokens(alice, bob):
    _, key = create_token(bob, "ERP")
    reset_password(alice, bob, OTHER)
    assert token_user(key) is None
    assert ApiToken.history.first().history_user == alice


def test_a_password_that_the_shell_gives_ends_sessions_and_tokens(sign_in, bob, monkeypatch):
    browser, (_, key) = sign_in(bob), create_token(bob, "ERP")
    assert browser.get(HOME).status_code == 200
    monkeypatch.setattr("getpass.getpass", lambda prompt: OTHER)
    call_command("changepassword", "bob", stdout=StringIO())
    assert browser.get(HOME).status_code == 302
    assert token_user(key) is None
    assert Event.objects.filter(verb="user.password-changed", actor=None).count() == 1
    assert Client().login(username="bob", password=OTHER)


def test_switched_on_again_neither_sessions_nor_tokens_are_back(sign_in, alice, bob):
    browser, (_, key) = sign_in(bob), create_token(bob, "ERP")  # a session nobody listed
    assert browser.get(HOME).status_code == 200
    for active in (False, True):
        set_active(alice, bob, active=active)
    assert browser.get(HOME).status_code == 302
    assert token_user(key) is None
    assert Client().login(username="bob", password=PASSWORD)


def test_an_administrator_sees_and_revokes_all(sign_in, alice, bob, carol):
    token, key = create_token(bob, "ERP", scopes=["grade"])
    token_user(key)
    browser = sign_in(alice)
    for page in (TOKENS, edit(bob)):
        text = browser.get(page).content.decode()
        assert "ERP" in text
        assert "grade" in text
    revoke = reverse("team:token_revoke", args=[token.pk])
    assert sign_in(carol).get(TOKENS).status_code == 403
    assert sign_in(carol).post(revoke).status_code == 404
    assert browser.post(revoke, {"back": "tokens"}).url == TOKENS
    assert token_user(key) is None
    assert "No tokens" in browser.get(TOKENS).content.decode()


def test_a_service_account_owns_tokens_and_nobody_signs_in_as_it(sign_in, alice, bob):
    browser = sign_in(alice)
    form = {"username": "erp", "name": "ERP", "role": "manager"}
    assert browser.post(reverse("team:user_add"), form).status_code == 422  # a person
    made = browser.post(reverse("team:user_add"), form | {"service": "on"})
    erp = User.objects.get(username="erp")
    assert made.url == edit(erp)
    wanted = {"name": "nightly", "scopes": ["import_facts"]}
    url = reverse("team:user_token", args=[erp.pk])
    page = browser.post(url, wanted)
    assert page.status_code == 201
    assert token_user(page.context["new_key"]) == erp
    assert erp.tokens.get().scopes == ["import_facts"]
    assert sign_in(bob).post(url, wanted).status_code == 403
    assert browser.post(url, wanted | {"scopes": ["manage_users"]}).status_code == 422
    assert "service account" in browser.get(USERS).content.decode()
    with pytest.raises(ValidationError):
        reset_password(alice, erp, OTHER)
    erp.set_password(OTHER)  # by whoever has the shell
    erp.save()
    assert not Client().login(username="erp", password=OTHER)


def test_nobody_makes_tokens_for_another_person(sign_in, alice, bob):
    url = reverse("team:user_token", args=[bob.pk])
    assert sign_in(alice).post(url, {"name": "x"}).status_code == 404
