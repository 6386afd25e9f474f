"""A file comes: it is kept safely, looked at, or refused in words."""

from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from import_steps import ORDERS, checked, file, landed, uploaded

from kefen_crm.imports.actions import remove, request_check
from kefen_crm.imports.models import Import

NEW, LIST = reverse("imports:new"), reverse("imports:list")


def test_one_file_leads_to_its_columns(sign_in, bob, ledger):
    browser = sign_in(bob)
    answer = browser.post(NEW, {"files": file()})
    record = Import.objects.get()
    assert answer.url == record.get_absolute_url()
    assert (record.name, record.kind, record.by, record.status) == (
        "orders.csv",
        "orders",
        bob,
        "uploaded",
    )
    assert record.mapping == {
        "客户名称": "customer_name",
        "下单日期": "ordered_on",
        "金额": "amount",
        "备注": "note",
    }
    assert record.history.get().history_user == bob
    page = browser.get(answer.url).content.decode()
    for shown in ("UTF-8", "comma", "line 1", "￥1,200.00", "Recognised by the headings"):
        assert shown in page


def test_several_files_lead_to_the_list(sign_in, bob, ledger):
    answer = sign_in(bob).post(NEW, {"files": [file(), file(name="more.csv")]}, follow=True)
    assert answer.redirect_chain[-1][0] == LIST
    assert "2 files have come" in answer.content.decode()
    assert Import.objects.count() == 2


def test_a_good_file_is_taken_beside_a_bad_one(sign_in, bob, ledger):
    answer = sign_in(bob).post(NEW, {"files": [file(), file(b"x", "photo.png")]}, follow=True)
    assert "photo.png is not a table" in answer.content.decode()
    assert Import.objects.get().name == "orders.csv"


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"\x89PNG", "photo.png", "photo.png is not a table"),
        (b"", "empty.csv", "empty.csv is empty"),
        (b"x" * 2_000_000, "large.csv", "large.csv is larger than 1 MB"),
    ],
)
def test_what_is_not_taken(content, name, told, sign_in, bob, ledger, settings):
    settings.KEFEN_UPLOAD_LIMIT = 1 << 20
    browser = sign_in(bob)
    answer = browser.post(NEW, {"files": file(content, name)})
    assert answer.status_code == 422
    assert told in answer.content.decode()
    part = browser.post(NEW, {"files": file(content, name)}, headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert told in part.content.decode()
    assert not Import.objects.exists()


def test_no_file_at_all(sign_in, bob, ledger):
    assert "Choose a file first" in sign_in(bob).post(NEW, {}).content.decode()


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (bytes(range(256)) * 4, "noise.csv", "is not a table Kefen can read"),
        (b"PK\x03\x04" + b"noise" * 99, "noise.xlsx", "is damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"noise" * 99, "noise.xls", "is damaged"),
        (b"<html><table><tr><td>1</td></tr></table>", "page.xls", "is a web page"),
        (b"PAR1 and no more", "cut.parquet", "is damaged or incomplete"),
        (b"\n\n\n", "blank.csv", "is empty"),
    ],
)
def test_what_cannot_be_read_says_why_and_can_be_removed(content, name, told, sign_in, bob, ledger):
    browser = sign_in(bob)
    answer = browser.post(NEW, {"files": file(content, name)}, follow=True)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert told in page
    assert "This file cannot be read" in page
    record = Import.objects.get()
    assert record.status == Import.Status.FAILED
    gone = browser.post(reverse("imports:remove", args=[record.pk]), follow=True)
    assert f"{name} is removed" in gone.content.decode()
    assert not Import.objects.exists()
    assert not record.path.exists()


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.csv", "a/b\\c.csv", "<img src=x>.csv", "客" * 100 + ".csv", "..csv"]
)
def test_a_file_lies_where_uploads_lie_whatever_its_name(name, bob, ledger, settings):
    record = uploaded(bob, name=name)
    folder = Path(settings.MEDIA_ROOT).resolve()
    assert record.path.resolve().is_relative_to(folder)
    assert len(record.path.relative_to(folder).parts) == 4
    assert record.path.read_text(encoding="utf-8") == ORDERS


def test_a_name_is_shown_as_text(sign_in, bob, ledger):
    text = "客户名称,下单日期,金额,<script>alert(1)</script>\n<b>甲</b>,2025-01-01,1,\n"
    record = checked(bob, text, "<img src=x>.csv")
    page = sign_in(bob).get(f"{record.get_absolute_url()}?step=columns").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x>" not in page
    assert "<b>甲" not in page


def test_the_file_is_given_back_as_it_came(sign_in, bob, ledger):
    record = uploaded(bob, name="订单.csv")
    answer = sign_in(bob).get(reverse("imports:source", args=[record.pk]))
    assert b"".join(answer.streaming_content).decode() == ORDERS
    assert "attachment" in answer.headers["Content-Disposition"]


def test_what_landed_is_not_removed(bob, ledger):
    with pytest.raises(ValidationError):
        remove(bob, landed(bob).pk)


def test_what_is_being_worked_on_is_left_alone(sign_in, bob, ledger):
    record = uploaded(bob)
    request_check(bob, record.pk, record.mapping)
    with pytest.raises(ValidationError):
        remove(bob, record.pk)
    browser = sign_in(bob)
    for name in (
        "check",
        "land",
        "understand",
        "remove",
        "undo",
        "mapping_state",
        "forget_mapping",
    ):
        assert browser.post(reverse(f"imports:{name}", args=[record.pk])).status_code in (200, 302)
    record.refresh_from_db()
    assert record.status == Import.Status.CHECKING
