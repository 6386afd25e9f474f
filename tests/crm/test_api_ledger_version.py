"""Answers say of which version of the ledger they are."""

from api_client import ROOT, Program

ORDER = {"order_id": "V1", "customer_id": "C4", "ordered_on": "2025-12-24", "amount": "1"}


def version(program, path):
    answer = program.client.get(ROOT + path, headers=program.headers)
    return int(answer.headers["Kefen-Ledger-Version"])


def test_facts_are_ahead_of_classes_until_the_next_run(graded, bob):
    program = Program(bob)
    assert version(program, "/facts/orders") == version(program, "/customers") == 2
    assert program.post("/facts/orders", [ORDER], 201)["version"] == 3
    assert version(program, "/facts/orders") == 3
    for path in ("/customers", "/customers/C1", "/customers/C1/classes"):
        assert version(program, path) == 2
