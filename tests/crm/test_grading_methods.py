"""Schemes by rules, by clusters and crossed: their pages, pictures and explanations."""

import re

import pytest
from django.urls import reverse
from grading import run_now

from kefen_crm import gateway as door
from kefen_crm.grading import actions

SAID = {
    "lifecycle": ("Rules", "Orders ≤ 0", "Lost"),
    "value-potential": ("Matrix of two schemes", "High value × High potential", "Invest"),
    "clusters": ("Clusters", "Sales high", "Group 1"),
}


def text(answer):
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize("name", SAID)
def test_pages(name, graded, alice, sign_in):
    document = next(one.document for one in door.grading.ready() if one.name == name)
    actions.publish(alice, document, "to try it")
    run = run_now(name, "2026-01-01")
    assert run.status == "finished", run.reason
    client = sign_in(alice)
    said = text(client.get(reverse("grading:detail", args=[name])))
    for words in SAID[name]:
        assert words in said
    rows = client.get(reverse("grading:run", args=[name, run.pk])).context["page"].object_list
    assert {row["customer_id"] for row in rows} == {"C1", "C2", "C3", "C4", "C5"}
    picture = client.get(reverse("grading:picture", args=[name, run.pk, "pyramid"]))
    assert len(picture.json()["classes"]) >= len(document["classes"])
    assert document["title"]["en"] in text(client.get(reverse("customers:detail", args=["C1"])))
    assert document["title"]["en"] in text(client.get(reverse("home")))
