"""Strategy: promised and done by playbook, what campaigns changed and cost, and what to change."""

from datetime import UTC, date, datetime
from decimal import Decimal

from api_client import Program
from django.urls import reverse
from django.utils import timezone

from kefen_crm.activities.models import Activity
from kefen_crm.campaigns.models import Campaign
from kefen_crm.customers.models import Customer
from kefen_crm.outreach.actions import save_template
from kefen_crm.outreach.models import Message, Suppression
from kefen_crm.playbooks.models import Commitment

UP = {"value": 12.0, "low": 3.0, "high": 21.0}
NONE = {"value": None, "low": None, "high": None}


def row(key, verdict, uplift, **more):
    told = {"key": key, "treated": 70, "holdout": 30, "verdict": verdict}
    return told | {"uplift": uplift} | more


def test_strategy_is_proven_by_what_was_done_changed_and_cost(graded, bob, carol, sign_in):
    program = Program(bob)
    assert [program.get(f"/proofs/{one}")["tables"] for one in ("lifts", "campaign_costs")] == [
        *([], [])
    ]
    customer = Customer.objects.get(code="C1")
    Commitment.objects.update_or_create(
        customer=customer,
        until=None,
        defaults={"wording": 1, "rule": "Key", "since": date(2020, 1, 1), "hours": 3_650},
    )
    rows = [
        row("", "gain", UP, extra=840.0, per_extra=1.25, cost="1050"),
        row("A", "harm", {"value": -9.0, "low": -14.0, "high": -4.0}),
        row("B", "nothing", {"value": 1.0, "low": -4.0, "high": 6.0}),
        row("-", "too-few", NONE),
    ]
    made = Campaign.objects.create(
        name="Spring", by=bob, state="ended", holdout=30, started_on=date(2025, 7, 1),
        frozen_at=datetime(2025, 7, 1, tzinfo=UTC), cost=Decimal(1_050),
        result={"whole": True, "rows": rows},
    )  # fmt: skip
    words = save_template(bob, None, {"name": "T", "channel": "hand", "body_zh": "您好"}).words
    Message.objects.bulk_create(
        Message(
            key=f"campaign/{made.pk}/0/{n}", customer=customer, channel="email", state="delivered",
            address=f"a{n}@x.example", due=made.frozen_at, moved_at=made.frozen_at, by=bob,
            wording=words,
        )
        for n in range(200)
    )  # fmt: skip
    Suppression.objects.create(channel="email", normal="a7@x.example", why="unsubscribed")
    [table] = program.get("/proofs/lifts")["tables"]
    cells = {one["title"]: one["cells"] for one in table["rows"]}
    assert cells["Together"][2] == "12 (3 … 21)"
    assert cells["Unrated"][2] == "too few"
    assert [one["tone"] for one in table["findings"]] == ["good", "bad", "even", "few"]
    assert "Leave them alone" in table["findings"][1]["text"]
    [table] = program.get("/proofs/campaign_costs")["tables"]
    assert table["rows"][0]["cells"] == ["1,050", "840", "1.2500", "200", "5.0"]
    assert [one["tone"] for one in table["findings"]] == ["bad", "bad"]
    Activity.objects.bulk_create(
        Activity(customer=customer, kind="visit", at=timezone.now(), by=bob) for _n in range(12)
    )
    [table] = program.get("/proofs/promised")["tables"]
    done = next(one for one in table["rows"] if one["title"] == "Key")
    assert done["cells"][:2] == ["1", f"0 / {done['cells'][1].partition(' / ')[2]}"]
    assert any("promised hours" in one["text"] for one in table["findings"])
    assert any("12 visits, and 0 promised" in one["text"] for one in table["findings"])
    browser = sign_in(bob)
    page = browser.get(reverse("proof:strategy")).content.decode()
    for name in ("promised", "lifts", "campaign_costs"):
        where = reverse("proof:acting_part", args=[name])
        assert where in page
        assert browser.get(where).status_code == 200
    assert reverse("proof:acting_part", args=["overdue"]) not in page
    assert sign_in(carol).get(reverse("proof:strategy")).status_code == 403
