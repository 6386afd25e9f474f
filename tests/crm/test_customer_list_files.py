"""Long lists of customers are written to files in the background."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from jobs import work_off
from kefen_crm.custom_fields.actions import define
from kefen_crm.custom_fields.completeness import completeness
from kefen_crm.custom_fields.models import FieldValue
from kefen_crm.customer_pages import files
from kefen_crm.customer_pages.models import ListFile
from kefen_crm.customers.models import Customer
from kefen_crm.grading.models import CustomerClass
from kefen_crm.loyalty.models import Member
from kefen_crm.platform import downloads, numbers
from kefen_crm.platform.models import Notification
from kefen_crm.tags.models import Tag, Tagging

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


def test_a_file_has_the_columns_of_other_apps_of_one_statement(graded, alice, bob):
    own = {}
    for kind, value in (("text", "=1+1"), ("number", "-2.5"), ("date", "2026-01-31"),
                        ("yes_no", "no"), ("several", "贵宾; gone")):  # fmt: skip
        choices = [{"zh": "贵宾", "en": "VIP, =1"}] if kind == "several" else []
        field = define(bob, {"name_en": kind, "kind": kind, "choices": choices})
        own[field] = value
    acme, other = Customer.objects.get(code="C3"), Customer.objects.get(code="C5")
    FieldValue.objects.bulk_create(
        FieldValue(customer=acme, field=field, value=value, at=timezone.now())
        for field, value in own.items()
    )
    FieldValue.objects.create(customer=other, field=next(iter(own)), value="", at=timezone.now())
    for name in ("b", "=a", "c,d"):
        Tagging.objects.create(customer=acme, tag=Tag.objects.create(name=name))
    Member.objects.create(customer=acme, joined=timezone.localdate(), tier="+Gold", points=7)
    CustomerClass.objects.filter(customer=other, scheme__name="abc").update(class_key=None)
    picked = f"pick={acme.pk}&pick={other.pk}&sort=name&columns=1"

    def written(query, form="csv"):
        file = files.ask(bob, query, form)
        with CaptureQueriesContext(connection) as asked:
            files.make(file.pk)
        file.refresh_from_db()
        assert file.status == ListFile.Status.FINISHED, file.reason
        return file.path, len(asked)

    path, few = written(picked)
    table = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    heading = list(table[0])
    first, second = sorted(table, key=lambda row: row["code"])
    told = [first[field.name] for field in own]
    assert told == ["'=1+1", "-2.5", numbers.day(date(2026, 1, 31)), "no", "VIP, =1, gone"]
    assert (first["Tags"], first["Tier"], first["Points"]) == ("'=a, b, c,d", "'+Gold", "7")
    assert (first["Completeness"], first["ABC analysis"]) == (
        str(completeness(acme).percent),
        "Class C",
    )
    assert [second[name] for name in (*(one.name for one in own), "Tags", "Tier", "Points")] == [
        ""
    ] * 8
    assert second["ABC analysis"] == "Unrated"
    [sheet] = [CalamineWorkbook.from_path(written(picked, "xlsx")[0]).get_sheet_by_index(0)]
    cells = dict(
        zip(heading, next(row for row in sheet.to_python() if row[0] == "C3"), strict=True)
    )
    assert [cells[name] for name in ("number", "Points", "Tags")] == [-2.5, 7, "=a, b, c,d"]
    # An indicator, which the database does not hold, stands in its place among them.
    path, _count = written(f"{picked}&measure_column=rfm:frequency")
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    at = next(place for place, name in enumerate(rows[0]) if name not in heading)
    assert rows[0][:at] + rows[0][at + 1 :] == heading
    kept = next(row for row in rows if row[0] == "C3")
    assert float(kept[at]) > 0
    assert kept[:at] + kept[at + 1 :] == list(first.values())
    assert written("columns=1")[1] <= few  # of everybody as of two


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
