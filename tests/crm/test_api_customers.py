import pytest
from api_client import Program, pages

from kefen_crm.customers.models import Customer


@pytest.fixture
def reader(graded, erin) -> Program:
    return Program(erin)


def codes(items) -> list[str]:
    return [one["code"] for one in items]


def test_everyone_by_code(reader):
    assert codes(pages(reader, "/customers")) == ["C1", "C2", "C3", "C4", "C5"]


def test_pages_follow_each_other(reader):
    page = reader.get("/customers?limit=2")
    assert codes(page["items"]) == ["C1", "C2"]
    assert codes(pages(reader, "/customers?limit=2")) == ["C1", "C2", "C3", "C4", "C5"]


def test_a_new_customer_shifts_nothing(reader):
    page = reader.get("/customers?limit=2")
    Customer.objects.create(code="C0", name="first")
    Customer.objects.create(code="C25", name="in between")
    assert codes(reader.get(page["next"])["items"]) == ["C25", "C3"]


def test_a_last_page_that_is_full_has_no_next(reader):
    assert reader.get("/customers?limit=5")["next"] is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=cqjd", ["C2"]),
        ("q=13800138000", ["C3"]),
        ("class=abc:A", ["C1"]),
        ("class=abc:B&class=abc:C", ["C2", "C3", "C5"]),
        ("class=abc:none", ["C4"]),
        ("industry=机械制造", ["C1", "C2"]),
        ("sales_min=400&sales_max=1500", ["C2", "C3"]),
        ("bought=2025-11", ["C2"]),
        ("last_from=2025-06-18&last_to=2025-11-11", ["C2", "C3"]),
        ("owner=null", ["C4", "C5"]),
        ("moved=abc:new>A", ["C1"]),
    ],
)
def test_filters_of_the_site(reader, query, found):
    assert codes(pages(reader, f"/customers?{query}")) == found


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("limit=many", "limit"),
        ("class=abc", "class/0"),
        ("bought=2025-13", "bought/0"),
        ("score=abc:1.1.1-", "score/0"),
        ("sales_min=lots", "sales_min"),
        ("region=Mars", "region"),
        ("regoin=East", "regoin"),
        ("cursor=made-up", "cursor"),
        ("cursor=WzFd", "cursor"),
    ],
)
def test_what_cannot_be_read_is_refused(reader, query, name):
    told = reader.get(f"/customers?{query}", 422)
    assert [(one["part"], one["pointer"]) for one in told["errors"]] == [("query", f"/{name}")]


def test_one(reader, carol):
    told = reader.get("/customers/C1")
    assert told["name"] == "上海明达贸易有限公司"
    assert told["owner"] == {"id": carol.pk, "name": "Carol 张"}
    assert told["figures"] == {
        "as_of": "2026-01-01",
        "sales": "8000.00",
        "profit": told["figures"]["profit"],
        "orders": 2,
        "recency": 31,
        "first_order_on": "2025-03-01",
        "last_order_on": "2025-12-01",
    }
    assert [(one["scheme"], one["class"]) for one in told["classes"]] == [
        ("abc", "A"),
        ("rfm", "important-value"),
    ]


def test_one_that_is_not_there(reader):
    assert reader.get("/customers/C9", 404)["code"] == "not-found"
    reader.get("/customers/C%00", 404)
    told = reader.get("/customers?q=%00", 422)
    assert [one["pointer"] for one in told["errors"]] == ["/q"]


def test_a_scheme_or_class_that_is_not_there_is_no_empty_list(reader):
    for asked, near in (("class=abd:A", "abc"), ("class=abc:Z", "A"), ("held=abb:cap", "abc")):
        told = reader.get(f"/customers?{asked}", 422)
        assert near in told["errors"][0]["detail"].partition("Near: ")[2]
    reader.get("/customers?class=abc:none&class=abc:~lapsed")


def test_a_code_may_have_a_slash(reader):
    Customer.objects.create(code="A/1", name="slash")
    assert reader.get("/customers/A/1")["name"] == "slash"
    assert reader.get("/customers/A%2F1/classes") == []


def test_classes(reader, graded):
    found = {one["scheme"]: one for one in reader.get("/customers/C2/classes")}
    assert found["abc"]["class"] == "B"
    assert found["abc"]["run"] == graded["abc"].pk
    unrated = {one["scheme"]: one for one in reader.get("/customers/C4/classes")}
    assert unrated["abc"]["class"] is None
    assert unrated["abc"]["title"] is None


def test_why(reader, graded):
    """C2 has 1,500 of 10,000; with C1 before it that is 95 % of all, the last of B."""
    told = reader.get("/customers/C2/classes/abc/explanation")
    assert told["class"] == "B"
    assert told["run"] == graded["abc"].pk
    assert told["as_of"] == "2026-01-01"
    assert told["next_class"] == "A"
    assert all(step["text"] and step["code"] for step in told["steps"] + told["to_next"])
    assert any("1,500" in step["text"] for step in told["steps"])


def test_why_in_chinese(graded, erin):
    chinese = Program(erin, "zh-hans")
    told = chinese.get("/customers/C2/classes/abc/explanation")
    english = Program(erin).get("/customers/C2/classes/abc/explanation")
    assert told["title"] != english["title"]
    assert told["steps"][0]["text"] != english["steps"][0]["text"]
    assert chinese.get("/customers/C9", 404)["title"] == "未找到"


def test_why_of_no_scheme(reader):
    reader.get("/customers/C2/classes/nothing/explanation", 404)


def test_a_rep_sees_their_own(graded, carol):
    rep = Program(carol)
    assert codes(pages(rep, "/customers")) == ["C1", "C3"]
    rep.get("/customers/C1")
    for path in ("", "/classes", "/classes/abc/explanation"):
        rep.get(f"/customers/C2{path}", 404)


def test_queries_do_not_grow_with_customers(reader, django_assert_max_num_queries):
    reader.get("/customers")  # what stands for a while is read once
    with django_assert_max_num_queries(14):
        reader.get("/customers")
