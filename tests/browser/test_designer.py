"""Designing a scheme as a sales manager does it: sliders, cuts, faults, publishing."""

import re
import shutil

import pytest
from django.urls import reverse
from expecting import expect

import kefen
from kefen.demo.loading import load
from kefen_crm.gateway import previewing
from kefen_crm.grading.actions import adopt_runs, install_ready_made
from kefen_crm.grading.models import Draft, Scheme

pytestmark = pytest.mark.browser
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
READY = "#kf-design[data-state=ready]"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two hundred customers of the demo trade company, graded by ABC and by weights."""
    folder = tmp_path_factory.mktemp("designed")
    ledger = kefen.open(folder)
    load(ledger, "trade", customers=200)
    kefen.grade_many(ledger, ["abc", "weighted"])
    ledger.close()
    return folder


@pytest.fixture
def company(data, tmp_path, settings, monkeypatch):
    settings.KEFEN_DATA = tmp_path / "data"
    shutil.copytree(data, settings.KEFEN_DATA)
    monkeypatch.setattr(previewing, "MANY", -1)
    install_ready_made()
    adopt_runs()
    yield
    previewing.release()


def customers(page):
    """How many customers each class has in the table of the effect."""
    return [
        int(cell.replace(",", ""))
        for cell in page.locator("[data-behind].kf-num").all_inner_texts()
    ]


def settled(page):
    page.wait_for_selector(READY)


def slide(page, place, value):
    slider = page.locator(f'[data-slides="{place}"]')
    slider.fill(str(value))
    settled(page)


def test_a_weight_a_cut_and_a_fault(open_page, bob, company):
    page = open_page(reverse("designer:edit", args=["weighted"]), bob)
    settled(page)
    before = customers(page)
    assert page.locator("[data-weights-sum]").inner_text() == "100"
    slide(page, "number:indicators[0].weight", 1)
    assert page.locator("[data-weights-sum]").inner_text() == "100"
    stays = page.locator("#kf-moves .kf-chart-table tbody tr").count()
    assert stays > len(before)
    slide(page, "percent:classes[0].upto", 45)
    after = customers(page)
    assert sum(after) == sum(before)
    assert after[0] > before[0]
    field = page.locator('[name="percent:classes[0].upto"]')
    field.fill("60")
    settled(page)
    expect(page.locator('[data-at="classes[1].upto"] [data-fault]')).to_be_visible()
    field.fill("20")
    settled(page)
    expect(page.locator("[data-fault]:visible")).to_have_count(0)


MOVED = """() => {
  const slider = document.querySelector('[data-slides="percent:classes[0].upto"]');
  window.asked = 0;
  const fetch = window.fetch;
  window.fetch = (...args) => { window.asked += 1; return fetch(...args); };
  for (const value of [70, 65, 60, 55]) {
    slider.value = String(value);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }
}"""


def test_of_moves_of_one_moment_the_last_is_asked_for(open_page, bob, company):
    page = open_page(reverse("designer:edit", args=["abc"]), bob)
    settled(page)
    before = customers(page)
    page.evaluate(MOVED)
    settled(page)
    assert page.evaluate("window.asked") == 1
    assert page.input_value('[name="percent:classes[0].upto"]') == "55"
    assert customers(page)[0] < before[0]


def test_a_cut_is_dragged_and_moved_by_keys(open_page, bob, company):
    page = open_page(reverse("designer:edit", args=["abc"]), bob)
    settled(page)
    before = customers(page)
    handle = page.locator(".kf-cut-handle").first
    box = handle.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] - 60, box["y"] + 60, steps=4)
    page.mouse.up()
    settled(page)
    dragged = customers(page)
    assert dragged[0] > before[0]
    share = float(page.input_value('[name="percent:classes[0].upto"]'))
    assert share > 75
    handle.focus()
    page.keyboard.press("ArrowRight")
    settled(page)
    assert float(page.input_value('[name="percent:classes[0].upto"]')) == pytest.approx(share - 0.5)


def test_the_list_yaml_and_publishing(open_page, bob, company):
    page = open_page(reverse("designer:new"), bob)
    page.get_by_role("link", name=re.compile("^ABC analysis Cumulative")).click()
    settled(page)
    page.locator('[data-class="A"] [data-behind]').click()
    rows = page.locator("#kf-behind tbody tr")
    expect(rows.first).to_contain_text("Class A")
    page.get_by_role("button", name="YAML").click()
    settled(page)
    expect(page.locator("textarea[name=yaml]")).to_be_visible()
    text = page.input_value("textarea[name=yaml]")
    page.fill("textarea[name=yaml]", text.replace("upto: 0.75", "upto: 0.5"))
    settled(page)
    page.get_by_role("button", name="Form", exact=True).click()
    expect(page.locator('[name="percent:classes[0].upto"]')).to_have_value("50")
    settled(page)
    page.get_by_role("button", name="Add a class").click()
    expect(page.locator("[data-class]")).to_have_count(6)  # four classes, lapsed, unrated
    settled(page)
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url(re.compile(r"/drafts/\d+/"))
    assert Draft.objects.get().document["classes"][0]["upto"] == 0.5
    settled(page)
    page.get_by_role("button", name="Publish…").click()
    page.fill("#kf-reason", "Four classes suit us")
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_url("**/schemes/abc-2/")
    assert len(Scheme.objects.get(name="abc-2").current.document["classes"]) == 4


def test_on_a_phone(open_page, bob, company):
    page = open_page(reverse("designer:edit", args=["weighted"]), bob, phone=True)
    settled(page)
    assert not page.evaluate(WIDER)
    before = customers(page)
    slide(page, "percent:classes[0].upto", 45)
    assert customers(page) != before
    page.get_by_role("button", name="Add an indicator").click()
    expect(page.locator("[data-slides][data-weight]")).to_have_count(7)
    settled(page)
    assert not page.evaluate(WIDER)
