"""The list narrowed by class, by moves and by scores; found by pinyin and by order number."""

import polars as pl
import pytest
from django.urls import reverse

from kefen_crm.grading.models import CustomerClass, RunInForce

LIST = reverse("customers:list")
ORDER = pl.DataFrame(
    {
        "order_id": ["SO-1001"],
        "customer_id": ["C2"],
        "ordered_on": ["2025-12-02"],
        "amount": ["10"],
    }
)


def page(client, query=""):
    answer = client.get(f"{LIST}?{query}")
    assert answer.status_code == 200
    return answer


def codes(answer):
    return [row.record.code for row in answer.context["table"].page.object_list]


def titles(answer):
    return [str(column.header) for column in answer.context["table"].columns]


def test_a_class_of_any_scheme_is_chosen_from_a_field(graded, bob, sign_in):
    answer = page(sign_in(bob), "class=abc:A")
    assert codes(answer) == ["C1"]
    fields = {one.key: one for one in answer.context["fields"]}
    assert {"abc", "rfm"} <= set(fields)
    assert fields["abc"].chosen == "abc:A"
    assert [choice.value for choice in fields["abc"].choices][:3] == ["abc:A", "abc:B", "abc:C"]
    assert '<option value="abc:A" selected>' in answer.content.decode()
    assert not answer.context["hidden"]


def test_several_classes_of_a_scheme_stay_when_another_filter_changes(graded, bob, sign_in):
    answer = page(sign_in(bob), "class=abc:A&class=abc:B")
    assert codes(answer) == ["C1", "C2"]
    assert [one.value for one in answer.context["hidden"]] == ["abc:A", "abc:B"]


def test_every_column_has_a_title(graded, bob, sign_in):
    client = sign_in(bob)
    answer = client.get(reverse("customers:columns"))
    assert "None" not in [str(title) for title in answer.context["columns"].values()]
    assert ">None<" not in page(client).content.decode() + answer.content.decode()


def test_further_filters_are_read_when_they_are_opened(graded, bob, sign_in):
    client = sign_in(bob)
    more = client.get(reverse("customers:more_filters")).content.decode()
    assert 'name="sales_min"' in more
    assert 'name="sales_min"' not in page(client).content.decode()
    # Where one of them narrows the list they stand in it at once, with what was chosen.
    narrowed = page(client, "sales_min=7000").content.decode()
    assert 'name="sales_min" value="7000"' in narrowed
    assert '<details class="mt-2" open>' in narrowed


def test_the_scheme_that_narrows_is_a_column(graded, bob, sign_in):
    client = sign_in(bob)
    session = client.session
    session["customer_schemes"] = []
    session.save()
    assert "ABC analysis" not in titles(page(client))
    assert "ABC analysis" in titles(page(client, "class=abc:A"))


def test_moves_show_the_class_before(graded, bob, sign_in):
    CustomerClass.objects.filter(scheme__name="abc", customer__code="C1").update(
        previous_key="B", graded_before=True
    )
    RunInForce.objects.filter(scheme__name="abc").update(before=graded["abc"])
    answer = page(sign_in(bob), "moved=abc:B>A")
    assert codes(answer) == ["C1"]
    assert titles(answer)[2:4] == ["ABC analysis, before", "ABC analysis"]
    row = answer.context["table"].rows[0]
    assert "Class B" in row.get_cell(f"before_{graded['abc'].scheme.pk}")
    assert "Class A" in row.get_cell(f"class_{graded['abc'].scheme.pk}")


@pytest.mark.parametrize(
    "span", ["..-..", ".-", "1.2.3-", "9" * 400 + "-", "-", "--", "a-b", "1e5-"]
)
def test_any_span_of_scores_is_answered(graded, bob, sign_in, span):
    page(sign_in(bob), f"score=abc:{span}")


@pytest.mark.parametrize(
    ("text", "found"),
    [("shanghaimingda", ["C1"]), ("mingda", ["C1"]), ("chongqing", ["C2"]), ("beijing", ["C4"])],
)
def test_found_by_pinyin(graded, bob, sign_in, text, found):
    assert codes(page(sign_in(bob), f"q={text}")) == found


def test_found_by_the_number_of_an_order(ledger, bob, carol, dave, sign_in):
    import company

    from kefen_crm.customers.actions import synchronise

    ledger.load(company.CUSTOMERS, kind="customers")
    ledger.load(ORDER, kind="orders")
    synchronise(ledger, ledger.span()[1])
    assert codes(page(sign_in(bob), "q=SO-1001")) == ["C2"]
    assert codes(page(sign_in(dave), "q=SO-1001")) == ["C2"]
    assert codes(page(sign_in(carol), "q=SO-1001")) == []
    quick = sign_in(bob).get(reverse("search"), {"q": "SO-1001"})
    assert "重庆机电厂" in quick.content.decode()


def test_the_page_names_the_scheme_of_each_class(graded, bob, sign_in):
    text = sign_in(bob).get(reverse("customers:detail", args=["C1"])).content.decode()
    first = text[text.index("kf-strip") : text.index('role="tablist"')]
    assert "ABC analysis" in first
    assert "d-none" not in first
