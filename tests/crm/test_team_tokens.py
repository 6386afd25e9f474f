from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from kefen_crm.team.actions import create_token, revoke_token, set_active
from kefen_crm.team.models import ApiToken
from kefen_crm.team.queries import token_user

CREATE = reverse("team:token_create")


def test_key_is_shown_once_and_not_kept(sign_in, carol):
    browser = sign_in(carol)
    answer = browser.post(CREATE, {"name": "ERP", "expires": ""})
    key = answer.context["new_key"]
    assert answer.status_code == 201
    assert key in answer.content.decode()
    assert key not in browser.get(reverse("team:profile")).content.decode()
    assert key not in ApiToken.objects.get().digest
    assert token_user(key) == carol


def test_use_is_noted(carol):
    token, key = create_token(carol, "ERP")
    token_user(key)
    token.refresh_from_db()
    noted = token.last_used
    assert noted is not None
    token_user(key)
    token.refresh_from_db()
    assert token.last_used == noted  # to the minute
    ApiToken.objects.update(last_used=noted - timedelta(minutes=2))
    token_user(key)
    token.refresh_from_db()
    assert token.last_used > noted


def test_wrong_key_opens_nothing(carol):
    create_token(carol, "ERP")
    assert token_user("kfn_wrong") is None
    assert token_user("") is None


def test_expired_token(carol):
    yesterday = timezone.localdate() - timedelta(days=2)
    _, key = create_token(carol, "ERP", expires=yesterday)
    assert token_user(key) is None


def test_token_may_not_be_born_expired(sign_in, carol):
    answer = sign_in(carol).post(CREATE, {"name": "ERP", "expires": "2001-01-01"})
    assert answer.status_code == 422
    assert not ApiToken.objects.exists()


def test_token_of_a_switched_off_user(alice, carol):
    _, key = create_token(carol, "ERP")
    set_active(alice, carol, active=False)
    assert token_user(key) is None
    with pytest.raises(PermissionDenied):
        create_token(carol, "CRM")


def test_owner_revokes(sign_in, carol):
    token, key = create_token(carol, "ERP")
    sign_in(carol).post(reverse("team:token_revoke", args=[token.pk]))
    assert token_user(key) is None
    assert ApiToken.history.first().history_user == carol


def test_administrator_revokes(alice, carol):
    token, key = create_token(carol, "ERP")
    revoke_token(alice, token)
    assert token_user(key) is None


def test_outsider_may_not_revoke(sign_in, carol, dave):
    token, key = create_token(carol, "ERP")
    answer = sign_in(dave).post(reverse("team:token_revoke", args=[token.pk]))
    assert answer.status_code == 404
    with pytest.raises(PermissionDenied):
        revoke_token(dave, token)
    assert token_user(key) == carol
