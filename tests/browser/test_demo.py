"""What a newcomer does: the demo from the shell, then home, a customer, the reason, an import."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from expecting import STILL, expect

pytestmark = pytest.mark.browser

KEFEN = Path(sys.executable).with_name("kefen")
ORDERS = """订单号,客户名称,下单日期,金额
XN-1,新能五金商行,2025年12月30日,"￥12,000.00"
XN-2,新能五金商行,2025/12/31,0.8万
XN-3,新能五金商行,月底,300
"""
PATIENCE = 120_000
LOOK = 5_000


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The site of `kefen demo`, a real process with its own database and worker."""
    data = tmp_path_factory.mktemp("demo")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("KEFEN_", "DATABASE"))}
    environment |= {"KEFEN_LANG": "en", "COLUMNS": "200"}
    command = [KEFEN, "demo", "--port", "0", "--data", data]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        told = ""
        for line in process.stderr:
            told += line
            if found := re.search(r"http://[\d.]+:\d+/", told):
                break
        assert found, told
        yield found.group()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode == 0


@pytest.fixture
def page(chromium, address):
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, base_url=address, locale="en-US", **STILL
    )
    context.set_default_timeout(PATIENCE)
    opened = context.new_page()
    opened.goto("/")
    opened.locator("input[name=login]").fill("manager")
    opened.locator("input[name=password]").fill("kefen-demo")
    opened.locator("input[name=password]").press("Enter")
    yield opened
    context.close()


def reload_until(page, text):
    """The worker brings some of a demo after the site answers: load the page again until it did."""
    for _try in range(PATIENCE // LOOK):
        try:
            expect(page.get_by_text(text)).to_be_visible(timeout=LOOK)
        except AssertionError:
            page.reload()
        else:
            return
    expect(page.get_by_text(text)).to_be_visible()


def test_from_home_to_a_customer_and_why(page):
    expect(page.locator(".kf-work-late [data-kf-line]").first).to_be_visible()
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.locator(".kf-chart[data-state=ready]").first).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="Customers", exact=True).click()
    # Three thousand of the imported files, two whom people typed in, four that are there twice.
    reload_until(page, "3,006 customers")
    held = []
    page.route(re.compile(r"/customers/\?q=ncyj"), lambda route: held.append(route), times=1)
    page.locator("#id_q").fill("ncyj")
    # Those of before are dimmed while the answer is under way.
    expect(page.locator("#results")).to_have_css("opacity", "0.55")
    held.pop().continue_()
    name = "南昌友骏汽配有限公司"
    expect(page.locator("#results").get_by_role("link", name=name)).to_be_visible()
    expect(page.locator("#results")).to_have_css("opacity", "1")
    page.locator("#results").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.locator("#why-abc")).to_contain_text("≥")
    page.get_by_role("button", name=re.compile("^RFM in eight classes")).click()
    expect(page.locator("#why-rfm")).to_be_visible()


def test_a_file_of_orders_becomes_a_graded_customer(page, tmp_path):
    file = tmp_path / "新订单.csv"
    file.write_text(ORDERS, encoding="gb18030")
    page.get_by_role("link", name="Imports", exact=True).click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Check").click(timeout=PATIENCE)
    expect(page.get_by_text("月底").first).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name=re.compile("Import")).click()
    landed = page.get_by_role("heading", name="2 rows are in the ledger")
    expect(landed).to_be_visible(timeout=PATIENCE)
    for _attempt in range(60):
        page.goto("/customers/?q=xnwj")
        if page.get_by_role("link", name="新能五金商行").count():
            break
        page.wait_for_timeout(1000)
    page.get_by_role("link", name="新能五金商行").click()
    for _attempt in range(60):  # its figures come with the next run
        if "20,000" in page.inner_text("main"):
            break
        page.wait_for_timeout(1000)
        page.reload(wait_until="networkidle")
    expect(page.locator("main")).to_contain_text("20,000")
