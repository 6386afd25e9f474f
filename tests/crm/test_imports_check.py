"""The dry run: what would land, and what would not and why."""

import io

import polars as pl
from django.urls import reverse
from import_steps import ORDERS, again, checked, landed, uploaded

from jobs import begin, lose, work_off
from kefen_crm.customer_pages.figures import cell
from kefen_crm.imports import work
from kefen_crm.imports.actions import request_check, request_landing
from kefen_crm.imports.models import Import
from kefen_crm.platform.jobs import fail_orphans


def test_counts_customers_sample_and_reasons(sign_in, bob, ledger):
    record = checked(bob)
    counts = {name: record.report[name] for name in ("added", "rejected", "created_customers")}
    assert (record.status, counts) == (
        Import.Status.CHECKED,
        {"added": 2, "rejected": 1, "created_customers": 2},
    )
    page = sign_in(bob).get(record.get_absolute_url()).content.decode()
    for shown in ("2 rows are ready to be imported", "1200.00", "2025-02-01", "<code>昨天</code>"):
        assert shown in page
    assert "下单日期 “昨天” is not a date. Write it as 2025-01-31." in page
    assert ledger.version == 0


def test_what_the_ledger_has_is_told_apart(bob, ledger):
    text = "订单号,客户名称,下单日期,金额\nO1,甲,2025-01-03,1\nO2,甲,2025-01-04,2\n"
    landed(bob, text)
    more = text.replace("01-04,2", "01-04,9") + "O3,甲,2025-01-05,3\nO3,甲,2025-01-05,3\n"
    report = checked(bob, more).report
    names = ("added", "replaced", "unchanged", "repeated", "rejected", "created_customers")
    assert [report[name] for name in names] == [1, 1, 1, 1, 0, 0]


def test_the_same_file_names_its_import(sign_in, bob, ledger):
    first = landed(bob)
    second = checked(bob, name="orders.csv")
    page = sign_in(bob).get(second.get_absolute_url()).content.decode()
    assert "This file is in the ledger already" in page
    assert first.get_absolute_url() in page
    assert reverse("imports:land", args=[second.pk]) not in page


def test_no_good_row(sign_in, bob, ledger):
    record = checked(bob, "客户名称,下单日期,金额\n甲,昨天,待定\n")
    page = sign_in(bob).get(record.get_absolute_url()).content.decode()
    assert "No row can be imported as it is" in page
    assert "disabled" in page


def test_headings_only(sign_in, bob, ledger):
    record = checked(bob, "客户名称,下单日期,金额\n")
    page = sign_in(bob).get(record.get_absolute_url()).content.decode()
    assert "no rows below them" in page


def test_notices_are_worded(sign_in, bob, ledger):
    record = checked(bob, "客户名称,下单日期,金额\n甲,2025-01-03,1\n合计,,1\n")
    page = sign_in(bob).get(record.get_absolute_url()).content.decode()
    assert "is a total of other rows and was left out" in page


def test_rejected_rows_can_be_had_before_landing_and_come_back_mended(
    sign_in, bob, ledger, tmp_path
):
    record, browser = checked(bob), sign_in(bob)
    answer = browser.get(reverse("imports:rejections", args=[record.pk, "xlsx"]))
    content = b"".join(answer.streaming_content)
    rows = pl.read_excel(io.BytesIO(content), infer_schema_length=0)
    assert rows["Source line"].to_list() == ["4"]
    assert "is not a date" in rows["Rejected because"][0]
    mended = rows.with_columns(pl.lit("2025-03-01").alias("下单日期"))
    path = tmp_path / "mended.xlsx"
    mended.write_excel(path)
    assert checked(bob, path.read_bytes(), "mended.xlsx").report["added"] == 1


def test_the_order_of_day_and_month_is_asked_where_nothing_shows_it(sign_in, bob, ledger):
    record, browser = checked(bob, "customer,order date,amount\nAcme,01/03/2025,1\n"), sign_in(bob)
    page = browser.get(record.get_absolute_url()).content.decode()
    assert "Does the day or the month come first?" in page
    answer = {"name": "date_order", "value": "dmy"}
    browser.post(reverse("imports:decide", args=[record.pk]), answer)
    work_off("imports")
    page = browser.get(record.get_absolute_url()).content.decode()
    assert "2025-03-01" in page
    assert "Does the day or the month come first?" not in page


def test_a_file_all_in_another_currency_leads_to_the_settings(sign_in, alice, bob, ledger):
    record = checked(bob, "customer,order date,amount (USD)\nAcme,2025-03-01,1\n")
    told = "Amounts are not in CNY, the base currency"
    assert told in sign_in(bob).get(record.get_absolute_url()).content.decode()
    page = sign_in(alice).get(record.get_absolute_url()).content.decode()
    assert f'href="{reverse("operations:settings")}">Change the base currency' in page


def test_rows_that_repeat_others_count_once_as_landed(sign_in, bob, ledger):
    row = "O1,甲,2025-01-03,1\n"
    record = checked(bob, f"订单号,客户名称,下单日期,金额\n{row}{row}")
    request_landing(bob, record.pk)
    work_off("imports")
    assert "1 row is in the ledger" in sign_in(bob).get(record.get_absolute_url()).content.decode()


def test_none_rejected_is_no_file(sign_in, bob, ledger):
    record = checked(bob, "客户名称,下单日期,金额\n甲,2025-01-03,1\n")
    address = reverse("imports:rejections", args=[record.pk, "csv"])
    assert sign_in(bob).get(address).status_code == 404


def test_progress_is_shown_until_it_is_done(sign_in, bob, ledger):
    record, browser = uploaded(bob), sign_in(bob)
    request_check(bob, record.pk, record.mapping)
    address = reverse("imports:progress", args=[record.pk])
    assert "Waiting for its turn" in browser.get(address).content.decode()
    begin("imports")
    Import.objects.update(progress={"stage": "reading", "done": 1, "total": 2, "seconds": 3.2})
    assert "35%" in browser.get(address).content.decode()
    work.check(record.pk)
    assert browser.get(address).headers["HX-Refresh"] == "true"


def test_columns_may_be_changed_after_the_check(sign_in, bob, ledger):
    record, browser = checked(bob), sign_in(bob)
    page = browser.get(f"{record.get_absolute_url()}?step=columns").content.decode()
    assert 'name="column-3"' in page
    request_check(bob, record.pk, {**record.mapping, "备注": None})
    work_off("imports")
    assert "note" not in again(record).report["columns"]


def test_a_file_gone_from_the_disk_fails_in_words(sign_in, bob, ledger):
    record = uploaded(bob)
    record.path.unlink()
    request_check(bob, record.pk, record.mapping)
    work_off("imports")
    page = sign_in(bob).get(record.get_absolute_url())
    assert "The check did not finish" in page.content.decode()
    assert "There is no file orders.csv" in page.content.decode()


def test_a_lost_check_fails_and_can_be_tried_again(sign_in, bob, ledger):
    record = uploaded(bob)
    request_check(bob, record.pk, record.mapping)
    fail_orphans()
    assert again(record).busy
    lose("imports")
    fail_orphans()
    page = sign_in(bob).get(record.get_absolute_url()).content.decode()
    assert "was ended again and again" in page
    assert "Try again" in page
    request_check(bob, record.pk, record.mapping)
    work_off("imports")
    assert again(record).status == Import.Status.CHECKED


def test_a_check_is_needed_before_landing(sign_in, bob, ledger):
    record = uploaded(bob, ORDERS)
    answer = sign_in(bob).post(reverse("imports:land", args=[record.pk]), follow=True)
    assert "That cannot be done now: Uploaded" in answer.content.decode()
    request_check(bob, record.pk, record.mapping)
    work_off("imports")
    assert request_landing(bob, record.pk).busy


def test_numbers_that_nobody_gave_are_not_shown(sign_in, bob, ledger):
    record = landed(bob)
    page = sign_in(bob).get(checked(bob, name="again.csv").get_absolute_url()).content.decode()
    assert "~" not in page.split('id="stored-title"')[1]
    assert "_line" not in page
    assert record.report["added"] == 2
    assert cell("order_id", "~0a86874f974920458a0d").text == "–"
    assert cell("order_id", "TH10-01~R20261020").text == "TH10-01"


def test_a_file_of_customers_does_not_say_that_it_brings_none(sign_in, bob, ledger):
    record = landed(bob, "客户编号,客户名称\nC1,甲\nC2,乙\n", "customers.csv")
    page = sign_in(bob).get(record.get_absolute_url()).content.decode()
    assert record.report["added"] == 2
    assert "first named by this file" not in page
