import pytest

from kefen.errors import LedgerError
from kefen.ledger.facts import KINDS, kind
from kefen.ledger.reading.normal import normal
from kefen.wording import sentence


def test_the_kinds_and_their_keys() -> None:
    assert {name: each.key for name, each in KINDS.items()} == {
        "customers": ("customer_id",),
        "contacts": ("contact_id",),
        "orders": ("order_id",),
        "order_lines": ("order_id", "line_no"),
        "returns": ("return_id",),
        "invoices": ("invoice_id",),
        "payments": ("payment_id",),
        "interactions": ("interaction_id",),
        "feedback": ("feedback_id",),
    }


def test_a_schema_holds_stored_columns_and_the_batch() -> None:
    schema = KINDS["orders"].schema()
    assert list(schema.names) == [
        "order_id", "customer_id", "ordered_on", "amount", "cost", "discount", "channel",
        "salesperson", "status", "note", "batch_id",
    ]  # fmt: skip
    assert str(schema["amount"]) == "decimal(18, 2)"
    assert str(schema["ordered_on"]) == "date"


@pytest.mark.parametrize("name", KINDS)
def test_every_column_is_labelled_in_both_languages(name: str) -> None:
    for column in KINDS[name].columns:
        assert column.label["zh"], column.name
        assert column.label["en"], column.name


@pytest.mark.parametrize("name", KINDS)
def test_no_heading_belongs_to_two_columns_of_one_kind(name: str) -> None:
    owners: dict[str, set[str]] = {}
    for column in KINDS[name].columns:
        for word in (column.name, *column.label.values(), *column.synonyms):
            owners.setdefault(normal(word), set()).add(column.name)
    assert {word: columns for word, columns in owners.items() if len(columns) > 1} == {}


def test_an_unknown_kind_is_told_with_the_known_ones() -> None:
    with pytest.raises(LedgerError) as caught:
        kind("oders")
    assert caught.value.code == "unknown-kind"
    assert "orders" in sentence(caught.value.code, caught.value.data)


def test_an_unknown_column_is_told_with_the_known_ones() -> None:
    with pytest.raises(LedgerError) as caught:
        KINDS["payments"].column("paid")
    assert "paid_on" in caught.value.data["known"]
