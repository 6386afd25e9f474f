"""`kefen territories`: two files in, whom to give to whom out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def test_territories_of_two_files(shell: Any, tmp_path: Path) -> None:
    customers, people = tmp_path / "customers.csv", tmp_path / "people.csv"
    customers.write_text("customer,owner,hours,cost\nC1,Li,6,\nC2,Li,5,3\nC3,Wu,2,\n")
    people.write_text("name,hours,area\nLi,8,N\nWu,9,S\n")
    told = shell("territories", str(customers), str(people), "--apart", "2").stdout
    assert "Moves: 1, at a cost of 2.00. People lack 3.00 hours now, 0.00 then." in told
    found = json.loads(shell("territories", str(customers), str(people), "--json").stdout)
    assert found["moves"] == [{"customer": "C1", "giver": "Li", "receiver": "Wu"}]
    assert (found["lacking"], found["proven"]) == ([3.0, 0.0], True)
    customers.write_text("customer,owner\nC1,Li\n")
    refused = shell("territories", str(customers), str(people))
    assert refused.exit_code == 1
    assert "Row 1 has no hours. Each row needs: customer, owner, hours." in refused.stderr
    customers.write_text("customer,owner,hours\nC1,He,3\n")
    assert (
        "“He” is nobody of the people" in shell("territories", str(customers), str(people)).stderr
    )
