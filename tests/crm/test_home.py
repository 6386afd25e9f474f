import re

import pytest
from django.urls import reverse
from grading import run_now, wording

from kefen_crm.customers.actions import archive
from kefen_crm.customers.models import Customer
from kefen_crm.gateway.ledger import opened
from kefen_crm.grading import actions
from kefen_crm.grading.actions import install_ready_made
from kefen_crm.grading.models import Run, Scheme
from kefen_crm.imports.models import Import
from kefen_crm.platform.numbers import moment

HOME = reverse("home")


def attention(answer):
    """Title and address of each thing that needs attention."""
    return {item.title: item for item in answer.context["attention"]}


def test_signed_out_is_sent_to_sign_in(client, db):
    assert client.get(HOME).url.startswith(reverse("account_login"))


def test_a_new_installation_shows_the_three_steps(ledger, bob, sign_in):
    install_ready_made()
    page = sign_in(bob).get(HOME).content.decode()
    for word in ("Welcome to Kefen", "Import", "Grade", "Look"):
        assert word in page
    assert "Grade everyone now" not in page


def test_after_an_import_the_next_step_is_to_grade(ledger, bob, erin, sign_in):
    import company

    ledger.load(company.ORDERS, kind="orders")
    install_ready_made()
    assert "Grade everyone now" in sign_in(bob).get(HOME).content.decode()
    assert "Grade everyone now" not in sign_in(erin).get(HOME).content.decode()


def test_the_figures_are_those_of_the_run(graded, bob, sign_in):
    standing = sign_in(bob).get(HOME).context["standing"]
    assert (standing.customers, standing.unrated, standing.everyone) == (4, 1, 5)
    assert str(standing.value) == "10000.00"
    assert (standing.best.customers, standing.best.share_of_value) == (1, 0.8)


def test_pictures_say_that_they_are_of_the_run_once_customers_moved(graded, bob, carol, sign_in):
    """C5 of the five is archived: the cards leave it out, the pictures of the run have it."""
    client, told = sign_in(bob), "the cards count what changed since"
    pages = (HOME, reverse("grading:detail", args=["abc"]))
    for page in map(client.get, pages):
        assert told not in page.content.decode()
    archive(bob, Customer.objects.get(code="C5"))
    home, scheme = map(client.get, pages)
    assert home.context["standing"].everyone == 4
    when = moment(graded["abc"].finished)
    assert home.content.decode().count(f"As of the run of {when}; {told}") == 2
    pictures = len(scheme.context["pictures"])
    assert scheme.content.decode().count(f"As of the run of {when}; {told}") == pictures
    of_run = reverse("grading:run", args=["abc", graded["abc"].pk])
    assert told not in client.get(of_run).content.decode()
    assert told not in sign_in(carol).get(HOME).content.decode()
    bob.language = "zh-hans"
    bob.save()
    assert f"按 {when} 的评级结果" in sign_in(bob).get(HOME).content.decode()


def test_the_chosen_scheme_is_remembered(graded, bob, sign_in):
    client = sign_in(bob)
    assert client.get(HOME).context["standing"].scheme.name == "abc"
    assert client.get(f"{HOME}?scheme=rfm").context["telling"].name == "heatmap"
    assert client.get(HOME).context["standing"].scheme.name == "rfm"
    assert client.get(f"{HOME}?scheme=nothing").context["standing"].scheme.name == "abc"


def test_a_representative_sees_the_own_customers_only(graded, carol, sign_in):
    page = sign_in(carol).get(HOME)
    standing = page.context["standing"]
    assert (standing.customers, str(standing.value)) == (2, "8400.00")
    assert "pyramid" not in page.context
    assert reverse("grading:own_pyramid", args=["abc"]) in page.content.decode()


def test_without_a_run_before_comparing_with_last_year_is_offered(graded, bob, erin, sign_in):
    offered = reverse("grading:compare_with_last_year")
    client = sign_in(bob)
    assert offered in client.get(HOME).content.decode()
    assert offered not in sign_in(erin).get(HOME).content.decode()
    assert client.post(offered, {"scheme": "abc"}).url == HOME
    run = Run.objects.latest("pk")
    assert (run.as_of.isoformat(), run.status) == ("2025-01-01", Run.Status.QUEUED)
    assert "1 run is being worked on" in client.get(HOME).content.decode()


@pytest.mark.parametrize("who", ["carol", "erin"])
def test_comparing_is_for_those_who_may_grade(who, graded, request, sign_in):
    client = sign_in(request.getfixturevalue(who))
    assert (
        client.post(reverse("grading:compare_with_last_year"), {"scheme": "abc"}).status_code == 403
    )


def test_who_moved_is_shown_once_there_is_a_run_before(graded, bob, sign_in):
    before = run_now("abc", "2025-07-01")
    page = sign_in(bob).get(HOME)
    assert page.context["before"] == before
    address = reverse("grading:migration", args=["abc", graded["abc"].pk, before.pk])
    assert address in page.content.decode()


def test_moves_by_another_standard_say_so(graded, bob, sign_in):
    """C2 was B in July by A to 75 %; by A to 95 % it is A."""
    run_now("abc", "2025-07-01")
    client = sign_in(bob)
    graded["abc"].scheme.customer_classes.filter(customer__code="C2").update(previous_key="A")
    assert "standard was changed" not in client.get(HOME).content.decode()
    scheme = Scheme.objects.select_related("current").get(name="abc")
    actions.publish(bob, wording(scheme), "more of them")
    run_now("abc")
    page = client.get(HOME)
    assert page.context["before"].as_of.isoformat() == "2025-07-01"
    assert "The standard was changed since then" in page.content.decode()


def test_every_item_counts_what_its_link_lists(graded, bob, sign_in):
    """C1 is made to look quiet, C2 fell, C5 was in the best class and is lapsed now."""
    before = run_now("abc", "2025-07-01")
    Customer.objects.filter(code="C1").update(orders=24, owner=None)
    rows = graded["abc"].scheme.customer_classes
    rows.filter(customer__code="C2").update(previous_key="A")
    past = {"last_purchase": "2024-12-01", "past_worth": "340.00"}
    rows.filter(customer__code="C5").update(previous_key="A", class_key="~lapsed", detail=past)
    client = sign_in(bob)
    found = attention(client.get(HOME))
    free = found.pop("3 customers have nobody who looks after them")
    assert client.get(free.url).context["totals"]["count"] == 3
    assert list(found) == [
        "1 of “Class A” has gone quiet",
        "1 of “Class A” no longer buys",
        "1 customer is lapsed",
        "1 customer fell a class",
        "The owner of 1 of “Class A” is no user",
    ]
    codes = {
        title: [row.record.code for row in client.get(item.url).context["table"].rows]
        for title, item in found.items()
    }
    assert list(codes.values()) == [["C1"], ["C5"], ["C5"], ["C2"], ["C1"]]
    assert [item.names[0][0] for item in found.values()] == ["C1", "C5", "C5", "C2", "C1"]
    assert "Carol 张" in found["The owner of 1 of “Class A” is no user"].text
    money = [float(item.money) for item in found.values()]
    assert money == [8000, 100, 340, 1500, 8000]  # C5 brought 100 in the run before
    assert before.as_of.isoformat() == "2025-07-01"


def test_the_lapsed_stand_beside_the_unrated_with_what_they_brought(graded, bob, sign_in):
    """By June 2026 the 100 that C5 spent are out of the window; C4 never bought anything."""
    run_now("abc", "2026-06-01")
    client = sign_in(bob)
    page = client.get(HOME)
    assert page.context["lapsed"].customers == 1
    assert page.context["lapsed"].worth == 100
    assert "brought 100 before" in page.content.decode()
    for key, code in (("~lapsed", "C5"), ("none", "C4")):
        address = f"{reverse('customers:list')}?class=abc:{key}"
        assert address in page.content.decode()
        assert [row.record.code for row in client.get(address).context["table"].rows] == [code]
    filters = client.get(reverse("customers:list")).context["fields"]
    told = next(one for one in filters if one.key == "abc")
    assert [one.title for one in told.choices][-2:] == ["Lapsed", "Unrated"]


def test_a_representative_is_told_of_the_own_customers_only(graded, carol, dave, sign_in):
    run_now("abc", "2025-07-01")
    graded["abc"].scheme.customer_classes.filter(customer__code="C2").update(previous_key="A")
    assert list(attention(sign_in(dave).get(HOME))) == ["1 customer fell a class"]
    assert attention(sign_in(carol).get(HOME)) == {}


def test_newer_facts_than_the_run_are_told(graded, bob, erin, sign_in):
    import polars as pl

    order = {"order_id": "O9", "customer_id": "C4", "ordered_on": "2025-12-30", "amount": "9"}
    with opened() as ledger:
        ledger.load(pl.DataFrame([order]), kind="orders")
    title = "The classes are out of date"
    told = attention(sign_in(bob).get(HOME))[title]
    assert told.buttons
    assert "the facts are at v3, the classes count v2 · so is 1 other scheme" in told.text
    assert not attention(sign_in(erin).get(HOME))[title].buttons


def test_failed_runs_and_rejected_rows_are_told(graded, bob, sign_in):
    Run.objects.create(
        version=graded["rfm"].version,
        status=Run.Status.FAILED,
        reason={"code": "nothing-sold", "data": {}},
    )
    done = {"status": Import.Status.COMMITTED, "report": {"rejected": 3}}
    Import.objects.create(file="x.csv", name="orders.csv", size=1, by=bob, **done)
    found = attention(sign_in(bob).get(HOME))
    assert found["1 run failed"].url == reverse("grading:detail", args=["rfm"])
    assert found["3 rows of imports were rejected"].text == "orders.csv"


def test_rows_that_were_mended_are_no_more_to_do(graded, bob, sign_in):
    """Of three rejected rows one is rejected again; the other import's two still stand."""
    done = {"status": Import.Status.COMMITTED, "size": 1, "by": bob, "batch_id": "b"}
    first = Import.objects.create(name="orders.csv", report={"rejected": 3}, **done)
    Import.objects.create(name="lines.csv", report={"rejected": 2}, **done)
    mended = Import.objects.create(name="mended.csv", report={"rejected": 1}, mends=first, **done)
    client = sign_in(bob)
    assert attention(client.get(HOME))["3 rows of imports were rejected"].text == (
        "mended.csv, lines.csv"
    )
    Import.objects.filter(pk=mended.pk).update(status=Import.Status.UNDONE)
    assert "5 rows of imports were rejected" in attention(client.get(HOME))
    Import.objects.filter(pk=first.pk).update(report={"rejected": 4537})
    assert "4,539 rows of imports were rejected" in attention(client.get(HOME))


def test_chinese(graded, bob, sign_in):
    bob.language = "zh-hans"
    bob.save()
    page = re.sub(r"\s+", " ", sign_in(bob).get(HOME).content.decode())
    for word in ("需要关注", "已评级客户", "帕累托曲线", "销售额（12 个月）"):
        assert word in page


def test_the_number_of_queries_is_fixed(graded, bob, sign_in, django_assert_max_num_queries):
    client = sign_in(bob)
    run_now("abc", "2025-07-01")
    client.get(HOME)
    with django_assert_max_num_queries(49):
        client.get(HOME)
