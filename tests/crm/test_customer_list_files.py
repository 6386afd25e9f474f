"""Long lists of customers are written to files in the background."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from jobs import work_off
from kefen_crm.customer_pages import files
from kefen_crm.customer_pages.models import ListFile
from kefen_crm.customers.models import Customer
from kefen_crm.platform import downloads
from kefen_crm.platform.models import Notification

FILES = reverse("customers:files")
EXPORT = reverse("customers:export", args=["csv"])


def read(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_a_long_list_is_written_in_the_background_as_it_would_be_at_once(
    graded, bob, carol, sign_in, monkeypatch
):
    client = sign_in(bob)
    at_once = read(client.get(f"{EXPORT}?class=abc:C"))
    assert [row[0] for row in at_once[1:]] == ["C3", "C5"]
    monkeypatch.setattr(files, "AT_ONCE", 1)
    page = client.get(f"{EXPORT}?class=abc:C", follow=True)
    assert page.redirect_chain[0][0].startswith(FILES)
    assert (page.context["form"], page.context["count"]) == ("csv", 2)
    client.post(
        reverse("customers:file_ask"), {"form": "csv", "query": page.context["query"]}, follow=True
    )
    file = ListFile.objects.get()
    assert client.get(reverse("customers:file", args=[file.pk])).status_code == 404
    assert "kf-files" in client.get(reverse("customers:files_progress")).content.decode()
    files.make(file.pk)
    work_off("platform")
    answer = client.get(reverse("customers:file", args=[file.pk]))
    assert re.search(r"20\d{6}\.csv", answer["Content-Disposition"])
    assert read(answer) == at_once
    file.refresh_from_db()
    assert (file.status, file.customers, file.path.stat().st_mode & 0o077) == ("finished", 2, 0)
    assert [one.url for one in Notification.objects.filter(user=bob)] == [FILES]
    hers = sign_in(carol)
    assert hers.get(reverse("customers:file", args=[file.pk])).status_code == 404
    assert hers.post(reverse("customers:file_remove", args=[file.pk])).status_code == 404
    client.post(reverse("customers:file_remove", args=[file.pk]))
    assert not file.path.exists()


def test_a_file_holds_what_its_reader_sees_when_it_is_written(graded, carol):
    file = files.ask(carol, "", "csv")
    Customer.objects.filter(code="C3").update(owner=None)
    files.make(file.pk)
    text = file.path.read_text(encoding="utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(text))][1:] == ["C1"]


def test_files_end_with_a_day_and_an_erasure(graded, bob):
    old, new = (files.ask(bob, "", "csv") for _ in range(2))
    files.make(old.pk)
    files.make(new.pk)
    ListFile.objects.filter(pk=old.pk).update(created=timezone.now() - timedelta(hours=25))
    files.clear()
    assert (old.path.exists(), new.path.exists()) == (False, True)
    files.remove_all()
    assert not new.path.exists()
    given_up = files.ask(bob, "", "csv")
    files.remove(given_up)
    files.make(given_up.pk)
    assert not given_up.path.exists()


def test_nobody_waits_for_more_than_a_few_files(graded, bob):
    for _ in range(files.WAITING):
        files.ask(bob, "", "csv")
    with pytest.raises(ValidationError):
        files.ask(bob, "", "csv")
    files.make(ListFile.objects.latest("pk").pk)
    files.ask(bob, "", "xlsx")


def test_more_rows_than_a_sheet_holds_go_on_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "MOST_ROWS", 3)
    for count, sheets in ((0, [[]]), (2, [[0, 1]]), (5, [[0, 1], [2, 3], [4]])):
        path = tmp_path / f"{count}.xlsx"
        rows = [["code", "n"], *(["=1", at] for at in range(count))]
        downloads.write(iter(rows), "A/B", "xlsx", path)
        book = CalamineWorkbook.from_path(path)
        read = [book.get_sheet_by_index(at).to_python() for at in range(len(book.sheet_names))]
        assert [sheet[0] for sheet in read] == [["code", "n"]] * len(read)
        held = [[row[1] for row in sheet[1:]] for sheet in read]
        assert [sheet for sheet in held if sheet] == [sheet for sheet in sheets if sheet]
