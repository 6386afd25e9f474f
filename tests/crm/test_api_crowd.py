"""Twenty programs write at once: nothing is refused, nothing is lost."""

from concurrent.futures import ThreadPoolExecutor

import requests
from api_client import Program

import kefen
from kefen_crm.facts.models import FactWrite
from kefen_crm.facts.tasks import land_writes

WRITERS = 20


def test_nothing_is_lost(ledger, bob, live_server):
    headers = Program(bob).headers
    names = [f"T{n}" for n in range(WRITERS)]

    def write(name):
        row = {"order_id": name, "customer_id": "C1", "ordered_on": "2025-12-24", "amount": "1"}
        where = f"{live_server.url}/api/v1/facts/orders"
        return requests.post(where, json=[row], headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(WRITERS) as pool:
        codes = set(pool.map(write, names))
    assert codes <= {201, 202}
    land_writes()
    assert not FactWrite.objects.exclude(status="landed").exists()
    with_all = kefen.open(ledger.path)
    assert sorted(with_all.table("orders").order_id.to_pyarrow().to_pylist()) == sorted(names)
    with_all.close()
