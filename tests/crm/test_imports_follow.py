"""Facts that landed are graded, whoever brought them and whatever happened since."""

import polars as pl
import pytest
from django.urls import reverse
from import_steps import again, checked, landed

from jobs import begin, lose, queued, work_off
from kefen_crm.customers.models import Customer
from kefen_crm.grading import actions
from kefen_crm.grading.actions import install_ready_made
from kefen_crm.grading.models import Run
from kefen_crm.grading.plugin import PLUGIN
from kefen_crm.grading.tasks import try_again
from kefen_crm.imports import tasks, work
from kefen_crm.imports.actions import request_landing
from kefen_crm.imports.models import Import


class Killed(BaseException):
    """The worker is ended; no code of its own runs any more."""


@pytest.fixture
def schemes(db, ledger):
    install_ready_made()
    return ledger


def keep_up(minute):
    """What the clock does every minute."""
    tasks.keep_up(minute)
    try_again(minute)


def end_the_worker(*_arguments, **_more):
    raise Killed


def test_killed_between_landing_and_following_it_is_graded(bob, schemes, monkeypatch):
    record = checked(bob)
    request_landing(bob, record.pk)
    begin("imports")
    with monkeypatch.context() as patched:
        patched.setattr(work, "announce", end_the_worker)
        with pytest.raises(Killed):
            work.land(record.pk)
    assert (schemes.version, Run.objects.count()) == (1, 0)
    keep_up(0)
    assert Run.objects.filter(status="queued").count() == 8
    keep_up(0)
    assert Run.objects.count() == 8


def test_killed_too_often_after_it_landed_it_has_landed(bob, schemes, monkeypatch):
    record = checked(bob)
    request_landing(bob, record.pk)
    with monkeypatch.context() as patched:
        patched.setattr(work, "announce", end_the_worker)
        with pytest.raises(Killed):
            work.land(record.pk)
    lose("imports")
    keep_up(0)
    record = again(record)
    assert (record.status, record.batch_id) == ("committed", schemes.history()[0].id)
    assert record.report["added"] == 2
    assert Import.objects.count() == 1


def test_a_database_that_fails_between_is_made_good(bob, schemes, monkeypatch):
    def gone(*_arguments):
        raise OSError("the connection is gone")

    with monkeypatch.context() as patched:
        patched.setattr(work, "announce", gone)
        record = landed(bob)
    assert (record.status, Run.objects.count()) == ("committed", 0)
    keep_up(0)
    assert Run.objects.filter(status="queued").count() == 8


def test_what_the_shell_imports_is_listed_and_graded(schemes, tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("客户名称,下单日期,金额\n明达,2025-03-01,400\n", "utf-8")
    schemes.load(file)
    keep_up(0)
    assert Import.objects.get().name == "orders.csv"
    work_off("grading")
    assert Customer.objects.get().name == "明达"
    assert Run.objects.filter(status="finished", ledger_version=1).count() == 8


def test_an_undo_by_the_shell_is_followed(bob, schemes):
    record = landed(bob)
    work_off("grading")
    schemes.load(record.path, "orders", note="more", repeated_lines="all")
    keep_up(0)
    work_off("grading")
    schemes.undo(record.batch_id)
    keep_up(0)
    assert Run.objects.filter(status="queued").count() == 8
    assert again(record).status == "undone"


def test_runs_that_broke_are_tried_again_three_times_in_all(bob, schemes):
    landed(bob)
    for attempt in range(1, 4):
        assert Run.objects.count() == 8 * attempt
        lose("grading")
        keep_up(0)
    assert Run.objects.count() == 24
    assert queued("grading") == []


def test_nothing_new_queues_nothing(bob, schemes):
    landed(bob)
    work_off("grading")
    keep_up(0)
    assert Run.objects.count() == 8


def test_texts_longer_than_the_site_shows_stop_nothing(bob, schemes, sign_in):
    code, industry = "号" * 200, "业" * 150
    schemes.load(pl.DataFrame({"customer_id": [code], "industry": [industry]}), "customers")
    orders = {"customer_id": [code], "ordered_on": ["2025-01-03"], "amount": ["12"]}
    schemes.load(pl.DataFrame(orders), "orders")
    keep_up(0)
    work_off("grading")
    assert set(Run.objects.values_list("status", flat=True)) == {"finished"}
    [customer] = Customer.objects.all()
    assert customer.code == code
    assert (len(customer.industry), customer.industry[-2:]) == (120, "业…")
    assert sign_in(bob).get(customer_address(customer)).status_code == 200


def customer_address(customer):
    return reverse("customers:detail", args=[customer.code])


def test_the_site_comes_up_whatever_the_facts_hold(schemes, monkeypatch):
    def broken(*_arguments):
        raise RuntimeError

    monkeypatch.setattr(actions, "adopt_runs", broken)
    assert PLUGIN.install() == ""
