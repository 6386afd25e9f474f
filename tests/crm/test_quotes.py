"""Quotes: ceilings, approval, versions, and that what was sent stays; worked out by hand.

Customers may have 10 % without approval. Carol has C1 and sells; Bob manages and approves.
"""

import io
from datetime import UTC, date, datetime
from decimal import Decimal as D  # noqa: N817

import docx
import pytest
from api_client import Program
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kefen_crm.customers.models import Customer
from kefen_crm.opportunities.actions import open_opportunity
from kefen_crm.opportunities.stages import begin
from kefen_crm.platform.models import RuleDocument
from kefen_crm.quotes import actions, document, lines
from kefen_crm.quotes.ceilings import DiscountCeiling, preview
from kefen_crm.quotes.models import Quote
from kefen_crm.receivables.pdf import fonts

NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
OIL = {"product": "Oil", "quantity": "3", "list_price": "10", "price": "10"}


@pytest.fixture
def c1(carol, dave, settings, tmp_path, monkeypatch):
    settings.KEFEN_DATA = tmp_path
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    RuleDocument.objects.create(
        kind="discount_ceiling", version=1, document={"rules": [{"name": "All", "percent": 10}]},
        state="published",
    )  # fmt: skip
    Customer.objects.create(code="C2", name="Beta", owner=dave)
    return Customer.objects.create(code="C1", name="华东机电", owner=carol)


def made(by, customer, price="10", **values):
    line = OIL | {"price": price}
    return actions.make(by, customer, {"title": "Oil", "lines": [line], **values})


def test_lines_are_read_as_typed_or_pasted():
    assert lines.read("Oil; 3; 10\n\nA4，纸\t1,200\t0.5\t0.45") == [
        OIL, {"product": "A4，纸", "quantity": "1200", "list_price": "0.5", "price": "0.45"}
    ]  # fmt: skip
    assert lines.read(lines.write([OIL])) == [OIL]
    missing = ("Oil; 3", "; 1; 2", "Oil; ; 10", "Oil;;;9")
    for text in (*missing, "Oil; x; 3", "Oil; 1; 2; 3; 4", "Oil; -1; 2"):
        with pytest.raises(ValidationError, match="Line 1"):
            lines.read(text)


def test_a_discount_above_the_ceiling_is_sent_only_once_somebody_else_approved_it(
    c1, carol, dave, bob
):
    within = made(carol, c1, "9")  # 27 of 30: 10 %
    assert (within.total, within.discount) == (D(27), D("10.0"))
    assert actions.send(carol, within).state == "sent"
    dear = made(carol, c1, "8.99")
    with pytest.raises(ValidationError, match=r"10\.1 %"):
        actions.send(carol, dear)
    with pytest.raises(ValidationError, match="Nobody asks"):
        actions.decide(bob, dear, approve=True)
    actions.ask(carol, dear, "A competitor is cheaper")
    with pytest.raises(PermissionDenied):
        actions.decide(carol, dear, approve=True)
    with pytest.raises(ValidationError, match="why"):
        actions.decide(bob, dear, approve=False)
    assert actions.decide(bob, dear, approve=False, answer="Too dear").state == "draft"
    actions.ask(carol, dear, "Still")
    actions.decide(bob, dear, approve=True)
    changed = actions.change(carol, dear, {"lines": [OIL | {"price": "8"}]})
    assert (changed.state, changed.decided_by) == ("draft", None)  # to be approved again
    own = made(bob, c1, "5")
    actions.ask(bob, own, "x")
    with pytest.raises(PermissionDenied):
        actions.decide(bob, own, approve=True)
    with pytest.raises(ObjectDoesNotExist):
        actions.change(dave, dear, {"title": "x"})
    told = preview([DiscountCeiling(name="All", percent=15)])
    assert [(name, held, over) for name, held, over in told.rules] == [("All", 2, 2)]  # 8 and 5


VERBS = {
    "change": lambda by, one: actions.change(by, one, {"title": "Else", "lines": []}),
    "ask": lambda by, one: actions.ask(by, one, "x"),
    "approve": lambda by, one: actions.decide(by, one, approve=True),
    "refuse": lambda by, one: actions.decide(by, one, approve=False, answer="x"),
    "send": actions.send,
    "accept": lambda by, one: actions.answer(by, one, accepted=True),
    "decline": lambda by, one: actions.answer(by, one, accepted=False),
    "revise": actions.revise,
    "letterhead": lambda by, _one: actions.set_letterhead(by, {"name": "Other"}),
}
SAYS = ("title", "contact", "lines", "total", "list_total", "valid_until", "terms", "language",
        "letterhead", "sent_at", "number_in_chain", "ceiling")  # fmt: skip


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(verbs=st.lists(st.sampled_from(sorted(VERBS)), max_size=8))
def test_whatever_is_done_what_was_sent_says_the_same(verbs, c1, carol, alice):
    with transaction.atomic():
        actions.set_letterhead(alice, {"name": "Acme"})
        sent = actions.send(carol, made(carol, c1, "9.5"))
        before = {name: getattr(sent, name) for name in SAYS}
        for verb in verbs:
            for one in Quote.objects.filter(chain=sent.chain).order_by("pk"):
                try:
                    with transaction.atomic():
                        VERBS[verb](alice, one)
                except (ValidationError, PermissionDenied):
                    continue
        sent.refresh_from_db()
        assert {name: getattr(sent, name) for name in SAYS} == before
        assert document.words_of(sent)["head"]["name"] == "Acme"
        chain = Quote.objects.filter(chain=sent.chain)
        assert chain.filter(state="sent").count() <= 1
        transaction.set_rollback(True)


def test_the_next_version_replaces_the_one_before_once_it_is_sent(c1, carol, sign_in):
    first = actions.send(carol, made(carol, c1, valid_until=date(2026, 3, 20)))
    led = sign_in(carol).get(reverse("quotes:change", args=[first.pk]))
    assert (led.status_code, led["Location"]) == (302, reverse("quotes:detail", args=[first.pk]))
    second = actions.revise(carol, first)
    assert (second.number, second.total, second.state) == (f"{first.number}-2", D(30), "draft")
    with pytest.raises(ValidationError, match="was not sent"):
        actions.revise(carol, first)
    actions.send(carol, actions.change(carol, second, {"title": "Better"}))
    first.refresh_from_db()
    assert first.state == "replaced"
    with pytest.raises(ValidationError):
        actions.answer(carol, first, accepted=True)
    assert actions.answer(carol, second, accepted=True).state == "accepted"
    late = made(carol, c1, valid_until=date(2026, 3, 9))
    with pytest.raises(ValidationError, match="passed"):
        actions.send(carol, late)


def test_pages_and_the_document_in_both_languages(c1, carol, bob, sign_in):
    begin()
    line = {"product": "Oil", "quantity": "3", "price": "10"}
    chance = open_opportunity(carol, c1, {"title": "New line", "products": [line]})
    client = sign_in(carol)
    address = reverse("quotes:new", args=["C1"])
    form = client.get(f"{address}?opportunity={chance.pk}").content.decode()
    assert "Oil; 3; 10; 10" in form
    said = {"title": "Offer", "lines": "Oil; 3; 10; 8", "language": "en", "opportunity": chance.pk}
    assert client.post(address, said).status_code == 302
    quote = Quote.objects.get()
    where = reverse("quotes:detail", args=[quote.pk])
    assert "above the 10 %" in client.get(where).content.decode()
    client.post(reverse("quotes:ask", args=[quote.pk]), {"reason": "Big order"})
    decide = reverse("quotes:decide", args=[quote.pk])
    assert "Big order" in sign_in(bob).get(decide).content.decode()
    sign_in(bob).post(decide, {"decision": "approve", "answer": ""})
    client.post(reverse("quotes:send", args=[quote.pk]))
    quote.refresh_from_db()
    assert (quote.state, quote.opportunity) == ("sent", chance)
    page = client.get(reverse("quotes:print", args=[quote.pk])).content.decode()
    assert "Quotation" in page
    assert "Discount 6.00" in page
    quote.language = "zh"
    assert document.words_of(quote)["title"] == "报价单"
    assert "Offer" in client.get(reverse("customers:more", args=["C1"])).content.decode()
    assert reverse("quotes:choose") in client.get(reverse("quotes:list")).content.decode()
    found = client.get(reverse("quotes:choose"), {"q": "C1"}).content.decode()
    assert reverse("quotes:new", args=["C1"]) in found
    if fonts():
        content = document.pdf(quote).content
        assert content.startswith(b"%PDF")
        assert b"CreationDate" not in content  # the same file whenever it is downloaded


def said_in_word(content):
    """All texts of a DOCX file in their order, its letterhead first."""
    page = docx.Document(io.BytesIO(content))
    head = [one.text for one in page.sections[0].header.paragraphs]
    body = []
    for one in page.iter_inner_content():
        rows = getattr(one, "rows", None)
        body += one.text.split("\t") if rows is None else [c.text for r in rows for c in r.cells]
    return head, [text for text in body if text]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_word_document_says_what_the_pdf_says(language, c1, carol, alice, dave, sign_in):
    actions.set_letterhead(
        alice,
        {"name": "华衡工业品贸易有限公司", "name_en": "Huaheng Industrial", "address": "上海市",
         "phone": "021-1", "bank": "ICBC 622", "terms": "款到发货", "terms_en": "Paid in advance"},
    )  # fmt: skip
    quote = made(carol, c1, "9", language=language, contact="李工")
    told = document.words_of(quote)
    client = sign_in(carol)
    where = reverse("quotes:docx", args=[quote.pk])
    answer = client.get(where)
    head, body = said_in_word(answer.content)
    assert head == [told["head"]["name"], *told["head"]["lines"]]
    assert head[0] == ("Huaheng Industrial" if language == "en" else "华衡工业品贸易有限公司")
    cells = [cell for row in told["rows"] for cell in row]
    facts = [text for pair in told["facts"] for text in pair if text]
    totals = [one["text"] for one in told["totals"]]
    rest = [told["terms"], told["bank"], *told["signs"]]
    heads = [cell for cell in told["heading"] if cell]
    assert body == [told["title"], *facts, *heads, *cells, *totals, *rest]
    assert sign_in(dave).get(where).status_code == 404
    file = Program(carol).client.get(
        f"/api/v1/quotes/{quote.pk}/document", headers=Program(carol).headers
    )
    assert said_in_word(file.content) == (head, body)


def test_programs_make_send_and_answer_quotes(c1, carol):
    program = Program(carol)
    line = {"product": "Oil", "quantity": 3, "list_price": "10", "price": "9.5"}
    new = {"customer": "C1", "title": "Oil", "lines": [line]}
    one = program.post("/quotes", new, 201)
    assert (one["total"], one["discount"], one["state"]) == ("28.50", "5.0", "draft")
    where = f"/quotes/{one['id']}"
    program.post(f"{where}/decide", {"approve": True}, 403)
    assert program.post(f"{where}/send", {"version": 1})["state"] == "sent"
    program.ask("PATCH", where, 422, data='{"title": "x"}', content_type="application/json")
    assert program.post(f"{where}/revise", {}, 201)["number_in_chain"] == 2
    assert program.post(f"{where}/answer", {"accepted": False})["state"] == "declined"
    program.post("/quotes", new | {"opportunity": 99}, 422)


def test_who_approves_decides_in_place_on_today(c1, carol, bob, sign_in):
    today = reverse("activities:today")
    asked = actions.ask(carol, made(carol, c1, "8"), "A competitor is cheaper")
    other = actions.ask(carol, made(carol, c1, "7"), "The last one of the year")
    own = actions.ask(bob, made(bob, c1, "5"), "x")
    client = sign_in(bob)
    page = client.get(today).content.decode()
    listed = page.split("Waiting for your yes")[1]
    assert "20.0 % below list prices" in listed
    assert "A competitor is cheaper" in listed
    assert reverse("quotes:decide", args=[own.pk]) not in listed
    assert "Waiting for your yes" not in sign_in(carol).get(today).content.decode()

    here = {"headers": {"HX-Request": "true"}}
    decide = reverse("quotes:decide", args=[asked.pk])
    stale = client.post(decide, {"decision": "approve", "version": "1"}, **here)
    assert "changed this meanwhile" in stale.headers["HX-Trigger"]
    done = client.post(decide, {"decision": "approve", "version": str(asked.version)}, **here)
    assert (done.status_code, "kf-work-changed" in done.headers["HX-Trigger"]) == (204, True)
    asked.refresh_from_db()
    assert (asked.state, asked.decided_by) == ("approved", bob)

    decide = reverse("quotes:decide", args=[other.pk])
    assert 'value="refuse"' in client.get(decide, **here).content.decode()
    sent = {"decision": "refuse", "version": str(other.version)}
    answer = client.post(decide, sent | {"answer": ""}, **here)
    assert "why it is refused" in answer.content.decode()
    assert client.post(decide, sent | {"answer": "Too dear"}, **here).status_code == 204
    other.refresh_from_db()
    assert (other.state, other.answer) == ("draft", "Too dear")
    assert "Waiting for your yes" not in client.get(today).content.decode()
