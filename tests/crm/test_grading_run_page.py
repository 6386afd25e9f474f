import csv
import io

import pytest
from django.urls import reverse
from grading import run_now
from python_calamine import CalamineWorkbook


@pytest.fixture
def page(graded, bob, sign_in):
    """`page(query)` is the page of the ABC run of the company, as Bob sees it."""
    client = sign_in(bob)
    url = reverse("grading:run", args=["abc", graded["abc"].pk])
    return lambda query="": client.get(f"{url}?{query}")


def codes(answer):
    return [row["customer_id"] for row in answer.context["page"].object_list]


def test_the_abc_table_has_the_columns_practitioners_draw(page):
    rows = page().context["page"].object_list
    assert [
        (
            row["customer_id"], row["rank"], row["cumulative_customers_share"], int(row["value"]),
            int(row["cumulative_value"] or 0), round(row["cumulative_share"] or 0, 9), row["class"],
        )
        for row in rows
    ] == [
        ("C1", 1, 0.25, 8000, 8000, 0.80, "A"),
        ("C2", 2, 0.50, 1500, 9500, 0.95, "B"),
        ("C3", 3, 0.75, 400, 9900, 0.99, "C"),
        ("C5", 4, 1.00, 100, 10000, 1.00, "C"),
        ("C4", None, None, 0, 0, 0, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("class=abc:C", ["C3", "C5"]),
        ("class=abc:none", ["C4"]),
        ("score=abc:300-2000", ["C2", "C3"]),
        ("score=abc:-200", ["C5"]),
        ("score=nonsense", ["C1", "C2", "C3", "C5", "C4"]),
        ("class=abc:nothing", []),
    ],
)
def test_pictures_of_a_run_lead_to_its_customers(query, expected, page):
    assert codes(page(query)) == expected


def test_the_table_is_paged(page, monkeypatch):
    monkeypatch.setattr("kefen_crm.grading.tables.PER_PAGE", 2)
    assert codes(page("page=2")) == ["C3", "C5"]


def test_the_table_can_be_taken_away(graded, bob, erin, sign_in):
    url = reverse("grading:export", args=["abc", graded["abc"].pk, "csv"])
    answer = sign_in(erin).get(f"{url}?class=abc:C")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[0][:4] == ["Rank", "Code", "Customer", "Cumulative customers"]
    assert rows[1:] == [
        ["3", "C3", "Acme Tools", "0.75", "400.00", "9900.00", "0.99", "Class C", "400.0"],
        ["4", "C5", "'=1+1", "1.0", "100.00", "10000.00", "1.0", "Class C", "100.0"],
    ]
    answer = sign_in(bob).get(reverse("grading:export", args=["abc", graded["abc"].pk, "xlsx"]))
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))
    sheet = book.get_sheet_by_index(0).to_python()
    assert [row[6] for row in sheet[1:]] == [0.8, 0.95, 0.99, 1, ""]


def test_who_moved_since_another_run(graded, bob, sign_in, page):
    """On 1 July 2025 C1 had 5,000 of 5,500 (A), C3 400 (98 %: C), C5 100 (C), C2 nothing."""
    before = run_now("abc", "2025-07-01")
    context = page().context
    assert context["before"] == before
    rows = {
        row["start"]["key"]: {
            end["key"]: cell["customers"]
            for end, cell in zip(context["moves"]["matrix"]["ends"], row["cells"], strict=True)
            if cell["customers"]
        }
        for row in context["moves"]["matrix"]["rows"]
    }
    # C2 first bought in November: no customer yet in July. C4 never bought.
    assert rows == {"A": {"A": 1}, "C": {"C": 2}, "absent": {"B": 1}, "none": {"none": 1}}
    client = sign_in(bob)
    url = reverse("grading:moved", args=["abc", graded["abc"].pk]) + f"?since={before.pk}"
    everyone = client.get(url).context["page"].object_list
    assert [(row["customer_id"], row["from"], row["to"]) for row in everyone] == [
        ("C2", "absent", "B")
    ]
    stayed = client.get(f"{url}&moved=abc:C>C").context["page"].object_list
    assert [row["customer_id"] for row in stayed] == ["C3", "C5"]
    drawn = client.get(
        reverse("grading:migration", args=["abc", graded["abc"].pk, before.pk])
    ).json()
    assert drawn["type"] == "sankey"
    assert drawn["from"] == "2025-07-01"


def test_a_run_of_another_scheme_is_not_found(graded, bob, sign_in):
    url = reverse("grading:run", args=["rfm", graded["abc"].pk])
    assert sign_in(bob).get(url).status_code == 404


def test_there_is_nothing_to_compare_the_first_run_with(page):
    assert "Nothing to compare with yet" in page().content.decode()


def test_the_report_is_a_file_to_print(graded, sign_in, bob, carol):
    run = graded["abc"]
    address = reverse("grading:report", args=["abc", run.pk])
    answer = sign_in(bob).get(address)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "上海明达贸易有限公司" in answer.content.decode()
    assert sign_in(carol).get(address).status_code == 403
