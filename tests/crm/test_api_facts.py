import json

import pytest
from api_client import Program, pages
from django.utils import timezone

import kefen
from jobs import queued, work_off
from kefen.errors import LedgerError
from kefen.ledger import Ledger
from kefen_crm.facts import actions
from kefen_crm.grading.models import Run
from kefen_crm.grading.models.runs import EXECUTE
from kefen_crm.grading.queries import busy

ORDER = {"order_id": "O6", "customer_id": "C4", "ordered_on": "2025-12-24", "amount": "250.50"}
CSV = "订单号,客户编号,下单日期,金额\nO7,C9,2025年12月30日,￥1,000\n".replace(
    "￥1,000", '"￥1,000"'
)


@pytest.fixture
def manager(graded, bob) -> Program:
    return Program(bob)


def facts(program, kind="orders", query=""):
    return pages(program, f"/facts/{kind}?{query}")


def test_newest_first(manager):
    found = facts(manager)
    assert [one["order_id"] for one in found] == ["O2", "O3", "O4", "O1", "O5"]
    assert found[0]["amount"] == "3000.00"
    assert found[0]["ordered_on"] == "2025-12-01"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("customer=C1", ["O2", "O1"]),
        ("customer=C9", []),
        ("since=2025-06-18", ["O2", "O3", "O4"]),
        ("until=2025-06-18", ["O1", "O5"]),
        ("limit=2", ["O2", "O3", "O4", "O1", "O5"]),
        ("limit=2&customer=C1&since=2025-03-01", ["O2", "O1"]),
    ],
)
def test_some_of_them(manager, query, found):
    assert [one["order_id"] for one in facts(manager, query=query)] == found


def test_new_facts_shift_nothing(manager):
    page = manager.get("/facts/orders?limit=2")
    manager.post("/facts/orders", [ORDER], 201)
    assert [one["order_id"] for one in manager.get(page["next"])["items"]] == ["O4", "O1"]


def test_orders_of_one_day_are_all_there_page_by_page(manager):
    day = [{**ORDER, "order_id": f"D{n}"} for n in range(7)]
    manager.post("/facts/orders", day, 201)
    found = [one["order_id"] for one in facts(manager, query="limit=3&customer=C4")]
    assert sorted(found) == [f"D{n}" for n in range(7)]


@pytest.mark.parametrize(
    "kind",
    [
        *("customers", "contacts", "order_lines", "returns", "invoices", "payments"),
        *("interactions", "feedback"),
    ],
)
def test_every_kind_is_listed(manager, kind):
    assert len(facts(manager, kind, "limit=2")) == (5 if kind == "customers" else 0)


def test_a_rep_reads_facts_of_their_own(graded, carol):
    rep = Program(carol)
    assert [one["order_id"] for one in facts(rep)] == ["O2", "O4", "O1"]
    assert facts(rep, query="customer=C2") == []
    assert [one["customer_id"] for one in facts(rep, "customers")] == ["C1", "C3"]


def test_no_such_kind(manager):
    told = manager.get("/facts/leads", 422)
    assert "orders" in told["errors"][0]["detail"]
    manager.post("/facts/leads", [], 422)


def test_a_cursor_of_another_list(manager):
    following = manager.get("/customers?limit=1")["next"].partition("cursor=")[2]
    manager.get(f"/facts/orders?cursor={following}", 422)


def test_json_lands(manager, settings):
    told = manager.post("/facts/orders?source=erp", [ORDER, {**ORDER, "order_id": "O7"}], 201)
    assert (told["rows"], told["added"], told["rejected"]) == (2, 2, 0)
    assert (told["source"], told["by"], told["kind"]) == ("erp", "Bob 李", "orders")
    assert facts(manager, query="customer=C4")[0]["amount"] == "250.50"
    assert kefen.open(settings.KEFEN_DATA).count("orders") == 7


def test_everyone_is_graded_again(manager):
    told = manager.post("/facts/orders", [ORDER], 201)
    queued = Run.objects.filter(status="queued")
    assert sorted(told["runs"]) == sorted(run.pk for run in queued)
    assert queued.count() == Run.objects.values("version__scheme").distinct().count() > 2


def test_runs_of_few_facts_wait_for_more_and_are_brought_forward(manager):
    told = manager.post("/facts/orders", [ORDER], 201)
    again = manager.post("/facts/orders", [{**ORDER, "order_id": "O7"}], 201)
    assert again["runs"] == told["runs"]
    waiting = Run.objects.filter(pk__in=told["runs"])
    assert all(one.due > timezone.now() for one in waiting)
    assert not busy()  # nothing on the site says that it is at work
    assert [one["due"] for one in manager.get("/runs?scheme=abc&status=queued")["items"]] != [None]
    assert [job.scheduled_at is not None for job in carried_out()] == [True]
    asked = manager.post("/runs", {}, 202)["items"]
    assert sorted(one["id"] for one in asked) == sorted(told["runs"])
    assert not waiting.exclude(due=None).exists()
    assert [job.scheduled_at is not None for job in carried_out()] == [True, False]
    work_off("grading")
    assert Run.objects.filter(status="finished", ledger_version=4).count() == waiting.count()


@pytest.mark.parametrize("rows", [[{**ORDER, "customer_id": "C9"}], [
    {**ORDER, "order_id": f"M{n}"} for n in range(actions.FEW + 1)
]])  # fmt: skip
def test_new_customers_and_many_facts_are_graded_at_once(manager, rows):
    told = manager.post("/facts/orders", rows, 201)
    assert not Run.objects.filter(pk__in=told["runs"]).exclude(due=None).exists()


def carried_out():
    """The queued jobs that do runs."""
    return [job for job in queued("grading") if job.task_name == EXECUTE]


def test_numbers_keep_their_cents(manager):
    row = json.dumps({**ORDER, "amount": 0}).replace('"amount": 0', '"amount": 12345678901.23')
    manager.post("/facts/orders", f"[{row}]", 201)
    assert facts(manager, query="customer=C4")[0]["amount"] == "12345678901.23"


def test_the_same_again_changes_nothing(manager):
    first = manager.post("/facts/orders", [ORDER], 201)
    again = manager.post("/facts/orders", [ORDER], 200)
    assert (again["id"], again["already"], again["runs"]) == (first["id"], True, [])
    assert len(manager.get("/batches")["items"]) == 3


def test_a_corrected_order_replaces(manager):
    manager.post("/facts/orders", [ORDER], 201)
    told = manager.post("/facts/orders", [{**ORDER, "amount": "9"}], 201)
    assert (told["added"], told["replaced"]) == (0, 1)
    assert facts(manager, query="customer=C4")[0]["amount"] == "9.00"


def test_lines_of_json(manager):
    lines = "\n".join(json.dumps({**ORDER, "order_id": f"L{n}"}) for n in range(3)) + "\n\n"
    for media in ("application/x-ndjson", "application/jsonl"):
        told = manager.post("/facts/orders", lines, 201 if media[-1] == "n" else 200, media=media)
        assert told["rows"] == 3


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_csv_as_people_have_it(manager, encoding):
    told = manager.post("/facts/orders", CSV.encode(encoding), 201, media="text/csv")
    assert (told["added"], told["created_customers"]) == (1, 1)
    assert facts(manager, query="customer=C9")[0]["amount"] == "1000.00"


def test_bad_rows_are_refused_one_by_one(manager):
    bad = [
        {**ORDER, "order_id": "B1", "amount": "12o"},
        {**ORDER, "order_id": "B2", "ordered_on": None},
    ]
    told = manager.post("/facts/orders", [ORDER, *bad], 201)
    assert (told["rows"], told["rejected"]) == (1, 2)
    assert [(one["line"], one["column"]) for one in told["rejections"]] == [
        (2, "amount"),
        (3, "ordered_on"),
    ]
    assert told["rejections"][0]["value"] == "12o"
    assert "12o" in told["rejections"][0]["detail"]
    kept = pages(manager, f"/batches/{told['id']}/rejections?limit=1")
    assert kept == told["rejections"]


def test_refusals_in_chinese(graded, bob):
    told = Program(bob, "zh-hans").post("/facts/orders", [{**ORDER, "amount": "12o"}], 201)
    assert "第 1 行" in told["rejections"][0]["detail"]


def test_fields_a_kind_does_not_have(manager):
    told = manager.post("/facts/orders", [{**ORDER, "colour": "red"}], 201)
    assert told["ignored"] == ["colour"]
    assert told["notices"][0].startswith("colour is no field of orders and was passed over.")
    packed = {"HTTP_CONTENT_ENCODING": "gzip"}
    told = manager.ask(
        "POST", "/facts/orders", 415, data=b"x", content_type="application/json", **packed
    )
    assert "gzip" in told["detail"]


def test_numbers_mean_what_they_say_whatever_stands_beside_them(manager):
    told = ["33.333", "1.005", "1000.001", "1.5e3", "12"]
    for decimal, amounts in ((".", [*told, '"10.50"']), (",", [*told, '"10,50"'])):
        rows = [
            json.dumps({**ORDER, "order_id": f"N{n}", "amount": None}).replace("null", amount)
            for n, amount in enumerate(amounts)
        ]
        answer = manager.post(
            f"/facts/orders?decimal={decimal}&source={decimal}", f"[{','.join(rows)}]", 201
        )
        assert (answer["added"] + answer["unchanged"], answer["rejected"]) == (6, 0)
        assert answer["notices"][0].startswith("amount: 3 amounts have parts of a cent")
        kept = {one["order_id"]: one["amount"] for one in facts(manager, query="customer=C4")}
        assert [kept[f"N{n}"] for n in range(6)] == [
            *("33.33", "1.01", "1000.00", "1500.00", "12.00", "10.50")
        ]
    manager.post("/facts/orders", [{**ORDER, "amount": 33.333}], 201)


def test_codes_are_kept_otherwise_in_the_open_and_points_can_be_asked_for(manager):
    rows = [{**ORDER, "order_id": "..", "customer_id": "'; drop\u202e"}]
    told = manager.post("/facts/orders", rows, 201)
    assert "as “; drop”" in told["notices"][0]
    manager.post("/facts/orders/~../cancel", {}, 201)
    assert manager.delete("/facts/orders/~..", 201)["removed"] == 1
    again = manager.post("/facts/orders?source=other", [ORDER], 201)
    same = manager.post("/facts/orders?source=another", [ORDER], 201)
    assert (again["already"], same["already"], same["unchanged"]) == (False, False, 1)


def test_a_number_is_no_date_and_a_long_key_no_key(manager):
    told = manager.post("/facts/orders", [{**ORDER, "ordered_on": 45000}], 422)
    assert told["errors"][0]["pointer"] == "/0/ordered_on"
    manager.post("/facts/orders", [{**ORDER, "ordered_on": 20251224}], 201)
    told = manager.post("/facts/orders", [ORDER, {**ORDER, "order_id": "M" * 201}], 201)
    assert (told["rejected"], told["rejections"][0]["code"]) == (1, "id-too-long")


def test_customers_keep_further_attributes(manager):
    row = {"customer_id": "C6", "name": "新客户", "vip": True, "attributes": {"等级": "金"}}
    told = manager.post("/facts/customers", [row], 201)
    assert told["ignored"] == []
    found = [one for one in facts(manager, "customers") if one["customer_id"] == "C6"]
    assert found[0]["attributes"] == {"vip": "true", "等级": "金"}


def test_fields_that_differ_row_by_row(manager):
    rows = [{**ORDER, "order_id": f"D{n}", f"field {n}": "x"} for n in range(2_000)]
    told = manager.post("/facts/orders", rows, 201)
    assert (told["added"], told["rejected"]) == (2_000, 0)
    assert (len(told["ignored"]), told["ignored"][:2]) == (100, ["field 0", "field 1"])


def test_attributes_that_differ_row_by_row(manager):
    rows = [{"customer_id": f"D{n}", "name": f"客户{n}", f"field {n}": n} for n in range(2_000)]
    rows[7]["attributes"] = {"等级": "金"}
    told = manager.post("/facts/customers", rows, 201)
    assert (told["added"], told["rejected"], told["ignored"]) == (2_000, 0, [])
    [found] = [one for one in facts(manager, "customers") if one["customer_id"] == "D7"]
    assert found["attributes"] == {"field 7": "7", "等级": "金"}


@pytest.mark.parametrize(
    ("body", "places"),
    [("[]", []), ("", []), ("{}", [""]), ("[[1], {}, 2]", ["/0", "/2"]), ("[{}]", [])],
)
def test_no_facts(manager, body, places):
    told = manager.post("/facts/orders", body, 422)
    assert [one["pointer"] for one in told["errors"]] == places


def test_a_needed_column_is_missing(manager):
    told = manager.post("/facts/orders", [{"order_id": "O1"}], 422)
    assert told["code"] == "columns-missing"


def test_a_damaged_ledger_keeps_its_paths_to_itself(manager, monkeypatch):
    def damaged(*_more, **_named):
        raise LedgerError("ledger-damaged", path="/srv/kefen", reason="cut off")

    monkeypatch.setattr(Ledger, "load_each", damaged)
    assert "/srv" not in str(manager.post("/facts/orders", [ORDER], 503))


def test_batches_newest_first(manager):
    manager.post("/facts/orders", [ORDER], 201)
    found = pages(manager, "/batches?limit=1")
    assert [one["kind"] for one in found] == ["orders", "orders", "customers"]
    assert manager.get(f"/batches/{found[0]['id']}") == found[0]
    assert manager.get("/batches/b99", 404)["code"] == "unknown-batch"
    manager.get("/batches/b99/rejections", 404)


def test_undo(manager):
    batch = manager.post("/facts/orders", [ORDER], 201)["id"]
    Run.objects.filter(status="queued").delete()
    told = manager.delete(f"/batches/{batch}")
    assert told["status"] == "undone"
    assert len(told["runs"]) > 2
    assert facts(manager, query="customer=C4") == []
    assert manager.delete(f"/batches/{batch}", 409)["code"] == "already-undone"
    manager.delete("/batches/b99", 404)


def test_customers_alone_are_shown_at_once(ledger, bob):
    program = Program(bob)
    told = program.post("/facts/customers", [{"customer_id": "C1", "name": "明达"}], 201)
    assert told["runs"] == []
    assert program.get("/customers/C1")["name"] == "明达"


def test_how_a_body_is_read_can_be_said(bob, ledger):
    text = "Report\n订单号;客户名称;日期;金额;订单状态\nX1;明达;03/04/2025;1.200;加急\n".encode(
        "gb18030"
    )
    how = "encoding=gb18030&delimiter=%3B&header_row=2&date_order=dmy&decimal=."
    program = Program(bob)
    program.post(f"/facts/orders?{how}&status=%E5%8A%A0%E6%80%A5%3Dno", text, 201, "text/csv")
    [row] = ledger.table("orders", whole=True).to_polars().to_dicts()
    assert (str(row["ordered_on"]), str(row["amount"])) == ("2025-04-03", "1.20")
    assert ledger.count("orders") == 0
    program.post("/facts/orders?date_order=dym", text, 422, "text/csv")
    for unclear in ("%E5%8A%A0%E6%80%A5", "%E5%8A%A0%E6%80%A5%3Dmaybe", "%3Dno"):
        refused = program.post(f"/facts/orders?status={unclear}", text, 422, "text/csv")
        assert refused["errors"][0]["pointer"] == "/status/0"
