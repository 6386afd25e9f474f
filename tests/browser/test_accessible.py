"""axe finds nothing serious on the main pages, in light and in dark, on a desk and on a phone."""

import polars as pl
import pytest
from django.urls import reverse

import kefen
from kefen_crm.grading.actions import adopt_runs, install_ready_made
from kefen_crm.platform.notifications import notify
from kefen_crm.platform.rules import kinds
from kefen_crm.rules.actions import save

pytestmark = pytest.mark.browser

ORDERS = pl.DataFrame(
    {
        "customer_id": ["C1", "C2", "C3"],
        "ordered_on": ["2025-03-01", "2025-06-01", "2025-07-01"],
        "amount": ["8000", "1500", "500"],
    }
)

PAGES = (
    "/",
    "/customers/?class=abc:A",
    reverse("customers:detail", args=["C1"]),
    reverse("grading:list"),
    reverse("grading:detail", args=["abc"]),
    reverse("designer:edit", args=["abc"]),
    reverse("grading:versions", args=["abc"]),
    reverse("proof:overview"),
    reverse("imports:list"),
    reverse("team:users"),
    reverse("team:profile"),
    reverse("workdays:settings"),
    reverse("notifications:list"),
    reverse("notifications:settings"),
    reverse("rules:detail", args=["contact_gap"]),
    reverse("rules:draft", args=["contact_gap"]),
)
SERIOUS = {"serious", "critical"}


@pytest.fixture
def graded(tmp_path, settings, db):
    settings.KEFEN_DATA = tmp_path
    with kefen.open(tmp_path) as ledger:
        ledger.load(ORDERS, kind="orders")
        kefen.grade(ledger, "abc", "2026-01-01")
    install_ready_made()
    adopt_runs()


@pytest.fixture
def told(graded, alice):
    """Something to read, and rules being written."""
    notify([alice], "contact_gap", "Nobody has spoken to %(customer)s", {"customer": "C1"})
    rule = {"name": "Best", "scope": {"scheme": "abc", "classes": ["A"]}, "working_days": 0}
    save(alice, kinds()["contact_gap"], {"rules": [rule]})


@pytest.mark.parametrize("look", ["light", "dark"])
def test_nothing_serious(told, alice, open_page, look):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page("/", alice, phone=look == "dark", color_scheme=look, bypass_csp=True)
    found = []
    for path in PAGES:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        report = Axe().run(page).response
        found += [
            (path, one["id"], one["nodes"][0]["target"])
            for one in report["violations"]
            if one["impact"] in SERIOUS
        ]
    assert found == []
