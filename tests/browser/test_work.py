"""A day's work in the browser: what is logged or noted is there at once, and one stays in place."""

from datetime import timedelta

import polars as pl
import pytest
from django.urls import reverse
from django.utils.timezone import localdate
from expecting import expect

import kefen
from kefen_crm.activities import actions
from kefen_crm.activities.models import Activity, Task
from kefen_crm.customers.models import Customer
from kefen_crm.grading.actions import adopt_runs, install_ready_made
from kefen_crm.noted_facts.models import NotedFact
from kefen_crm.tags import actions as tags

pytestmark = pytest.mark.browser

MANY = 25
ORDERS = pl.DataFrame({"customer_id": ["C1"], "ordered_on": ["2025-03-01"], "amount": ["8000"]})

SLOW = """() => {
  const { open, send } = XMLHttpRequest.prototype;
  window.asked = [];
  XMLHttpRequest.prototype.open = function (...given) {
    this.post = given[0] === "POST";
    return open.apply(this, given);
  };
  XMLHttpRequest.prototype.send = function (...given) {
    window.asked.push(this.post ? "POST" : "GET");
    setTimeout(() => send.apply(this, given), this.post ? 400 : 0);
  };
}"""
"""Forms take a while to be sent, and the page keeps what it asked for."""


@pytest.fixture
def held(tmp_path, settings, db, carol):
    """A customer of Carol's with a sale."""
    settings.KEFEN_DATA = tmp_path
    with kefen.open(tmp_path) as ledger:
        ledger.load(ORDERS, kind="orders")
        kefen.grade(ledger, "abc", "2026-01-01")
    install_ready_made()
    adopt_runs()
    Customer.objects.filter(code="C1").update(owner=carol)
    return Customer.objects.get(code="C1")


@pytest.fixture
def busy(db, carol):
    """A day with more tasks than a phone shows, and one of tomorrow."""
    for number in range(MANY):
        customer = Customer.objects.create(
            code=f"B{number:02}", name=f"Buyer {number}", owner=carol
        )
        day = localdate() + timedelta(days=number == MANY - 1)
        values = {"kind": "call", "title": f"Ring {number}", "due_on": day, "owner": carol}
        actions.plan(carol, customer, values)


def test_a_log_leaves_the_day_where_it_was(busy, carol, open_page):
    page = open_page(reverse("activities:today"), carol, phone=True)
    lines = page.locator("[data-kf-line]")
    expect(lines).to_have_count(MANY)
    expect(page.locator(".kf-work-coming [data-kf-line]")).to_have_count(1)
    line = lines.nth(14)
    line.scroll_into_view_if_needed()
    page.evaluate("window.kfSame = true")
    before = page.evaluate("scrollY")
    assert before > 500
    neighbour = lines.nth(13).get_by_role("link").first.inner_text()
    line.get_by_role("link", name="Log").click()
    page.locator("#kf-modal textarea").fill("Wants a quote")
    page.locator("#kf-modal .kf-log button.btn-primary").click()
    expect(lines).to_have_count(MANY - 1)
    expect(page.locator("#kf-modal")).to_be_hidden()
    assert page.evaluate("window.kfSame")
    assert abs(page.evaluate("scrollY") - before) < 5
    assert lines.nth(13).get_by_role("link").first.inner_text() == neighbour
    assert (Activity.objects.count(), Task.objects.filter(state="done").count()) == (1, 1)


def test_a_log_on_a_page_of_its_own_leads_to_the_customer(held, carol, open_page):
    page = open_page(reverse("activities:log", args=[held.code]), carol)
    page.locator("textarea[name=text]").fill("Wants a quote")
    page.get_by_role("button", name="Log", exact=True).click()
    expect(page.get_by_text("Logged: ")).to_be_visible()
    assert page.url.endswith(reverse("customers:detail", args=[held.code]))
    assert Activity.objects.get().text == "Wants a quote"


def test_a_noted_order_is_there_without_a_new_page(held, carol, open_page):
    page = open_page(reverse("customers:detail", args=["C1"]), carol)
    page.evaluate("window.kfSame = true")
    page.get_by_role("tab", name="Orders and payments").click()
    page.evaluate("scrollTo({top: 300, behavior: 'instant'})")
    page.get_by_role("button", name="Note an order").click()
    page.get_by_role("link", name="Order", exact=True).click()
    dialog = page.locator("#kf-modal")
    amount, day = dialog.locator("[name=amount]"), dialog.locator("[name=ordered_on]")
    amount.fill("1234.5")
    day.fill("2999-01-01")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("That day has not come yet.")  # the dialog stays
    day.fill(localdate().isoformat())
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator(".kf-toast-success")).to_contain_text("Noted")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("tab", name="Orders and payments")).to_have_class(
        "nav-link text-body active"
    )
    expect(page.locator("#tab-orders")).to_contain_text("1,234.50")
    assert page.evaluate("window.kfSame")
    assert NotedFact.objects.count() == 1


def test_new_things_are_begun_with_a_thumb(carol, open_page):
    page = open_page(reverse("activities:today"), carol, phone=True)
    bar = page.locator(".kf-phone-bar")
    bar.get_by_role("button", name="New").click()
    entry = bar.get_by_role("link", name="New customer")
    expect(entry).to_be_visible()
    assert bar.bounding_box()["y"] > 700
    entry.click()
    page.wait_for_url(f"**{reverse('customers:new')}")


def test_a_form_that_is_sent_is_not_looked_up_beside_it(held, bob, open_page):
    page = open_page(reverse("customers:list"), bob)
    page.evaluate(SLOW)
    dialog = page.locator("#kf-modal")
    page.locator("input[data-kf-pick]").first.check()
    page.locator("[data-kf-bulk]").get_by_role("button", name="Tag", exact=True).click()
    name, send = dialog.locator("[name=set-name]"), dialog.locator(".btn-primary")
    name.fill("Fair")
    send.click()  # which is when the field is left, too
    expect(send).to_be_disabled()  # a second press would be lost
    expect(dialog).to_contain_text("1 customer changes")
    expect(name).to_have_value("Fair")
    assert page.evaluate("window.asked") == ["GET", "POST"]  # the dialog, and what it would do
    send.click()
    expect(dialog).to_contain_text("1 customer tagged")


def test_dialogs_ask_only_what_is_needed(held, bob, open_page):
    tags.create(bob, "Old")
    page = open_page(reverse("customers:list"), bob, phone=True)
    dialog = page.locator("#kf-modal")
    page.locator("input[data-kf-pick]").first.check()
    page.locator("[data-kf-bulk]").get_by_role("button", name="Tag", exact=True).click()
    name = dialog.locator("[name=set-name]")
    expect(dialog.locator("[name=set-tag]")).to_be_visible()
    expect(name).to_be_hidden()
    dialog.locator("[name=set-tag]").select_option(label="A new tag")
    name.fill("Fair")
    name.blur()
    expect(dialog).to_contain_text("1 customer changes")
    dialog.get_by_role("button", name="Tag").click()
    expect(dialog).to_contain_text("1 customer tagged")
    assert [one.tag.name for one in held.taggings.select_related("tag")] == ["Fair"]
    page.evaluate("window.kept = true")
    dialog.get_by_role("button", name="Close").last.click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#results")).to_contain_text("Fair")  # its row was read anew,
    expect(page.locator("input[data-kf-pick]").first).to_be_checked()  # who was chosen still is,
    assert page.evaluate("window.kept")  # and the page was not loaded again
    page.goto(reverse("customers:detail", args=["C1"]))
    page.get_by_role("link", name="Plan a task").click()
    every = dialog.locator("[name=every]")
    expect(dialog.locator("[name=repeat]")).to_be_visible()
    expect(every).to_be_hidden()
    dialog.locator("[name=repeat]").select_option("week")
    expect(every).to_be_visible()
