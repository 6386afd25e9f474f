"""From a dropped file to graded customers and back, as a sales manager does it."""

import pytest
from django.urls import reverse

import kefen
from jobs import work_off
from kefen_crm.grading.actions import install_ready_made
from kefen_crm.imports.models import Import

pytestmark = pytest.mark.browser
LIST = reverse("imports:list")
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
ORDERS = """客户名称,下单日期,金额,实收
上海明达,2025/1/3,"￥1,200.00",1
重庆机电,2025年2月1日,300,1
上海明达,昨天,50,1
"""
DROP = """([zone, files]) => {
  const carried = new DataTransfer();
  for (const [name, text] of files) carried.items.add(new File([text], name));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    const event = new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: carried });
    document.querySelector(zone).dispatchEvent(event);
  }
}"""


@pytest.fixture
def ledger(tmp_path, settings):
    settings.KEFEN_DATA = tmp_path
    settings.MEDIA_ROOT = tmp_path / "uploads"
    opened = kefen.open(tmp_path)
    yield opened
    opened.close()


def drop(page, *files, on="#kf-drop"):
    page.evaluate(DROP, [on, files])


@pytest.mark.parametrize("phone", [False, True])
def test_the_whole_way(open_page, bob, ledger, phone):
    install_ready_made()
    page = open_page(LIST, bob, phone=phone)
    drop(page, ["orders.csv", ORDERS])
    page.wait_for_url("**/imports/*/")
    assert page.is_enabled("#validity button")
    page.select_option("[aria-label='实收']", "amount")
    page.wait_for_selector("#validity .kf-unmet")
    assert page.is_disabled("#validity button")
    page.select_option("[aria-label='金额']", "")
    page.wait_for_selector("#validity button:enabled")
    page.select_option("[aria-label='实收']", "")
    page.select_option("[aria-label='金额']", "amount")
    page.wait_for_selector("#validity button:enabled")
    assert not page.evaluate(WIDER)
    page.click("#validity button")
    page.wait_for_selector(".kf-working")
    work_off("imports")
    page.wait_for_selector(".kf-verdict >> text=2 rows are ready to be imported")
    assert "昨天" in page.inner_text("#rejected")
    assert not page.evaluate(WIDER)
    page.click(".kf-verdict form button")
    page.wait_for_selector(".kf-working")
    work_off("imports")
    page.wait_for_selector(".kf-verdict >> text=2 rows are in the ledger")
    assert ledger.count("orders") == 2
    work_off("grading")
    page.wait_for_selector(".kf-running", state="detached")
    page.click("text=Undo…")
    page.wait_for_selector("#kf-modal >> text=2 new rows go")
    page.click("#kf-modal >> text=Undo the import")
    page.wait_for_selector(".kf-working")
    work_off("imports")
    page.wait_for_selector("text=This import is undone")
    assert ledger.count("orders") == 0


def test_what_is_no_table_is_refused_before_it_is_sent(open_page, bob, ledger):
    page = open_page(LIST, bob)
    drop(page, ["photo.png", "x"])
    assert page.inner_text(".kf-drop-refused") == (
        "photo.png is not a table. Kefen reads Excel (XLSX, XLS), CSV, ODS and Parquet."
    )
    assert not Import.objects.exists()


def test_several_files_dropped_anywhere(open_page, bob, ledger):
    page = open_page(LIST, bob)
    drop(page, ["a.csv", ORDERS], ["b.csv", ORDERS], on="h1")
    page.wait_for_selector("#imports >> text=b.csv")
    assert page.locator("#imports tbody tr").count() == 2
    assert page.locator("text=Check columns").count() == 2


def test_another_kind_and_a_refused_one(open_page, bob, ledger):
    page = open_page(LIST, bob)
    drop(page, ["orders.csv", ORDERS])
    page.select_option("#kf-kind", "payments")
    page.wait_for_selector("#validity >> text=Payment date")
    page.reload()
    assert page.input_value("#kf-kind") == "payments"


def test_without_scripts(open_page, bob, ledger, tmp_path_factory):
    path = tmp_path_factory.mktemp("elsewhere") / "orders.csv"
    path.write_text(ORDERS, encoding="utf-8")
    page = open_page(LIST, bob, java_script_enabled=False)
    page.set_input_files("#kf-files", path)
    page.click("#kf-drop >> text=Upload")
    page.wait_for_url("**/imports/*/")
    with page.expect_navigation():
        page.click("#validity button")
    work_off("imports")
    page.reload()
    assert "2 rows are ready" in page.inner_text(".kf-verdict")
    assert Import.objects.get().mapping["金额"] == "amount"
