import re

import pytest
from django.urls import reverse
from grading import run_now

from kefen_crm.grading.models import CustomerClass, Run, RunInForce

LIST = reverse("grading:list")
ABC = reverse("grading:detail", args=["abc"])


def text(answer):
    """What a page says, without its markup."""
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_list_shows_each_scheme_with_its_classes(graded, bob, sign_in):
    said = text(sign_in(bob).get(LIST))
    assert "ABC analysis Cumulative share (ABC)" in said
    assert "Class A 1 Class B 1 Class C 2 Unrated 1" in said
    assert "As of 2026-01-01" in said
    assert "Weighted score" in said
    assert "Not graded yet" in said


def test_the_scheme_is_read_aloud_with_its_standard_in_money(graded, bob, sign_in):
    page = sign_in(bob).get(ABC)
    said = text(page)
    assert "first 75% of value" in said
    assert [row["rule"].bound for row in page.context["rows"] if row["rule"]] == [
        "Sales of 8,000 or more.",
        "Sales of 1,500 up to, but not, 8,000.",
        "Sales below 1,500.",
    ]
    assert "Orders of 1 or more" in said
    assert "12 months" in said
    assert "method: share" in said


def test_rfm_scores_have_their_bounds(graded, bob, sign_in):
    page = sign_in(bob).get(reverse("grading:detail", args=["rfm"]))
    letters = [
        (one.letter, [score for score, _bound in one.bounds])
        for one in page.context["words"].scores
    ]
    assert letters == [(letter, [5, 4, 3, 2, 1]) for letter in "RFM"]


def test_weights_are_shares_of_one(graded, bob, sign_in):
    page = sign_in(bob).get(reverse("grading:detail", args=["weighted"]))
    weights = {one.name: one.weight for one in page.context["words"].counted}
    assert weights["sales"] == pytest.approx(0.3)
    assert sum(weights.values()) == pytest.approx(1)


def test_classes_lead_to_their_customers(graded, bob, sign_in):
    page = sign_in(bob).get(ABC).content.decode()
    assert f'href="{reverse("customers:list")}?class=abc:A"' in page
    assert f'href="{reverse("customers:list")}?class=abc:none"' in page


def test_a_representative_sees_the_standard_and_the_own_customers(graded, carol, sign_in):
    client = sign_in(carol)
    page = client.get(ABC)
    assert [(row["title"], row["tally"].customers) for row in page.context["rows"]] == [
        ("Class A", 1), ("Class B", 0), ("Class C", 1),
    ]  # fmt: skip
    assert page.context["pictures"] == []
    assert "Run now" not in text(page)
    own = client.get(reverse("grading:own_pyramid", args=["abc"])).json()
    assert [(one["key"], one["customers"], one["value"]) for one in own["classes"]] == [
        ("A", 1, 8000.0), ("B", 0, 0.0), ("C", 1, 400.0),
    ]  # fmt: skip


@pytest.mark.parametrize("page", ["run", "table", "moved", "picture", "since"])
def test_a_whole_run_is_not_for_representatives(page, graded, carol, client, sign_in):
    pk = graded["abc"].pk
    url = {
        "run": reverse("grading:run", args=["abc", pk]),
        "table": reverse("grading:export", args=["abc", pk, "csv"]),
        "moved": reverse("grading:moved", args=["abc", pk]),
        "picture": reverse("grading:picture", args=["abc", pk, "pareto"]),
        "since": reverse("grading:migration", args=["abc", pk, pk]),
    }[page]
    assert sign_in(carol).get(url).status_code == 403
    assert client.get(url).status_code == 302


def test_signed_out_sees_no_scheme(graded, client):
    for url in (LIST, ABC, reverse("grading:own_pyramid", args=["abc"]), reverse("grading:busy")):
        assert client.get(url).status_code == 302


def test_every_picture_of_a_run_is_drawn_and_kept(graded, bob, sign_in, monkeypatch):
    client = sign_in(bob)
    wanted = {"abc": ["pareto", "pyramid", "distribution", "months"], "rfm": ["heatmap", "months"]}
    for name, pictures in wanted.items():
        for picture in pictures:
            url = reverse("grading:picture", args=[name, graded[name].pk, picture])
            drawn = client.get(url).json()
            assert not drawn["empty"], picture
            monkeypatch.setattr("kefen_crm.gateway.pictures.open_run", None)
            assert client.get(url).json() == drawn
            monkeypatch.undo()
    unknown = reverse("grading:picture", args=["abc", graded["abc"].pk, "pie"])
    assert client.get(unknown).status_code == 404


def test_a_run_whose_files_are_gone_says_so(graded, bob, sign_in):
    run = graded["abc"]
    Run.objects.filter(pk=run.pk).update(engine_id="gone")
    client = sign_in(bob)
    page = client.get(reverse("grading:run", args=["abc", run.pk]))
    assert "The classes of this run are no longer kept" in text(page)
    picture = client.get(reverse("grading:picture", args=["abc", run.pk, "pyramid"]))
    assert picture.status_code == 404
    assert text(client.get(reverse("grading:list")))


def test_a_failed_run_says_why(graded, bob, sign_in):
    Run.objects.create(
        version=graded["abc"].version,
        status=Run.Status.FAILED,
        reason={"code": "nothing-sold", "data": {}},
    )
    assert "The ledger has no sales yet" in text(sign_in(bob).get(ABC))
    assert "Failed" in text(sign_in(bob).get(LIST))


def test_all_pages_speak_chinese(graded, bob, sign_in):
    bob.language = "zh-hans"
    bob.save()
    client = sign_in(bob)
    run_now("abc", "2025-07-01")
    for url, word in {
        LIST: "立即评级",
        ABC: "方案内容",
        reverse("grading:run", args=["abc", graded["abc"].pk]): "客户 ABC 明细",
    }.items():
        assert word in text(client.get(url))


@pytest.mark.parametrize("url", [LIST, ABC])
def test_pages_ask_the_database_a_fixed_number_of_times(
    url, graded, bob, sign_in, django_assert_max_num_queries
):
    client = sign_in(bob)
    client.get(url)
    CustomerClass.objects.filter(scheme__name="abc").update(graded_before=True)
    RunInForce.objects.filter(scheme__name="abc").update(before=graded["abc"])
    with django_assert_max_num_queries(13):
        client.get(url)
