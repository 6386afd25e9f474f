"""The settings page, backups on a schedule and on demand, the backup before an upgrade."""

import errno
import os
from datetime import UTC, datetime
from zipfile import ZipFile

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from jobs import work_off
from kefen_crm.operations import actions
from kefen_crm.operations.models import Event
from kefen_crm.operations.upgrade import back_up_before_upgrade

PAGE, BACK_UP = reverse("operations:settings"), reverse("operations:back_up")
FORM = {
    "company": "明达贸易",
    "currency": "CNY",
    "timezone": "Asia/Shanghai",
    "fiscal_year_start": "4",
    "language": "any",
    "backup_hour": "2",
    "backups_kept": "2",
    "versions_kept": "30",
    "runs_kept": "20",
}
ORDERS = [{"order_id": "1", "customer_id": "C", "ordered_on": "2025-01-03", "amount": "12"}]


@pytest.fixture
def zone(settings):
    """Whatever time zone a test takes on, the next has its own again."""
    before = settings.TIME_ZONE
    yield
    settings.TIME_ZONE = before
    timezone.get_default_timezone.cache_clear()


def backups(ledger):
    return sorted(path.name for path in (ledger.path / "backups").glob("*.zip"))


def test_an_administrator_changes_settings_and_it_is_told(sign_in, alice, ledger):
    browser = sign_in(alice)
    assert browser.post(PAGE, FORM).status_code == 302
    kept = ledger.settings
    assert (kept.company, kept.fiscal_year_start, kept.backup_hour) == ("明达贸易", 4, 2)
    event = Event.objects.get()
    assert (event.by, event.data["company"]) == (alice, ["", "明达贸易"])
    page = browser.get(PAGE).content.decode()
    assert "Settings changed" in page
    assert "明达贸易" in page
    browser.post(PAGE, FORM)
    assert Event.objects.count() == 1


def test_the_page_speaks_chinese(sign_in, alice, ledger):
    alice.language = "zh-hans"
    alice.save()
    page = sign_in(alice).get(PAGE).content.decode()
    assert "本位币" in page
    assert "立即备份" in page


@pytest.mark.parametrize("who", ["bob", "carol", "erin"])
def test_others_may_not(request, sign_in, who, ledger):
    outsider = request.getfixturevalue(who)
    browser = sign_in(outsider)
    assert browser.get(PAGE).status_code == 403
    assert browser.post(PAGE, FORM).status_code == 403
    assert browser.post(BACK_UP).status_code == 403
    with pytest.raises(PermissionDenied):
        actions.change_settings(outsider, company="x")
    assert not (ledger.path / "settings.json").exists()


def test_the_currency_of_amounts_that_landed_needs_a_clear_word(sign_in, alice, ledger, tmp_path):
    orders = tmp_path / "orders.csv"
    orders.write_text("order_id,customer_id,ordered_on,amount\n1,C,2025-01-03,12\n", "utf-8")
    ledger.load(orders, "orders")
    browser = sign_in(alice)
    refused = browser.post(PAGE, FORM | {"currency": "EUR"})
    assert refused.status_code == 422
    assert "currency" in refused.context["form"].errors
    assert ledger.settings.currency == "CNY"
    assert browser.post(PAGE, FORM | {"currency": "EUR", "relabel": "on"}).status_code == 302
    assert ledger.settings.currency == "EUR"


def test_the_company_is_named_on_every_page_and_its_language_spoken(client, sign_in, alice, ledger):
    english = {"accept-language": "en"}
    assert "Sign in" in client.get("/sign-in/", headers=english).content.decode()
    actions.change_settings(alice, company="明达贸易", language="zh")
    page = client.get("/sign-in/", headers=english).content.decode()
    assert "<title>登录 · 明达贸易</title>" in page
    client.cookies["django_language"] = "en"
    assert "<title>Sign in · 明达贸易</title>" in client.get("/sign-in/").content.decode()
    alice.language = "en"
    alice.save()
    assert "<title>Home · 明达贸易</title>" in sign_in(alice).get("/").content.decode()


def test_programs_are_answered_in_the_language_they_ask_for(client, alice, ledger):
    actions.change_settings(alice, language="zh")
    answer = client.get("/api/v1/customers", headers={"accept-language": "en"})
    assert answer["Content-Language"] == "en"


def test_what_means_nothing_is_refused_beside_its_field(sign_in, alice, ledger):
    answer = sign_in(alice).post(PAGE, FORM | {"timezone": "Mars/Olympus"})
    assert answer.status_code == 422
    assert "timezone" in answer.context["form"].errors
    with pytest.raises(ValidationError):
        actions.change_settings(alice, currency="yuan")


def test_the_day_follows_the_time_zone_at_once(sign_in, alice, ledger, zone):
    sign_in(alice).post(PAGE, FORM | {"timezone": "Pacific/Kiritimati"})
    assert timezone.get_default_timezone_name() == "Pacific/Kiritimati"


def test_a_backup_on_demand(sign_in, alice, ledger):
    browser = sign_in(alice)
    browser.post(BACK_UP)
    browser.post(BACK_UP)
    assert work_off("operations") == 1
    [name] = backups(ledger)
    assert name.endswith("-asked.zip")
    page = browser.get(PAGE).content.decode()
    assert name in page
    with ZipFile(ledger.path / "backups" / name) as archive:
        assert "database/team_user.copy" in archive.namelist()


def test_a_daily_backup_when_its_hour_has_come(alice, ledger, zone):
    actions.change_settings(alice, backup_hour=3, backups_kept=2, timezone="UTC")
    (ledger.path / "backups").mkdir()
    for day in ("20250101", "20250102"):
        (ledger.path / "backups" / f"kefen-{day}-030000-daily.zip").write_text("old")
    mine = ledger.path / "backups" / "kefen-20240101-000000.zip"
    mine.write_text("by hand")
    now = datetime.now(UTC)
    actions.keep_time(now)
    actions.keep_time(now)
    names = backups(ledger)
    assert next(name for name in names if "-daily" in name) == "kefen-20250102-030000-daily.zip"
    assert len(names) == 3
    assert mine.exists()
    actions.change_settings(alice, backup_hour="never")
    Event.objects.filter(kind=Event.Kind.BACKUP).delete()
    actions.keep_time(now)
    assert backups(ledger) == names


def test_a_backup_that_fails_is_told(sign_in, alice, ledger, monkeypatch):
    def full(_handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        actions.back_up("daily")
    assert backups(ledger) == []
    assert Event.objects.get().kind == Event.Kind.BACKUP_FAILED
    assert "Backup failed" in sign_in(alice).get(PAGE).content.decode()


def test_an_upgrade_takes_a_backup_first(ledger, db, monkeypatch):
    assert not back_up_before_upgrade()
    pending = lambda *_: [("one", False)]  # noqa: E731
    monkeypatch.setattr("django.db.migrations.executor.MigrationExecutor.migration_plan", pending)
    assert back_up_before_upgrade()
    assert len(backups(ledger)) == 1
