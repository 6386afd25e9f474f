"""Writes of programs: nothing lost, nothing twice, the last statement about a key holds."""

import json

import pytest
from api_client import Program
from django.utils import translation
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

import kefen
from kefen_crm.facts import writing
from kefen_crm.facts.models import RETENTION, FactWrite
from kefen_crm.facts.tasks import land_writes
from kefen_crm.platform.queue import state

ORDER = {"order_id": "W1", "customer_id": "C4", "ordered_on": "2025-12-24", "amount": "100"}


@pytest.fixture
def program(ledger, bob) -> Program:
    return Program(bob)


def priced(amount, number="W1"):
    return [{**ORDER, "order_id": number, "amount": amount}]


def held(ledger):
    rows = ledger.table("orders").to_polars()
    return {row["order_id"]: f"{row['amount']:.0f}" for row in rows.iter_rows(named=True)}


@pytest.fixture
def busy(monkeypatch, tmp_path):
    """Somebody else writes to the ledger until `busy()` is called."""
    taken = kefen.ledger.lock.writing(tmp_path / "ledger" / "lock", "Alice")
    taken.__enter__()
    open_ = [taken]

    def end():
        if open_:
            open_.pop().__exit__(None, None, None)

    yield end
    end()


def test_the_last_of_three_prices_holds(program, ledger):
    for amount, status in (("100", 201), ("90", 201), ("100", 201), ("100", 200)):
        program.post("/facts/orders?source=erp", priced(amount), status)
        assert held(ledger) == {"W1": amount}


@pytest.mark.parametrize("media", ["application/json", "application/x-ndjson", "text/csv"])
def test_the_last_of_three_prices_in_one_body_holds(program, ledger, media):
    rows = [*priced("100"), *priced("90", "W2"), *priced("80"), *priced("70", "W2"), *priced("60")]
    if media == "text/csv":
        body = "\n".join(",".join(row.values()) for row in [{name: name for name in ORDER}, *rows])
    else:
        body = rows if media == "application/json" else "\n".join(map(json.dumps, rows))
    told = program.post("/facts/orders", body, 201, media=media)
    assert held(ledger) == {"W1": "60", "W2": "70"}
    assert (told["added"], told["repeated"], told["rejected"]) == (2, 3, 0)
    assert told["notices"] == [
        "3 rows (270.00) give way to a later row about the same key: the last statement holds."
    ]


def test_what_a_later_row_leaves_out_of_a_customer_is_as_before(program, ledger):
    said = [{"name": "Acme", "phone": "021-1", "hobby": "golf"}, {"name": "Acme 2", "city": "X"}]
    program.post("/facts/customers", [{"customer_id": "W9", **one} for one in said], 201)
    [told] = (
        ledger.table("customers").filter(lambda t: t.customer_id == "W9").to_polars().to_dicts()
    )
    assert (told["name"], told["phone"], told["city"]) == ("Acme 2", "021-1", "X")
    assert json.loads(told["attributes"]) == {"hobby": "golf"}


def test_another_source_says_it_too(program, ledger):
    first = program.post("/facts/orders?source=shop", priced("100"), 201)
    other = program.post("/facts/orders?source=till", priced("100"), 201)
    assert (other["source"], other["unchanged"], other["already"]) == ("till", 1, False)
    program.delete(f"/batches/{first['id']}")
    assert held(ledger) == {"W1": "100"}


def test_a_key_is_answered_once(program, ledger):
    named = {"headers": {"Idempotency-Key": "order-1"}}
    first = program.post("/facts/orders", priced("100"), 201, **named)
    program.post("/facts/orders", priced("90"), 201)
    assert program.post("/facts/orders", priced("100"), 201, **named) == first
    assert held(ledger) == {"W1": "90"}
    told = program.post("/facts/orders", priced("80"), 422, **named)
    assert told["code"] == "idempotency-key-reused"
    assert told["errors"][0]["part"] == "header"


def test_a_key_is_its_senders_own(program, alice, ledger):
    named = {"headers": {"Idempotency-Key": "order-1"}}
    program.post("/facts/orders", priced("100"), 201, **named)
    Program(alice).post("/facts/orders", priced("90"), 201, **named)
    assert held(ledger) == {"W1": "90"}


def test_a_refusal_is_answered_again(program):
    named = {"headers": {"Idempotency-Key": "order-2"}}
    first = program.post("/facts/orders", [{"order_id": "W1"}], 422, **named)
    assert program.post("/facts/orders", [{"order_id": "W1"}], 422, **named) == first


def test_writes_wait_in_their_order(program, ledger, busy):
    first = program.post("/facts/orders", priced("100"), 202)
    assert (first["status"], first["landed"], first["problem"]) == ("queued", None, None)
    busy()
    second = program.post("/facts/orders", priced("90"), 202)  # not before the first one
    assert state(writing.LAND) == "todo"
    assert held(ledger) == {}
    land_writes()
    told = program.get(f"/writes/{first['id']}")
    assert (told["status"], told["landed"]["added"]) == ("landed", 1)
    assert held(ledger) == {"W1": "90"}
    found = program.get("/writes?status=landed&limit=1")
    assert [one["id"] for one in found["items"]] == [second["id"]]
    assert program.get(found["next"])["items"][0]["id"] == first["id"]


def test_waiting_lands_those_before_too(program, ledger, busy):
    program.post("/facts/orders", priced("100"), 202)
    busy()
    wait = {"headers": {"Prefer": "wait=20"}}
    program.post("/facts/orders", priced("90"), 201, **wait)
    assert held(ledger) == {"W1": "90"}


def test_an_answer_at_once_when_asked_for(program, ledger):
    named = {"headers": {"Prefer": "respond-async", "Idempotency-Key": "k"}}
    first = program.post("/facts/orders", [{"order_id": "W1"}], 202, **named)
    assert program.post("/facts/orders", [{"order_id": "W1"}], 202, **named) == first
    land_writes()
    told = program.get(f"/writes/{first['id']}")
    assert (told["status"], told["problem"]["code"]) == ("refused", "columns-missing")
    program.get("/writes/99999", 404)


def test_a_report_speaks_the_language_of_who_reads_it(program):
    named = {"headers": {"Prefer": "respond-async", "Idempotency-Key": "words"}}
    line = {"order_id": "W9", "customer_id": "C4", "ordered_on": "2025-12-24"}
    lines = [line | {"line_no": 1, "amount": "10"}, line | {"line_no": 2, "amount": "20"}]
    program.post("/facts/order_lines", lines, 201)
    part = [line | {"line_no": 2, "amount": "20"}, line | {"line_no": 3, "amount": "2o"}]
    first = program.post("/facts/order_lines", part, 202, **named)
    wrong = program.post(
        "/facts/orders",
        [{"order_id": "W1"}],
        202,
        headers=named["headers"] | {"Idempotency-Key": ""},
    )
    with translation.override("zh-hans"):
        land_writes()
    english, chinese = ({"headers": {"Accept-Language": one}} for one in ("en", "zh-hans"))
    told = program.get(f"/writes/{first['id']}", **english)["landed"]
    assert "1 line (10.00)" in " ".join(told["notices"])
    assert "is not an amount" in told["rejections"][0]["detail"]
    told = program.get(f"/writes/{first['id']}", **chinese)["landed"]
    assert "1 行明细" in " ".join(told["notices"])
    assert "2o" in told["rejections"][0]["detail"]
    assert "is not" not in told["rejections"][0]["detail"]
    problems = [
        program.get(f"/writes/{wrong['id']}", **one)["problem"] for one in (english, chinese)
    ]
    assert [one["title"] for one in problems] == ["Not valid", "内容有误"]
    assert problems[0]["detail"] != problems[1]["detail"]


def test_what_is_no_single_value_is_refused_where_it_stands(program, ledger):
    row = priced("100")[0]
    rows = [row, row | {"order_id": {"a": 1}}, row | {"order_id": True, "客户编号": ["C4"]}]
    told = program.post("/facts/orders", rows, 422)
    found = [one["pointer"] for one in told["errors"]]
    assert found == ["/1/order_id", "/2/order_id", "/2/客户编号"]
    assert held(ledger) == {}


def test_what_is_old_is_forgotten(program):
    program.post("/facts/orders", priced("100"), 201)
    write = FactWrite.objects.get()
    assert bytes(write.body) == b""
    FactWrite.objects.update(finished=write.finished - RETENTION)
    land_writes()
    assert not FactWrite.objects.exists()


def test_one_fact_is_removed_or_cancelled(program, ledger):
    for number in ("A/1", "A/2"):
        program.post("/facts/orders", priced("100", number), 201)
    gone = program.delete("/facts/orders/A/1", 201)
    assert (gone["removed"], gone["source"]) == (1, "A/1")
    program.post("/facts/orders/A/2/cancel", "", 201)
    again = program.post("/facts/orders", priced("100", "A/2"))
    assert (again["unchanged"], held(ledger)) == (1, {})
    assert "columns that did not come: Order status" in again["notices"][0]
    assert [one["status"] for one in program.get("/facts/orders")["items"]] == ["cancelled"]
    program.delete(f"/batches/{gone['id']}")
    assert held(ledger) == {"A/1": "100"}
    assert program.delete("/facts/orders/A/3", 404)["code"] == "unknown-fact"
    assert program.delete("/facts/customers/C4", 422)["code"] == "not-removable"


def test_readers_write_nothing(erin, ledger):
    reader = Program(erin)
    reader.post("/facts/orders", priced("1"), 403)
    reader.delete("/facts/orders/W1", 403)
    reader.get("/writes", 403)
    assert not FactWrite.objects.exists()


said = st.tuples(
    st.sampled_from(["W1", "W2"]), st.sampled_from(["100", "90", None]), st.sampled_from("abf")
)


@pytest.mark.django_db
@given(st.lists(said, min_size=3, max_size=6))
@tried(max_examples=4, derandomize=True, suppress_health_check=list(HealthCheck))
def test_programs_and_files_say_one_thing_after_the_other(
    tmp_path_factory, program, settings, sent
):
    settings.KEFEN_DATA = tmp_path_factory.mktemp("data")
    ledger, expected = kefen.open(settings.KEFEN_DATA), {}
    for number, amount, sender in sent:
        if amount is None:
            program.delete(f"/facts/orders/{number}", 201 if number in expected else 404)
            expected.pop(number, None)
        elif sender == "f":
            file = settings.KEFEN_DATA.parent / f"{settings.KEFEN_DATA.name}.csv"
            file.write_text(
                f"order_id,customer_id,ordered_on,amount\n{number},C4,2025-12-24,{amount}\n"
            )
            ledger.load(file, "orders")
            expected[number] = amount
        else:
            answer = program.client.post(
                f"/api/v1/facts/orders?source={sender}",
                priced(amount, number),
                content_type="application/json",
                headers=program.headers,
            )
            assert answer.status_code in (200, 201)
            expected[number] = amount
        assert held(ledger) == expected
    ledger.close()
