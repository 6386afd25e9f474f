"""Files with a customer: known by their bytes, never run by a browser, gone with the customer."""

import io
import zipfile

import pytest
from api_client import Program
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kefen_crm.activities.models import Activity
from kefen_crm.customer_files import actions
from kefen_crm.customer_files.demo import demo, letter, picture
from kefen_crm.customer_files.models import CustomerFile
from kefen_crm.customer_files.plugin import PLUGIN
from kefen_crm.customers.models import Customer
from kefen_crm.platform.stored_files import stored
from kefen_crm.privacy.actions import disclose
from kefen_crm.privacy.database import SiteDatabase

PAGE = b"<html><script>alert(1)</script></html>"


@pytest.fixture
def acme(graded, settings):
    """Carol's customer C3."""
    settings.MEDIA_ROOT = settings.KEFEN_DATA / "uploads"
    return Customer.objects.get(code="C3")


def test_a_file_is_what_its_bytes_say(acme, carol, dave, erin, sign_in):
    client = sign_in(carol)
    sent = [SimpleUploadedFile("../a.png", picture()), SimpleUploadedFile("b.png", PAGE)]
    add = reverse("customer_files:add", args=["C3"])
    assert client.post(add, {"files": sent}).status_code == 302
    shown, hidden = CustomerFile.objects.order_by("pk")
    assert (shown.name, shown.type, hidden.is_shown) == ("a.png", "image/png", False)
    answer = client.get(reverse("customer_files:show", args=[shown.pk]))
    assert b"".join(answer.streaming_content) == picture()
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert client.get(reverse("customer_files:show", args=[hidden.pk])).status_code == 404
    answer = client.get(reverse("customer_files:download", args=[hidden.pk]))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    list(answer.streaming_content)
    assert sign_in(dave).get(reverse("customer_files:download", args=[shown.pk])).status_code == 404
    assert "a.png" in client.get(reverse("customers:more", args=["C3"])).content.decode()
    assert actions.add(carol, acme, "again.png", picture()) == shown
    with pytest.raises(PermissionDenied):
        actions.add(erin, acme, "x", b"x")


def test_files_of_a_log(acme, carol, sign_in, monkeypatch):
    client, address = sign_in(carol), reverse("activities:log", args=["C3"])
    form = client.get(address).content.decode()
    assert 'enctype="multipart/form-data"' in form
    assert 'name="files"' in form
    sent = {"kind": "visit", "text": "Looked at the hall", "key": "k1", "next_on": ""}
    files = [SimpleUploadedFile("hall.png", picture()), SimpleUploadedFile("plan.pdf", letter("x"))]
    assert client.post(address, sent | {"files": files}).status_code == 302
    activity = Activity.objects.get()
    assert [one.name for one in activity.files.order_by("pk")] == ["hall.png", "plan.pdf"]
    page = client.get(reverse("customers:detail", args=["C3"])).content.decode()
    line = page.split("Looked at the hall")[1].split("</li>")[0]
    assert "hall.png" in line
    assert "plan.pdf" in line
    # Nothing is logged where a file is refused.
    monkeypatch.setattr(actions, "LARGEST", 1)
    big = SimpleUploadedFile("big.bin", b"xx")
    refused = client.post(address, sent | {"key": "k2", "files": [big]})
    assert (refused.status_code, Activity.objects.count()) == (422, 1)
    assert "big.bin" in refused.content.decode()


def test_a_file_is_bounded_and_programs_have_it_too(acme, bob, carol, monkeypatch):
    monkeypatch.setattr(actions, "LARGEST", 1 << 20)
    for body in (b"", b"x" * ((1 << 20) + 1)):
        with pytest.raises(ValidationError):
            actions.add(carol, acme, "x", body)
    sent = {"data": letter("Hello"), "content_type": "application/octet-stream"}
    told = Program(bob).ask("POST", "/customer-files?customer=C3&name=合同.pdf", 201, **sent)
    assert (told["type"], told["name"], told["by"]) == ("application/pdf", "合同.pdf", "bob")
    [listed] = Program(carol).get("/customer-files?customer=C3")["items"]
    assert listed == told
    actions.remove(carol, CustomerFile.objects.get())
    assert not CustomerFile.objects.exists()


def test_it_is_gone_from_the_disk_with_its_row(
    acme, carol, bob, settings, django_capture_on_commit_callbacks
):
    made = actions.add(carol, acme, "letter.txt", "您好".encode())
    assert made.type == "text/plain"
    assert [one["name"] for part in SiteDatabase().disclose("C3") for one in part.rows
            if one["source"].endswith("customerfile")] == ["letter.txt"]  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(disclose(bob, "C3"))) as told:
        assert told.read(f"files/{made.pk}-letter.txt").decode() == "您好"
    with django_capture_on_commit_callbacks(execute=True):
        CustomerFile.objects.all().delete()
    assert not made.place.exists()
    stray = settings.MEDIA_ROOT / stored(b"left over", "customers")
    PLUGIN.erased()
    assert not stray.exists()
    demo()
    assert set(CustomerFile.objects.values_list("type", flat=True)) <= SHOWN_IN_DEMO


SHOWN_IN_DEMO = {"image/png", "application/pdf"}
