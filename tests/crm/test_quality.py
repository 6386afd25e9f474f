"""What is wrong with the data: found every night, mended at once, undone at once."""

from datetime import date

import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from kefen_crm.custom_fields.actions import require_of
from kefen_crm.customers.actions import edit
from kefen_crm.customers.models import Customer, FieldEdit
from kefen_crm.quality import actions, nightly, regions
from kefen_crm.quality.checks import checks
from kefen_crm.quality.demo import demo
from kefen_crm.quality.models import InvalidValue, Score
from kefen_crm.quality.values import (
    is_email,
    is_name,
    is_phone,
    meant_date,
    meant_email,
    meant_name,
    meant_phone,
    shown,
)


def test_what_may_be_a_number_or_an_address():
    good = ("021-5555 0101", "13800138000", "+86 138 0013 8000", "8765 4300", "400-820-8820",
            "0512-66881200转801", "13800138000/13900139000")  # fmt: skip
    assert [one for one in good if not is_phone(one)] == []
    bad = ("call me", "13", "138001380001380013800", "无")
    assert [one for one in bad if is_phone(one)] == []
    assert meant_phone("电话：０２１—６８８８ １２３４") == "021-6888 1234"
    assert meant_phone("l38 OO13 8OOO") == "138 0013 8000"
    assert meant_phone("13") is None
    assert is_email("a@b.cn")
    assert meant_email("Wang＠Example。com ") == "wang@example.com"
    assert meant_email("nobody") is None
    assert meant_phone("无") == meant_email("N/A") == ""


def test_what_names_and_dates_probably_mean():
    good = ("Acme Inc.", "上海明达（集团）有限公司", "3M", "Joe “Mac” King", "Müller & Söhne")
    assert [one for one in good if not is_name(one)] == []
    assert [one for one in ("测试", "n/a", "13800138000", "上海??公司") if is_name(one)] == []
    assert meant_name("王　芳") == "王芳"
    assert meant_name("“ＡＣＭＥ &amp; Sons”,") == "ACME & Sons"
    assert meant_name("测试，") is None
    assert shown("上海\u200b明达") == "上海‹U+200B›明达"
    assert meant_date("birthday", "2085-03-02") == "1985-03-02"
    assert meant_date("registered_on", "0019-03-02") == "2019-03-02"
    assert meant_date("founded_on", "0012-03-02") is None  # 1912 or 2012
    assert meant_date("birthday", "1899-12-30") == ""
    assert meant_date("registered_on", "3005-03-02") is None


def test_spellings_and_provinces_follow_most_customers(db):
    rows = [
        ("上海", "华东"),
        ("上海市", "华东 "),
        ("苏州", "江苏"),
        ("苏州", "江苏省"),
        ("苏州", ""),
    ]
    told = {"上海": 9, "上海市": 1}
    Customer.objects.bulk_create(
        Customer(code=f"{city}{province}{n}", name="x", city=city, province=province)
        for city, province in rows
        for n in range(told.get(city, 1 if province != "江苏" else 6))
    )
    everyone = Customer.objects.all()
    assert regions.meant(everyone, "city") == {("上海市", "上海市"): "上海"}
    assert regions.meant(everyone, "province") == {
        ("上海市", "华东 "): "华东",
        ("苏州", "江苏省"): "江苏",
        ("苏州", ""): "江苏",
    }


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
        actions.mend(erin, {"phone": [found["C3"].pk]})
    with pytest.raises(ValidationError):
        actions.mend(dave, {"phone": [found["C3"].pk]})  # not his
    client = sign_in(carol)
    address = reverse("quality:mend", args=["phone"])
    assert "138 0013 8000" in client.get(address).content.decode()
    chosen = [one.pk for one in found.values()]
    before = list(FieldEdit.objects.order_by("pk").values_list("customer", "value", "base"))
    assert client.post(address, {"phone": chosen}).status_code == 302
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


def test_names_dates_and_regions_are_mended_and_undone(found, carol, sign_in):
    told = {"birthday": date(2085, 3, 2), "founded_on": date(1899, 12, 30), "name": "Ａcme"}
    Customer.objects.filter(code="C1").update(**told)
    nightly.look(date(2026, 1, 2))
    assert [counted(carol)[one] for one in ("dates", "names")] == [1, 1]
    client = sign_in(carol)
    address = reverse("quality:mend", args=["dates"])
    assert "1985-03-02" in client.get(address).content.decode()
    pk = found["C1"].pk
    client.post(address, {"birthday": [pk], "founded_on": [pk]})
    assert Program(carol).post("/quality/name/mend", {"customers": ["C1"]}, 201)["values"] == 1
    acme = Customer.objects.get(code="C1")
    assert (acme.birthday, acme.founded_on, acme.name) == (date(1985, 3, 2), None, "Acme")
    assert counted(carol)["dates"] == 0
    for mending in actions.Mending.objects.all():
        actions.undo(carol, mending)
    assert list(Customer.objects.filter(code="C1").values(*told)) == [told]
