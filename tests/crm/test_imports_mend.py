"""Rejected rows are mended in place, and how a file is read can be changed on the site."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from import_steps import ORDERS, again, checked, landed, uploaded

from jobs import work_off
from kefen_crm.imports import actions, pages, work
from kefen_crm.imports.models import Import


def test_a_rejected_row_is_mended_where_it_stands(sign_in, bob, ledger):
    record = landed(bob)
    browser, address = sign_in(bob), reverse("imports:mend", args=[record.pk])
    page = browser.get(address).content.decode()
    assert "昨天" in page
    assert "is-invalid" in page
    name = page.split('value="昨天"')[0].rsplit('name="', 1)[1].split('"')[0]
    answer = browser.post(address, {name: "2025-03-01"})
    made = Import.objects.exclude(pk=record.pk).get()
    assert answer.url == made.get_absolute_url()
    work_off("imports")
    assert (again(made).report["rows"], again(made).mends) == (1, record)
    browser.post(reverse("imports:land", args=[made.pk]))
    work_off("imports")
    assert ledger.count("orders") == 3
    assert ledger.history()[-1].note == f"upload {made.pk}, mends {record.batch_id}"
    assert "Mended rows of" in browser.get(made.get_absolute_url()).content.decode()
    first = browser.get(record.get_absolute_url()).content.decode()
    assert f'Mended by <a href="{made.get_absolute_url()}"' in first
    assert "Mend here" not in first


def test_a_downloaded_file_is_known_again_when_it_comes_from_the_shell(
    sign_in, bob, ledger, tmp_path
):
    record = landed(bob)
    browser, out = sign_in(bob), tmp_path / "mended.csv"
    ledger.write_rejections(record.batch_id, out, lang="zh")
    out.write_text(out.read_text("utf-8-sig").replace("昨天", "2025-03-01"), "utf-8")
    uploaded_again = actions.upload(bob, SimpleUploadedFile("mended.csv", out.read_bytes()))
    assert uploaded_again.mends == record
    ledger.load(out, "orders")
    work.catch_up()
    made = Import.objects.exclude(pk__in=[record.pk, uploaded_again.pk]).get()
    assert made.mends == record
    assert "Mend here" not in browser.get(record.get_absolute_url()).content.decode()


def test_what_is_still_wrong_stays_with_its_line(sign_in, bob, ledger):
    record = checked(bob, ORDERS.replace("300", "viel"))
    browser = sign_in(bob)
    address = reverse("imports:mend", args=[record.pk])
    page = browser.get(address).content.decode()
    name = page.split('value="viel"')[0].rsplit('name="', 1)[1].split('"')[0]
    browser.post(address, {name: "300"})
    work_off("imports")
    made = Import.objects.exclude(pk=record.pk).get()
    assert (made.report["rows"], made.rejected) == (1, 1)
    assert made.report["faults"][0]["line"] == 4
    assert '"kf-not-phone-text">4<' in browser.get(made.get_absolute_url()).content.decode()
    assert "昨天" in browser.get(reverse("imports:mend", args=[made.pk])).content.decode()


def test_all_rejected_rows_are_mended_page_by_page(sign_in, bob, ledger, monkeypatch):
    monkeypatch.setattr(pages, "MENDED", 1)
    rows = "A1,明达,昨天,100\nA2,明达,前天,200\nA3,明达,2025-03-03,300\n"
    record = checked(bob, f"订单号,客户名称,下单日期,金额\n{rows}")
    browser, address = sign_in(bob), reverse("imports:mend", args=[record.pk])

    def name(page, value):
        return page.split(f'value="{value}"')[0].rsplit('name="', 1)[1].split('"')[0]

    first = browser.get(address).content.decode()
    assert "昨天" in first
    assert "前天" not in first
    answer = browser.post(address, {"page": 1, name(first, "昨天"): "2025-03-01", "to": 2})
    assert answer.url == f"{address}?page=2"
    second = browser.get(answer.url).content.decode()
    assert "2025-03-01" in browser.get(address).content.decode()  # kept until it is checked
    browser.post(address, {"page": 2, name(second, "前天"): "2025-03-02"})
    work_off("imports")
    made = Import.objects.exclude(pk=record.pk).get()
    assert (made.report["rows"], made.rejected) == (2, 0)


def test_how_a_file_is_read_can_be_changed(sign_in, bob, ledger):
    text = "客户名称,下单日期,金额\n明达,03/04/2025,100\n"
    record = uploaded(bob, text.encode("gb18030"))
    browser = sign_in(bob)
    page = browser.get(record.get_absolute_url()).content.decode()
    assert "How to read it" in page
    assert "found: gb18030" in page
    how = {"kind": "orders", "sheet": "", "date_order": "dmy", "encoding": "gb18030"}
    browser.post(reverse("imports:understand", args=[record.pk]), how)
    record = again(record)
    assert record.options == {"date_order": "dmy", "encoding": "gb18030"}
    columns = {"column-0": "customer_name", "column-1": "ordered_on", "column-2": "amount"}
    browser.post(reverse("imports:check", args=[record.pk]), columns)
    work_off("imports")
    browser.post(reverse("imports:land", args=[record.pk]))
    work_off("imports")
    assert str(ledger.span()[0]) == "2025-04-03"


def test_a_file_that_was_not_readable_can_be_read_otherwise(sign_in, bob, ledger):
    record = uploaded(bob, "客户名称,下单日期,金额\n明达,2025-03-04,100\n".encode("utf-16-be"))
    record.status, record.report = "failed", {}
    record.reason = {"code": "broken-encoding", "data": {"line": 1}, "stage": "look"}
    record.save()
    browser = sign_in(bob)
    assert 'name="encoding"' in browser.get(record.get_absolute_url()).content.decode()
    browser.post(reverse("imports:understand", args=[record.pk]), {"encoding": "utf-16-be"})
    assert again(record).kind == "orders"


def test_known_numbers_are_asked_about_before_they_land(sign_in, bob, ledger):
    head = "订单号,客户编号,下单日期,金额\n"
    landed(bob, head + "".join(f"{n},A{n},2025-01-0{n},10\n" for n in range(1, 6)))
    record = checked(bob, head + "".join(f"{n},B{n},2025-02-0{n},20\n" for n in range(1, 6)))
    browser = sign_in(bob)
    shown = browser.get(record.get_absolute_url()).content.decode()
    assert "5 numbers are known already" in shown
    assert "One question has to be answered" in shown
    assert "ready to be imported" not in shown
    assert "1 is of A1 on 2025-01-01 and comes with B1 on 2025-02-01." in shown
    browser.post(reverse("imports:land", args=[record.pk]))
    assert again(record).status == "checked", "not before the question is answered"
    answer = {"name": "known_keys", "value": "new"}
    browser.post(reverse("imports:decide", args=[record.pk]), answer)
    work_off("imports")
    browser.post(reverse("imports:land", args=[record.pk]))
    work_off("imports")
    assert ledger.count("orders") == 10


def test_what_counts_is_shown_by_status_and_can_be_changed(sign_in, bob, ledger):
    text = "客户名称,下单日期,金额,订单状态\n明达,2025-03-04,100,已完成\n大华,2025-03-05,7,加急\n"
    record, browser = checked(bob, text), sign_in(bob)
    page = browser.get(record.get_absolute_url()).content.decode()
    assert "What counts as a sale" in page
    assert "not a known status" in page
    answer = {"name": "status", "status": "加急", "value": "no"}
    browser.post(reverse("imports:decide", args=[record.pk]), answer)
    work_off("imports")
    assert again(record).options == {"statuses": {"加急": False}}
    assert "does not count" in browser.get(record.get_absolute_url()).content.decode()


def test_shared_codes_and_coded_statuses_are_asked_about_before_they_land(sign_in, bob, ledger):
    head = "订单号,客户编号,客户名称,下单日期,金额,订单状态\n"
    text = head + "A1,C1,甲公司,2025-03-04,100,1\nA2,C1,乙公司,2025-03-05,7,2\n"
    record, browser = checked(bob, text), sign_in(bob)
    page = browser.get(record.get_absolute_url()).content.decode()
    assert "1 customer code stands with several names" in page
    assert "Which statuses are sales?" in page
    decide, land = (reverse(f"imports:{way}", args=[record.pk]) for way in ("decide", "land"))
    for answer in (
        {"name": "shared_codes", "value": "apart"},
        {"name": "status", "status": "1", "value": "yes"},
        {"name": "status", "status": "2", "value": "no"},
    ):
        browser.post(land)
        assert again(record).status == "checked", "not before all is answered"
        browser.post(decide, answer)
        work_off("imports")
    browser.post(land)
    work_off("imports")
    assert ledger.count("orders") == 1
    assert ledger.count("customers") == 2


def test_an_answer_that_nothing_asked_for_is_not_found(sign_in, bob, ledger):
    record = checked(bob)
    answer = sign_in(bob).post(
        reverse("imports:decide", args=[record.pk]), {"name": "file", "value": "x"}
    )
    assert answer.status_code == 404


def test_repeated_lines_are_listed_and_can_all_count(sign_in, bob, ledger):
    line = "S1,明达,2025-03-01,茶,10\n"
    record = checked(bob, f"订单号,客户名称,下单日期,品名,金额\n{line * 3}")
    browser = sign_in(bob)
    page = browser.get(record.get_absolute_url()).content.decode()
    assert "2 rows left out as repeated" in page
    answer = {"name": "repeated_lines", "value": "all"}
    browser.post(reverse("imports:decide", args=[record.pk]), answer)
    work_off("imports")
    assert again(record).report["added"] == 3
