"""Class contracts: the page, the PDF, objections and what becomes of them."""

import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from jobs import work_off
from kefen_crm.activities.models import Task
from kefen_crm.class_contracts.actions import answer, object_to
from kefen_crm.class_contracts.models import Objection
from kefen_crm.customers.models import Customer
from kefen_crm.platform.models import Event, Notification


def address(name, code="C2"):
    return reverse(f"class_contracts:{name}", args=["abc", code])


def test_a_contract_is_a_page_and_a_pdf_in_both_languages(graded, bob, carol, sign_in):
    browser = sign_in(bob)
    page = browser.get(address("show")).content.decode()
    # C2 sold 1,500: B, whose bound it is itself; C1's 8,000 is the bound of A.
    assert "Sales: 1,500 → 8,000 leads to Class A." in page
    assert "Sales: 1,500 → 1,499.99 leads to Class C." in page
    ahead = browser.get(address("ahead")).content.decode()
    # The only order is of 2025-11-11; a year later it counts no more.
    assert "the class stands until" in ahead
    assert "no longer rated" in ahead
    assert address("show") in browser.get(reverse("customers:more", args=["C2"])).content.decode()
    chinese = browser.get(address("show"), headers={"Accept-Language": "zh-hans"})
    assert "单独哪项变化就能升级" in chinese.content.decode()
    for language in ("zh", "en"):
        pytest.importorskip("typst")
        made = browser.get(address(f"pdf_{language}"))
        assert made.status_code in (200, 302)  # 302 without a Chinese font
        assert made.status_code == 302 or made.content.startswith(b"%PDF")
    told = Program(bob).get("/class-contracts?customer=C2&scheme=abc&ahead=true")
    assert (told["data"]["up"][0]["needed"], told["until"]) == ("8000.00", "2026-11-11")
    assert sign_in(carol).get(address("show")).status_code == 404  # C2 is Dave's


def test_an_objection_is_a_task_a_notice_and_in_the_log(graded, alice, bob, carol, erin, sign_in):
    customer, scheme = Customer.objects.get(code="C1"), graded["abc"].scheme
    with pytest.raises(PermissionDenied):
        object_to(erin, customer, scheme, "Wrong")
    browser = sign_in(carol)
    sent = browser.post(address("object", "C1"), {"text": "  Two orders are missing "})
    assert sent.status_code == 302
    made = Objection.objects.get()
    assert (made.text, made.class_key, made.state) == ("Two orders are missing", "A", "open")
    task = Task.objects.get(pk=made.task_id)
    assert (task.owner, task.state) == (carol, "open")
    with pytest.raises(ValidationError):
        object_to(carol, customer, scheme, "Again")
    assert "Two orders are missing" in browser.get(address("show", "C1")).content.decode()
    timeline = reverse("customers:detail", args=["C1"])
    assert "Objection to the class" in browser.get(timeline).content.decode()
    work_off("platform")
    work_off("notifications")
    assert {one.user for one in Notification.objects.filter(kind="class.objection")} == {alice, bob}
    with pytest.raises(PermissionDenied):
        answer(carol, made, "upheld", "Yes")
    program = Program(bob)
    done = {"state": "upheld", "answer": "Both were booked late"}
    told = program.post(f"/class-contracts/objections/{made.pk}/answer", done)
    assert (told["state"], told["answered_by"], told["class"]) == ("upheld", "bob", "A")
    program.post(f"/class-contracts/objections/{made.pk}/answer", done, 422)
    assert Event.objects.get(verb="class.objection-answered").customer == customer
    wanted = {"customer": "C1", "scheme": "abc", "text": "Once more"}
    key = {"headers": {"Idempotency-Key": "k1"}}
    first, again = (
        program.post("/class-contracts/objections", wanted, 201, **key) for _ in range(2)
    )
    assert first["id"] == again["id"]
    assert len(program.get("/class-contracts/objections?customer=C1")) == 2
