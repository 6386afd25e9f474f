"""Taking an import back, with a question first."""

import re
from contextlib import contextmanager

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from import_steps import ORDERS, again, checked, landed

import kefen
from jobs import lose, queued, work_off
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import visible_to
from kefen_crm.grading.actions import install_ready_made
from kefen_crm.grading.models import CustomerClass, Run, RunInForce
from kefen_crm.grading.signals import classes_changed
from kefen_crm.imports.actions import request_landing, request_undo
from kefen_crm.imports.models import Import
from kefen_crm.platform.jobs import fail_orphans

OTHER = "客户名称,下单日期,金额\n北京新客,2025-01-09,7\n"


def undone(by, record):
    request_undo(by, record.pk)
    work_off("imports")
    return again(record)


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_the_question_says_what_goes(headers, sign_in, bob, ledger):
    record = landed(bob)
    page = sign_in(bob).get(reverse("imports:undo", args=[record.pk]), headers=headers)
    told = page.content.decode()
    assert "2 new rows go" in told
    assert "up to 2 customers go" in told


def test_it_is_as_if_the_file_had_never_come(sign_in, bob, ledger):
    install_ready_made()
    other = landed(bob, OTHER)
    work_off("grading")
    record = undone(bob, landed(bob))
    assert record.status == Import.Status.UNDONE
    assert ledger.count("orders") == 1
    assert again(other).status == Import.Status.COMMITTED
    assert work_off("grading")
    assert visible_to(bob).get().name == "北京新客"
    page = sign_in(bob).get(record.get_absolute_url()).content.decode()
    assert "This import is undone" in page


def test_the_last_one_leaves_no_customers(bob, ledger):
    record = landed(bob, "客户编号,客户名称\nC1,甲\n", "customers.csv")
    assert Customer.objects.exists()
    undone(bob, record)
    assert not visible_to(bob).exists()
    assert Customer.objects.get().standing == "archived"


def test_without_sales_nobody_has_a_class_and_the_question_says_so(sign_in, bob, ledger):
    install_ready_made()
    landed(bob, "客户编号,客户名称\nC1,甲\n", "customers.csv")
    record = landed(bob, "客户编号,下单日期,金额\nC1,2025-01-09,7\n")
    assert work_off("grading")
    schemes = RunInForce.objects.count()
    assert schemes
    browser, question = sign_in(bob), reverse("imports:undo", args=[record.pk])
    assert "nobody has a class" in browser.get(question).content.decode()
    told = []
    with told_of_changes(told):
        undone(bob, record)
    assert len(told) == schemes
    assert not RunInForce.objects.exists()
    assert not CustomerClass.objects.exists()
    assert visible_to(bob).get().code == "C1"
    assert not Run.objects.exclude(status="finished").exists()
    page = browser.get(reverse("home"))
    assert "Welcome to Kefen" in page.content.decode()
    landed(bob, "客户编号,下单日期,金额\nC1,2025-02-09,9\n")
    assert work_off("grading")
    assert RunInForce.objects.filter(before=None).count() == schemes


def test_what_others_sold_is_graded_again(sign_in, bob, ledger):
    """As the question says; of what sells nothing it says neither."""
    customers = landed(bob, "客户编号,客户名称\nC1,甲\n", "customers.csv")
    browser = sign_in(bob)
    ask = reverse("imports:undo", args=[customers.pk])
    assert "class" not in words(browser.get(ask))
    landed(bob, OTHER)
    assert "are graded again" in words(browser.get(ask))
    last = landed(bob)
    ask = reverse("imports:undo", args=[last.pk])
    assert "are graded again" in words(browser.get(ask))
    assert "nobody has a class" not in words(browser.get(ask))


def words(page):
    """The list of what happens."""
    return re.sub("<[^>]+>", "", page.content.decode().split("kf-undo")[-1].split("</ul>")[0])


@contextmanager
def told_of_changes(told):
    def note(scheme, **_more):
        told.append(scheme)

    classes_changed.connect(note)
    yield
    classes_changed.disconnect(note)


def test_it_may_be_imported_again(sign_in, bob, ledger):
    record = undone(bob, landed(bob))
    assert "Import it again" in sign_in(bob).get(record.get_absolute_url()).content.decode()
    request_landing(bob, record.pk)
    work_off("imports")
    assert again(record).status == Import.Status.COMMITTED
    assert ledger.count("orders") == 2


def test_what_never_landed_is_not_undone(sign_in, bob, ledger):
    record = checked(bob)
    with pytest.raises(ValidationError):
        request_undo(bob, record.pk)
    assert sign_in(bob).get(reverse("imports:undo", args=[record.pk])).status_code == 302


def test_every_import_of_the_same_rows_is_undone(bob, ledger):
    first, second = landed(bob), checked(bob)
    request_landing(bob, second.pk)
    work_off("imports")
    undone(bob, first)
    assert again(second).status == Import.Status.UNDONE


def test_undone_elsewhere_meanwhile(bob, ledger, settings):
    record = landed(bob)
    request_undo(bob, record.pk)
    kefen.open(settings.KEFEN_DATA).undo(record.batch_id)
    work_off("imports")
    assert again(record).status == Import.Status.UNDONE


def test_a_lost_undo_leaves_it_standing_and_can_be_tried_again(sign_in, bob, ledger):
    record = landed(bob)
    request_undo(bob, record.pk)
    assert len(queued("imports")) == 1
    lose("imports")
    fail_orphans()
    page = sign_in(bob).get(record.get_absolute_url()).content.decode()
    assert "It was not taken back" in page
    assert again(record).status == Import.Status.COMMITTED
    assert undone(bob, record).status == Import.Status.UNDONE


def test_rejected_rows_of_a_landed_file_can_be_had(sign_in, bob, ledger):
    record = landed(bob, ORDERS)
    answer = sign_in(bob).get(reverse("imports:rejections", args=[record.pk, "csv"]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "昨天" in text
    assert "is not a date" in text
