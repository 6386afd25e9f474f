"""Any indicator is a column and a filter of the list: measured when asked for, and after runs."""

import csv
import io
import re

import company
import polars as pl
import pytest
from api_client import Program, pages
from django.core.exceptions import ValidationError
from django.urls import reverse

from jobs import work_off
from kefen_crm.customer_pages import files
from kefen_crm.customer_pages.models import ListFile
from kefen_crm.gateway.ledger import opened
from kefen_crm.grading import further
from kefen_crm.grading.models import FurtherMeasure
from kefen_crm.platform import facts

LIST = reverse("customers:list")
COLUMNS = reverse("customers:columns")
ASK = reverse("grading:ask_indicator")
NAME = "average_order_value"
"""No scheme of the example company asks for it: C1 bought for 8,000 in two orders, and so on."""
COLUMN = f"columns=1&measure_column=~:{NAME}"


def rows(client, query):
    """The rows of the list as texts, by code."""
    page = client.get(f"{LIST}?{query}").content.decode()
    found = re.findall(r'<tr[^>]*data-kf-code="(\w+)"(.*?)</tr>', page, re.DOTALL)
    return {code: " ".join(re.sub(r"<[^>]+>", " ", row).split()) for code, row in found}


def test_an_indicator_of_no_scheme_is_measured_and_shown(graded, bob, sign_in):
    client = sign_in(bob)
    page = client.get(COLUMNS).content.decode()
    assert f'<option value="{NAME}">' in page  # among those that can be asked for
    answer = client.post(ASK, {"indicator": NAME, "columns": "1", "column": "region"})
    assert answer.url == f"{LIST}?columns=1&column=region&measure_column=~%3A{NAME}"
    page = client.get(answer.url.replace(LIST, COLUMNS)).content.decode()
    assert "is being measured" in page
    assert (
        f'<option value="{NAME}">' not in page.split('id="kf-indicator"')[1].split("</select>")[0]
    )
    work_off("grading")
    kept = FurtherMeasure.objects.get()
    assert (kept.as_of.isoformat(), kept.reason) == (company.AS_OF, {})
    page = client.get(f"{COLUMNS}?{COLUMN}").content.decode()
    assert "is being measured" not in page
    assert f"facts v{kept.ledger_version}" in page
    shown = rows(client, COLUMN)
    told = {"C1": "4,000", "C2": "1,500", "C3": "400", "C4": "–", "C5": "100"}
    assert {code: shown[code].endswith(value) for code, value in told.items()} == dict.fromkeys(
        told, True
    )
    bounds = f"measure=~:{NAME}&measure_min=400&measure_max=1500"
    assert set(rows(client, bounds)) == {"C2", "C3"}


def test_it_is_kept_up_and_ended(graded, bob, sign_in, settings):
    client = sign_in(bob)
    client.post(ASK, {"indicator": NAME})
    work_off("grading")
    before = FurtherMeasure.objects.get()
    with opened() as ledger:
        order = {"order_id": ["O6"], "customer_id": ["C3"], "ordered_on": ["2025-12-30"]}
        ledger.load(pl.DataFrame(order | {"amount": ["600"]}), kind="orders")
    facts.announce()
    while work_off("grading"):
        pass
    after = FurtherMeasure.objects.get()
    assert after.ledger_version > before.ledger_version
    assert rows(client, COLUMN)["C3"].endswith("500")  # of 400 and 600
    kept = {one.name for one in (settings.KEFEN_DATA / "measured").iterdir()}
    assert kept == {after.source}
    client.post(reverse("grading:end_indicator", args=[NAME]))
    work_off("grading")
    assert not any((settings.KEFEN_DATA / "measured").iterdir())
    assert rows(client, f"measure=~:{NAME}&measure_min=1") == {}


def cells(answer):
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_it_is_an_order_a_column_of_files_and_told_to_programs(graded, bob, sign_in, monkeypatch):
    program = Program(bob)
    asked = program.ask("PUT", f"/indicators/{NAME}", 202)
    assert asked["beside"]["state"] == "waiting"
    work_off("grading")
    told = {one["name"]: one for one in program.get("/indicators")}
    assert (told[NAME]["values"], told[NAME]["beside"]["state"]) == ([f"~:{NAME}"], "measured")
    assert "rfm:sales" in told["sales"]["values"] or "abc:sales" in told["sales"]["values"]

    client = sign_in(bob)
    page = client.get(f"{LIST}?{COLUMN}").content.decode()
    sort = re.search(r"sort=(further_\d+)", page).group(1)
    for order, first in ((sort, "C5 C3 C2 C1 C4"), (f"-{sort}", "C1 C2 C3 C5 C4")):
        assert " ".join(rows(client, f"{COLUMN}&sort={order}")) == first
    within = f"class=abc:C&class=abc:none&{COLUMN}&sort=-{sort}"
    assert list(rows(client, within)) == ["C3", "C5", "C4"]

    export = f"{reverse('customers:export', args=['csv'])}?{COLUMN}&sort=-{sort}"
    file = cells(client.get(export))
    at = file[0].index("Average order value")
    assert [(row[0], row[at]) for row in file[1:]] == [
        ("C1", "4000"), ("C2", "1500"), ("C3", "400"), ("C5", "100"), ("C4", ""),
    ]  # fmt: skip
    monkeypatch.setattr(files, "AT_ONCE", 1)  # the same in the background, which has no session
    client.get(f"{LIST}?{COLUMN}")  # chosen here, not named by the address of the file
    later = client.get(export.replace(COLUMN, "q="), follow=True).context["query"]
    client.post(reverse("customers:file_ask"), {"form": "csv", "query": later})
    kept = ListFile.objects.get()
    files.make(kept.pk)
    assert cells(client.get(reverse("customers:file", args=[kept.pk]))) == file

    query = f"/customers?measure=~:{NAME}&indicator=~:{NAME}&limit=2&sort="
    for order, codes in (("-measure", "C1 C2 C3 C5 C4"), ("measure", "C5 C3 C2 C1 C4")):
        found = pages(program, query + order)
        assert " ".join(one["code"] for one in found) == codes
        assert {one["code"]: one["indicators"][0]["value"] for one in found} == {
            "C1": 4000, "C2": 1500, "C3": 400, "C5": 100, "C4": None,
        }  # fmt: skip
    for bad in ("indicator=abc:nonsense", "sort=measure", "sort=measure&measure=~:nonsense"):
        assert program.get(f"/customers?{bad}", 422)["code"] == "not-valid"
    program.ask("PUT", "/indicators/shoe_size", 404)
    address = f"/api/v1/indicators/{NAME}"
    assert program.client.delete(address, headers=program.headers).status_code == 204
    program.delete("/indicators/shoe_size", 404)
    assert not FurtherMeasure.objects.exists()


def test_what_is_no_indicator_is_refused(graded, bob, sign_in):
    with pytest.raises(ValidationError):
        further.ask(bob, "shoe_size")
    client = sign_in(bob)
    assert "no such indicator" in client.post(ASK, {"indicator": "x"}, follow=True).content.decode()
