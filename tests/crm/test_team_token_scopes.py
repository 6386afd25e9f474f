"""Tokens with chosen permits, as the shell makes them."""

from contextlib import nullcontext

import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from typer.testing import CliRunner

from kefen.cli import app
from kefen_crm.process import admin
from kefen_crm.team.actions import create_token
from kefen_crm.team.models import ApiToken


def program(key) -> Program:
    found = Program()
    found.headers["Authorization"] = f"Bearer {key}"
    return found


def test_a_token_does_no_more_than_its_scopes(ledger, bob):
    _, key = create_token(bob, "ERP", scopes=["import_facts"])
    erp = program(key)
    assert erp.get("/me")["can"] == ["import_facts"]
    row = {"order_id": "T1", "customer_id": "C1", "ordered_on": "2025-01-03", "amount": "1"}
    erp.post("/facts/orders", [row], 201)
    erp.post("/runs", {}, 403)
    assert erp.get("/facts/orders")["items"] == []  # all customers are not among its scopes


def test_never_more_than_the_owner(erin):
    with pytest.raises(PermissionDenied):
        create_token(erin, "ERP", scopes=["import_facts"])


def test_the_profile_page_shows_scopes(sign_in, bob):
    create_token(bob, "ERP", scopes=["import_facts", "grade"])
    page = sign_in(bob).get(reverse("team:profile")).content.decode()
    assert "grade, import_facts" in page


@pytest.fixture
def shell(monkeypatch, bob, tmp_path):
    monkeypatch.setattr(admin, "site_environment", lambda _data: nullcontext())

    def run(*arguments):
        return CliRunner().invoke(app, ["token", *arguments, "--lang", "en"])

    return run


def test_made_listed_and_revoked_from_the_shell(shell, ledger):
    made = shell("create", "bob", "ERP", "--scope", "import_facts", "--expires", "2099-12-31")
    key = made.output.strip()
    assert program(key).get("/me")["can"] == ["import_facts"]
    listed = shell("list").output
    assert "import_facts" in listed
    assert "2099-12-31" in listed
    token = ApiToken.objects.get()
    assert "no longer works" in shell("revoke", str(token.pk)).output
    program(key).get("/me", 401)


def test_a_service_account_from_the_shell(shell, ledger):
    assert "kefen token create erp" in shell("account", "erp", "--role", "manager").output
    key = shell("create", "erp", "nightly", "--scope", "import_facts").output.strip()
    erp = program(key)
    assert erp.get("/me")["username"] == "erp"
    row = {"order_id": "T1", "customer_id": "C1", "ordered_on": "2025-01-03", "amount": "1"}
    erp.post("/facts/orders", [row], 201)
    for path in ("/facts/orders", "/customers", "/contacts", "/receivables/invoices"):
        assert "see_all_customers" in erp.get(path, 403)["detail"]
    assert "grade" in erp.post("/runs", {}, 403)["detail"]
    assert shell("account", "erp").exit_code == 1
    assert "admin" in shell("account", "other", "--role", "king").output


def test_what_there_is_not(shell):
    for arguments in (
        ("create", "zoe", "ERP"),
        ("create", "bob", "ERP", "--scope", "fly"),
        ("create", "bob", "ERP", "--expires", "2001-01-01"),
        ("create", "bob", "ERP", "--scope", "manage_users"),
        ("revoke", "99"),
    ):
        assert shell(*arguments).exit_code == 1
    assert not ApiToken.objects.exists()
