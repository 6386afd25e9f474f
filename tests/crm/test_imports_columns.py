"""The mapping guess is shown, corrected and judged."""

import io

import pytest
import xlsxwriter
from django.urls import reverse
from import_steps import again, uploaded

from jobs import work_off
from kefen_crm.custom_fields.actions import define
from kefen_crm.custom_fields.models import FieldValue
from kefen_crm.customers.models import Customer
from kefen_crm.imports.actions import request_check, request_landing, understand_as
from kefen_crm.imports.models import Import

HTMX = {"HX-Request": "true"}


def chosen(record, **changed):
    """The form as the page sends it: the guess, with changes by heading."""
    mapping = {**dict.fromkeys(record.preview["headings"], ""), **record.mapping}
    told = mapping | changed
    return {f"column-{place}": told[h] for place, h in enumerate(record.preview["headings"])}


def test_required_columns_are_marked_and_shown_as_given(sign_in, bob, ledger):
    page = sign_in(bob).get(uploaded(bob).get_absolute_url()).content.decode()
    assert "Order date *" in page
    assert "Customer ID or Customer name" in page
    assert "kf-unmet" not in page


def test_the_line_below_follows_the_choice(sign_in, bob, ledger):
    record, browser = uploaded(bob), sign_in(bob)
    address = reverse("imports:mapping_state", args=[record.pk])
    missing = browser.post(address, chosen(record, 金额=""), headers=HTMX).content.decode()
    assert "kf-unmet" in missing
    assert "disabled" in missing
    twice = browser.post(address, chosen(record, 备注="amount"), headers=HTMX).content.decode()
    assert "Amount is given twice: 金额, 备注" in twice
    good = browser.post(address, chosen(record), headers=HTMX).content.decode()
    assert "disabled" not in good
    assert again(record).mapping == record.mapping


def test_the_companys_own_fields_are_among_the_meanings(sign_in, bob, ledger):
    given = {"key": "home_store", "name_zh": "常去门店", "name_en": "Home store", "kind": "text"}
    store = define(bob, given)
    define(bob, {"key": "size", "name_en": "Clothing size", "kind": "text"})
    text = "客户编号,客户名称,门店,clothing size,备忘\nC1,甲,万达店,M,老\n"
    record, browser = uploaded(bob, text), sign_in(bob)
    page = browser.get(record.get_absolute_url()).content.decode()
    assert '<optgroup label="Fields of your own">' in page
    assert '<option value="attributes.Clothing size" selected>Clothing size</option>' in page
    body = {"column-0": "customer_id", "column-1": "name", "column-2": "attributes.常去门店",
            "column-3": "attributes.Clothing size", "column-4": "+"}  # fmt: skip
    twice = body | {"column-4": "attributes.常去门店"}
    address = reverse("imports:mapping_state", args=[record.pk])
    told = browser.post(address, twice, headers=HTMX).content.decode()
    assert "Home store is given twice: 门店, 备忘" in told
    browser.post(reverse("imports:check", args=[record.pk]), body)
    work_off("imports")
    request_landing(bob, record.pk)
    work_off("imports")
    held = {one.field.key: one.value for one in FieldValue.objects.select_related("field")}
    assert held == {"home_store": "万达店", "size": "M"}
    customer = Customer.objects.get(code="C1")
    assert customer.attributes == {"常去门店": "万达店", "Clothing size": "M", "备忘": "老"}
    after = uploaded(bob, text.replace("万达店", "滨江店"))  # remembered with the others
    assert after.mapping["门店"] == f"attributes.{store.attribute}"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"金额": ""}, "kf-unmet"),
        ({"备注": "amount"}, "is given twice"),
        ({"备注": "nonsense"}, ""),
    ],
)
def test_a_mapping_that_will_not_do_is_not_checked(changed, told, sign_in, bob, ledger):
    record = uploaded(bob)
    address = reverse("imports:check", args=[record.pk])
    answer = sign_in(bob).post(address, chosen(record, **changed))
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert again(record).status == Import.Status.UPLOADED


def test_price_and_quantity_stand_for_amount(sign_in, bob, ledger):
    text = "订单号,客户,日期,品名,数量,单价\nO1,甲,2025-01-03,轴承,2,3.50\n"
    record = uploaded(bob, text)
    page = sign_in(bob).get(record.get_absolute_url()).content.decode()
    assert record.kind == "order_lines"
    assert "Amount or Quantity × Unit price" in page
    assert "kf-unmet" not in page


def test_another_kind_is_guessed_anew(sign_in, bob, ledger):
    record = uploaded(bob)
    address = reverse("imports:understand", args=[record.pk])
    part = sign_in(bob).post(address, {"kind": "payments", "sheet": ""}, headers=HTMX)
    assert "Payment date *" in part.content.decode()
    record = again(record)
    assert record.kind == "payments"
    assert "paid_on" not in record.mapping.values() or record.mapping["下单日期"] == "paid_on"
    assert record.history.first().history_user == bob


def test_an_unknown_kind_or_sheet(sign_in, bob, ledger):
    record, browser = uploaded(bob), sign_in(bob)
    address = reverse("imports:understand", args=[record.pk])
    assert browser.post(address, {"kind": "nonsense"}).status_code == 404
    wrong = browser.post(address, {"kind": "orders", "sheet": "nonsense"}, headers=HTMX)
    assert wrong.status_code == 200


def test_nothing_recognised_asks_what_the_rows_are(sign_in, bob, ledger):
    record, browser = uploaded(bob, "wood,stone\n1,2\n"), sign_in(bob)
    assert (record.kind, record.status) == ("", "uploaded")
    page = browser.get(record.get_absolute_url()).content.decode()
    assert "please say what the rows are" in page
    assert 'name="column-0"' not in page
    address = reverse("imports:understand", args=[record.pk])
    part = browser.post(address, {"kind": "customers"}, headers=HTMX).content.decode()
    assert 'name="column-0"' in part
    assert "kf-unmet" in part


def test_the_sheet_can_be_changed(sign_in, bob, ledger):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        for name, rows in {
            "订单": [["客户名称", "下单日期", "金额"], ["甲", "2025-01-03", 5]],
            "客户": [["客户编号", "客户名称", "城市"], ["C1", "甲", "上海"]],
        }.items():
            sheet = book.add_worksheet(name)
            for line, row in enumerate(rows):
                sheet.write_row(line, 0, row)
    record, browser = uploaded(bob, stream.getvalue(), "book.xlsx"), sign_in(bob)
    other = next(name for name in ("订单", "客户") if name != record.preview["sheet"])
    address = reverse("imports:understand", args=[record.pk])
    browser.post(address, {"kind": "", "sheet": other}, headers=HTMX)
    record = again(record)
    assert record.sheet == other
    assert record.kind == {"订单": "orders", "客户": "customers"}[other]


def test_sheets_that_are_read_together_land_together(sign_in, bob, ledger):
    headings = ["订单号", "客户名称", "下单日期", "金额"]
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        for name, rows in {
            "4月": [headings, ["A1", "甲", "2025-04-03", 5], ["A2", "乙", "2025-04-04", 6]],
            "5月": [headings, ["A3", "甲", "2025-05-03", 7]],
            "汇总": [["合计"], [18]],
        }.items():
            sheet = book.add_worksheet(name)
            for line, row in enumerate(rows):
                sheet.write_row(line, 0, row)
    record, browser = uploaded(bob, stream.getvalue(), "book.xlsx"), sign_in(bob)
    page = browser.get(record.get_absolute_url()).content.decode()
    assert '<option value="" selected>found: 4月, 5月</option>' in page
    # Only one of them, and then both again: what was chosen holds.
    address = reverse("imports:understand", args=[record.pk])
    browser.post(address, {"kind": "orders", "sheet": "4月"}, headers=HTMX)
    assert again(record).sheet == "4月"
    page = browser.post(address, {"kind": "orders", "sheet": ""}, headers=HTMX).content.decode()
    assert '<option value="" selected>found: 4月, 5月</option>' in page
    request_check(bob, record.pk, record.mapping)
    work_off("imports")
    assert again(record).report["added"] == 3
    request_landing(bob, record.pk)
    work_off("imports")
    assert again(record).report["added"] == 3
    assert sorted(ledger.table("orders").to_polars()["amount"]) == [5, 6, 7]


def test_further_fields_of_customers_are_kept_or_left_out(sign_in, bob, ledger):
    record = uploaded(bob, "客户编号,客户名称,等级,开户行\nC1,甲,A,工行\n", "customers.csv")
    page = sign_in(bob).get(record.get_absolute_url()).content.decode()
    assert page.count("Keep as a further field") == 2
    sent = chosen(record, 等级="+", 开户行="")
    sign_in(bob).post(reverse("imports:check", args=[record.pk]), sent)
    assert again(record).mapping == {"客户编号": "customer_id", "客户名称": "name", "开户行": None}
    work_off("imports")
    assert "<td>等级: A</td>" in sign_in(bob).get(record.get_absolute_url()).content.decode()


def test_a_very_wide_file_shows_what_matters(sign_in, bob, ledger):
    headings = ["客户名称", *(f"列{n}" for n in range(1500)), "下单日期", "金额"]
    record = uploaded(bob, ",".join(headings) + "\n" + ",".join("1" * 1503) + "\n")
    page = sign_in(bob).get(record.get_absolute_url()).content.decode()
    assert "1383 more headings" in page
    assert "下单日期" in page
    assert "kf-unmet" not in page


STRANGE = "Wer,Wann,Wieviel\nAcme,{day},10\n"


def test_a_mapping_is_used_again_told_and_forgotten(sign_in, bob, ledger):
    first = uploaded(bob, STRANGE.format(day="2025-01-03"), "jan.csv")
    understand_as(bob, first.pk, "orders", "")
    columns = {"Wer": "customer_name", "Wann": "ordered_on", "Wieviel": "amount"}
    request_check(bob, first.pk, columns)
    work_off("imports")
    request_landing(bob, first.pk)
    work_off("imports")
    record, browser = uploaded(bob, STRANGE.format(day="2025-02-03"), "feb.csv"), sign_in(bob)
    assert (record.kind, record.mapping) == ("orders", columns)
    page = browser.get(record.get_absolute_url()).content.decode()
    assert "for jan.csv" in page
    assert "Forget this mapping" in page
    browser.post(reverse("imports:forget_mapping", args=[record.pk]))
    record = again(record)
    assert (record.kind, record.mapping) == ("", {})
    assert "Forget this mapping" not in browser.get(record.get_absolute_url()).content.decode()


def test_an_assumption_and_a_question_are_told(sign_in, bob, ledger):
    browser = sign_in(bob)
    assumed = uploaded(bob, "客户名称,日期,营业额\n明达,2025-01-03,120.50\n")
    page = browser.get(assumed.get_absolute_url()).content.decode()
    assert "By its words and values, 营业额 was taken for the Amount" in page
    asked = uploaded(bob, "customer,date,gross_rev,net_rev\nA,2025-01-03,120,100\n")
    page = browser.get(asked.get_absolute_url()).content.decode()
    assert "gross_rev, net_rev" in page
