"""What is wrong with the data: found every night, mended at once, undone at once."""

from datetime import date

import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from kefen_crm.custom_fields.actions import require_of
from kefen_crm.customers.actions import edit
from kefen_crm.customers.models import Customer, FieldEdit
from kefen_crm.quality import actions, nightly
from kefen_crm.quality.checks import checks
from kefen_crm.quality.demo import demo
from kefen_crm.quality.models import InvalidValue, Score
from kefen_crm.quality.values import is_email, is_phone, meant_email, meant_phone


def test_what_may_be_a_number_or_an_address():
    good = ("021-5555 0101", "13800138000", "+86 138 0013 8000", "8765 4300", "400-820-8820",
            "0512-66881200转801", "13800138000/13900139000")  # fmt: skip
    assert [one for one in good if not is_phone(one)] == []
    bad = ("call me", "13", "138001380001380013800", "无")
    assert [one for one in bad if is_phone(one)] == []
    assert meant_phone("电话：０２１—６８８８ １２３４") == "021-6888 1234"
    assert meant_phone("l38 OO13 8OOO") == "138 0013 8000"
    assert meant_phone("13") == ""
    assert is_email("a@b.cn")
    assert meant_email("Wang＠Example。com ") == "wang@example.com"
    assert meant_email("nobody") == ""


@pytest.fixture
def found(graded, bob, carol):
    """The company looked through: C1 and C3, Carol's, have odd phone numbers."""
    people = {one.code: one for one in Customer.objects.all()}
    edit(carol, people["C3"], {"phone": "l38 0013 8000"})
    Customer.objects.filter(code="C1").update(phone="O21-5555 0101")
    require_of(bob, "industry", ["*"])
    nightly.look(date(2026, 1, 2))
    return people


def counted(user):
    return {one["name"]: one["found"] for one in Program(user).get("/quality")["checks"]}


def test_checks_count_whom_they_find(found, bob, carol, sign_in):
    # C4 and C5 have no industry and no owner; C2, C4 and C5 neither phone nor e-mail.
    told = counted(bob)
    assert {told[one] for one in ("phone", "required-industry", "owner")} == {2}
    assert (told["unreachable"], told["email"], told["name"], told["imports"]) == (3, 0, 0, 0)
    assert counted(carol)["unreachable"] == 0  # hers are C1 and C3
    everything = Score.objects.get(name="")
    assert (everything.found, everything.customers, everything.share) == (5, 5, 0)
    client = sign_in(bob)
    page = client.get(reverse("quality:overview")).content.decode()
    assert "The phone number is none" in page
    listed = client.get(f"{reverse('customers:list')}?quality=unreachable").content.decode()
    assert "北京新客" in listed
    assert "Acme" not in listed.split('id="results"')[1]
    assert len(checks()) == len(told)


def test_values_are_mended_at_once_and_undone_at_once(found, carol, dave, erin, sign_in):
    with pytest.raises(PermissionDenied):
        actions.mend(erin, "phone", [found["C3"].pk])
    with pytest.raises(ValidationError):
        actions.mend(dave, "phone", [found["C3"].pk])  # not his
    client = sign_in(carol)
    address = reverse("quality:mend", args=["phone"])
    assert "138 0013 8000" in client.get(address).content.decode()
    chosen = [one.pk for one in found.values()]
    before = list(FieldEdit.objects.order_by("pk").values_list("customer", "value", "base"))
    assert client.post(address, {"chosen": chosen}).status_code == 302
    phones = dict(Customer.objects.values_list("code", "phone"))
    assert (phones["C1"], phones["C3"]) == ("021-5555 0101", "138 0013 8000")
    assert not actions.proposals(carol, "phone").exists()
    [mending] = actions.Mending.objects.all()
    edit(carol, found["C1"], {"phone": "021-1111 1111"})
    assert actions.undo(carol, mending) == actions.Undone(back=1, left=1)
    phones = dict(Customer.objects.values_list("code", "phone"))
    assert (phones["C1"], phones["C3"]) == ("021-1111 1111", "l38 0013 8000")
    told = FieldEdit.objects.filter(customer=found["C3"]).values_list("customer", "value", "base")
    assert list(told) == before  # as Carol wrote it
    with pytest.raises(ValidationError):
        actions.undo(carol, mending)
    nightly.look(date(2026, 1, 3))
    assert list(InvalidValue.objects.values_list("customer__code", flat=True)) == ["C3"]
    demo()
