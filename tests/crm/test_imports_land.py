"""A checked file lands once, whatever happens on the way, and schemes are graded again."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from import_steps import ORDERS, again, checked, file, landed

from jobs import lose, queued, work_off
from kefen.ledger import lock
from kefen_crm.customers.models import Customer
from kefen_crm.grading.actions import install_ready_made
from kefen_crm.grading.models import Run
from kefen_crm.imports import work
from kefen_crm.imports.actions import request_landing, request_undo
from kefen_crm.imports.models import Import
from kefen_crm.platform.jobs import fail_orphans


def test_rows_land_and_schemes_are_graded(sign_in, bob, ledger):
    install_ready_made()
    record = landed(bob)
    assert (record.status, record.report["rows"], record.rejected) == ("committed", 2, 1)
    assert ledger.count("orders") == 2
    assert ledger.batch(record.batch_id).by == bob.display_name
    assert Run.objects.filter(by=bob, status="queued").count() == 8
    work_off("grading")
    assert set(Customer.objects.values_list("name", flat=True)) == {"上海明达", "重庆机电"}
    page = sign_in(bob).get(record.get_absolute_url()).content.decode()
    assert "2 rows are in the ledger" in page
    assert "See the classes" in page


def test_customers_alone_are_shown_without_grading(bob, ledger):
    install_ready_made()
    landed(bob, "客户编号,客户名称,城市\nC1,甲,上海\n", "customers.csv")
    assert Customer.objects.get().city == "上海"
    assert not Run.objects.exists()


def test_the_same_file_lands_once(bob, ledger):
    first, second = landed(bob), checked(bob)
    request_landing(bob, second.pk)
    work_off("imports")
    second = again(second)
    assert (second.status, second.batch_id) == ("committed", first.batch_id)
    assert second.report["already"] == first.batch_id
    assert ledger.version == 1


def test_asked_twice_it_is_queued_once(bob, ledger):
    record = checked(bob)
    request_landing(bob, record.pk)
    with pytest.raises(ValidationError):
        request_landing(bob, record.pk)
    assert len(queued("imports")) == 1


def test_a_busy_ledger_fails_in_words_and_can_be_tried_again(sign_in, bob, ledger, monkeypatch):
    monkeypatch.setattr(lock, "PATIENCE", 0.1)
    record = checked(bob)
    request_landing(bob, record.pk)
    with lock.writing(ledger.folder / "lock", "the shell"):
        work_off("imports")
    page = sign_in(bob).get(record.get_absolute_url()).content.decode()
    assert "The ledger is taken: the shell (" in page
    assert ledger.version == 0
    request_landing(bob, record.pk)
    work_off("imports")
    assert again(record).status == Import.Status.COMMITTED


def test_what_nobody_foresaw_fails_in_words(sign_in, bob, ledger, monkeypatch):
    record = checked(bob)
    request_landing(bob, record.pk)

    def full(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(work, "opened", full)
    with pytest.raises(OSError, match="No space"):
        work.land(record.pk)
    assert again(record).status == Import.Status.FAILED
    page = sign_in(bob).get(record.get_absolute_url()).content.decode()
    assert "No space left on device" in page
    assert "Try again" in page


def test_killed_after_it_landed_it_is_its_own_import(bob, ledger):
    record = checked(bob)
    request_landing(bob, record.pk)
    ledger.load(record.path, "orders", record.mapping)
    work_off("imports")
    record = again(record)
    assert record.status == Import.Status.COMMITTED
    assert (record.report["added"], record.report["already"]) == (2, None)
    assert ledger.version == 1


def test_a_lost_landing_fails_and_can_be_tried_again(bob, ledger):
    record = checked(bob)
    request_landing(bob, record.pk)
    lose("imports")
    fail_orphans()
    record = again(record)
    assert (record.status, record.reason["code"]) == ("failed", "worker-lost")
    request_landing(bob, record.pk)
    work_off("imports")
    assert again(record).status == Import.Status.COMMITTED


def test_a_job_that_comes_too_late_does_nothing(bob, ledger):
    record = landed(bob)
    work.land(record.pk)
    work.check(record.pk)
    assert ledger.version == 1
    assert again(record).status == Import.Status.COMMITTED


def test_every_step_is_in_the_history(bob, ledger):
    record = landed(bob)
    request_undo(bob, record.pk)
    work_off("imports")
    steps = list(record.history.order_by("history_id").values_list("status", flat=True))
    assert steps == [
        "uploaded", "checking", "checked", "committing", "committed", "undoing", "undone",
    ]  # fmt: skip


def test_by_the_wizard_alone(sign_in, bob, ledger):
    browser = sign_in(bob)
    page = browser.post(reverse("imports:new"), {"files": file(ORDERS)}).url
    pk = Import.objects.get().pk
    mapping = {"column-0": "customer_name", "column-1": "ordered_on", "column-2": "amount"}
    assert browser.post(reverse("imports:check", args=[pk]), mapping).url == page
    work_off("imports")
    assert browser.post(reverse("imports:land", args=[pk])).url == page
    work_off("imports")
    assert browser.post(reverse("imports:undo", args=[pk])).url == page
    work_off("imports")
    assert Import.objects.get().history.filter(history_user=bob).count() == 4
    assert ledger.count("orders") == 0


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("拜访日期,客户名称,跟进方式,是否回复\n2025/1/8,上海明达,拜访,是\n", "interactions"),
        ("投诉日期,客户名称,投诉类型,处理状态\n2025/1/9,上海明达,投诉,处理中\n", "feedback"),
    ],
    ids=["interactions", "feedback"],
)
def test_conversations_land_like_any_fact(text, kind, sign_in, bob, ledger):
    record = landed(bob, text, f"{kind}.csv")
    assert (record.kind, record.status, record.report["rows"]) == (kind, "committed", 1)
    assert ledger.count(kind) == 1
    assert Customer.objects.get().name == "上海明达"
    answer = sign_in(bob).get(reverse("imports:template", args=[kind]))
    assert b"".join(answer.streaming_content).startswith(b"PK")
