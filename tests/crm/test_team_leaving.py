"""Who leaves the team: disclosed, then nameless, while what they did stays."""

import io
import json
import zipfile

import polars as pl
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from kefen_crm.imports.models import Import
from kefen_crm.team import actions, leaving
from kefen_crm.team.models import ApiToken, User


def disclose(user):
    return reverse("team:user_disclose", args=[user.pk])


def test_what_is_held_of_a_user_is_told_to_them_and_to_administrators(sign_in, alice, bob, carol):
    actions.create_token(bob, "robot")
    assert sign_in(carol).get(disclose(bob)).status_code == 403
    for who in (alice, bob):
        answer = sign_in(who).get(disclose(bob))
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            told = json.loads(archive.read("disclosure.json"))
            assert "Bob 李" in archive.read("disclosure.zh.html").decode()
    text = json.dumps(told, ensure_ascii=False)
    assert "bob@example.com" in text
    assert "robot" in text
    assert ApiToken.objects.get().digest not in text
    assert bob.password not in text


def test_who_left_is_made_nameless_and_what_they_did_stays(sign_in, alice, bob, ledger):
    ledger.load(pl.DataFrame({"customer_id": ["C1"], "name": ["明达"]}), "customers", by="Bob 李")
    Import.objects.create(name="a.csv", size=1, by=bob, report={"undone_by": "Bob 李", "rows": 1})
    with pytest.raises(ValidationError):
        leaving.anonymise(alice, bob)
    actions.set_active(alice, bob, active=False)
    with pytest.raises(PermissionDenied):
        leaving.anonymise(bob, bob)
    browser = sign_in(alice)
    assert browser.post(reverse("team:user_anonymise", args=[bob.pk])).status_code == 302
    bob.refresh_from_db()
    name = f"former user #{bob.pk}"
    assert (str(bob), bob.email, bob.has_usable_password()) == (name, "", False)
    assert {one.username for one in User.history.filter(id=bob.pk)} == {bob.username}
    record = Import.objects.get()
    assert (record.by, record.report) == (bob, {"undone_by": name, "rows": 1})
    ledger.refresh()
    assert ledger.history()[0].by == name
    assert "Bob" not in (ledger.path / "ledger" / "versions" / "1.json").read_text("utf-8")
    assert "Bob" not in browser.get(reverse("team:users")).content.decode()
    with pytest.raises(ValidationError):
        actions.set_active(alice, bob, active=True)
