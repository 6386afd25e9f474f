import csv
import io
import itertools
import re
from datetime import date

import company
from api_client import Program
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from kefen_crm.customer_pages.listing import page_keys, totals
from kefen_crm.customers.actions.writing import edit
from kefen_crm.customers.choices import choices
from kefen_crm.customers.models import Customer
from kefen_crm.grading.actions import execute_runs, install_ready_made, request_runs
from kefen_crm.grading.models import CustomerClass, Override, Scheme

LIST = reverse("customers:list")


def codes(client, query=""):
    """The codes in the list's order."""
    page = client.get(f"{LIST}?{query}")
    assert page.status_code == 200
    return [row.record.code for row in page.context["table"].page.object_list]


def test_figures_and_classes_are_those_worked_out_by_hand(graded):
    found = {c.code: c for c in Customer.objects.all()}
    assert [str(found[code].sales) for code in ("C1", "C2", "C3", "C5")] == [
        "8000.00",
        "1500.00",
        "400.00",
        "100.00",
    ]
    assert (found["C1"].orders, found["C1"].recency) == (2, 31)
    classes = CustomerClass.objects.filter(scheme__name="abc")
    assert dict(classes.values_list("customer__code", "class_key")) == {
        "C1": "A",
        "C2": "B",
        "C3": "C",
        "C4": None,
        "C5": "C",
    }


def test_a_manager_sees_all_by_sales_and_a_representative_the_own(graded, bob, carol, sign_in):
    assert codes(sign_in(bob)) == ["C1", "C2", "C3", "C5", "C4"]
    assert codes(sign_in(carol)) == ["C1", "C3"]


def test_signed_out_sees_nothing(graded, client):
    for url in (LIST, reverse("customers:detail", args=["C1"]), reverse("search")):
        answer = client.get(url)
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("account_login"))


FOUND = [
    ("q=明达", ["C1"]),
    ("q=shmd", ["C1"]),
    ("q=cqjd", ["C2"]),
    ("q=ACME+tools", ["C3"]),
    ("q=138-0013-8000", ["C3"]),
    ("q=02155550101", ["C1"]),
    ("q=c5", ["C5"]),
    ("q=nobody", []),
    ("province=上海", ["C1"]),
    ("industry=机械制造&sales_max=2000", ["C2"]),
    ("sales_min=400&sales_max=1500", ["C2", "C3"]),
    ("last_from=2025-11-01", ["C1", "C2"]),
    ("class=abc:A", ["C1"]),
    ("class=abc:A&class=abc:B", ["C1", "C2"]),
    ("class=abc:none", ["C4"]),
    ("class=abc:C&province=上海", []),
    ("class=nothing:A", []),
    ("moved=abc:new>A", ["C1"]),
    ("moved=abc:B>A", []),
    ("score=abc:300-2000", ["C2", "C3"]),
    ("bought=2025-12", ["C1"]),
    ("bought=2025-13", []),
    ("sort=name", ["C5", "C3", "C1", "C4", "C2"]),
    ("sort=sales", ["C4", "C5", "C3", "C2", "C1"]),
    ("columns=1&column=recency&sort=recency", ["C1", "C2", "C3", "C5", "C4"]),
    ("columns=1&column=recency&sort=-recency", ["C5", "C3", "C2", "C1", "C4"]),
]


def test_search_filters_drill_downs_and_order(graded, bob, sign_in, subtests):
    client = sign_in(bob)
    for query, expected in FOUND:
        with subtests.test(query):
            assert codes(client, query) == expected


def test_an_rfm_cell_leads_to_its_customers(graded, bob, sign_in):
    detail = CustomerClass.objects.get(scheme__name="rfm", customer__code="C1").detail
    cell = f"r{detail['r']}f{detail['f']}"
    assert "C1" in codes(sign_in(bob), f"cell=rfm:{cell}")


def test_odd_addresses_find_nobody_and_break_nothing(graded, bob, sign_in, subtests):
    client = sign_in(bob)
    for query in (
        "bought=9999-12",
        "bought=0000-01",
        "bought=2025-13",
        "score=weighted:1e400-nan",
        "cell=rfm:r99999999999999999999f1",
        "moved=abc",
        "class=:::",
        "sales_min=1e30",
    ):
        with subtests.test(query):
            assert codes(client, query) == []
    for query in (
        "region=Mars", "owner=999999", "standing=gone", "sales_min=lots", "last_to=soon",
        "measure=abc:sales&measure_max=x",
    ):  # fmt: skip
        with subtests.test(query):
            assert codes(client, query) == []
            text = client.get(f"{LIST}?{query}", headers={"HX-Request": "true"}).content.decode()
            assert re.search("Select a valid choice|Enter a (number|valid date)", text)
    for address in (f"{LIST}?q=%00", f"{reverse('search')}?q=%00", f"{LIST}of/%00/"):
        with subtests.test(address):
            assert client.get(address).status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_customers(
    graded, bob, sign_in, django_assert_max_num_queries
):
    """What a cell tells of a class that somebody set is read with the classes, too."""
    held = CustomerClass.objects.get(customer__code="C1", scheme__name="abc")
    held.held_by, held.live, held.override = "override", timezone.now(), Override.objects.create(
        customer=held.customer, scheme=held.scheme, class_key="A", reason="Because", by=bob,
        since=timezone.now(), until=date(2099, 1, 1),
    )  # fmt: skip
    held.save()
    client = sign_in(bob)
    client.get(LIST)
    with django_assert_max_num_queries(18):
        page = client.get(LIST).content.decode()
    assert f"Set by hand by {bob.display_name}: Because" in page
    assert "until 2099-01-01" in page


def test_parts_of_a_narrowed_list_are_those_of_the_whole(graded, subtests):
    of_class = Q(Exists(CustomerClass.objects.filter(customer=OuterRef("pk"), class_key="C")))
    for narrowed, order in itertools.product(
        (Q(), of_class, Q(province="上海"), Q(pk__in=[])), ([], ["name"], ["-orders", "code"])
    ):
        customers = Customer.objects.filter(narrowed)
        customers = customers.order_by(*order) if order else customers
        whole = list(customers.order_by(*order, "code")) if order else list(customers)
        with subtests.test(f"{narrowed} {order}"):
            told = totals(customers)
            assert told["customers"] == len(whole)
            assert (told["sales"] or 0) == sum(one.sales or 0 for one in whole)
            for start, end in itertools.combinations(range(len(whole) + 1), 2):
                keys = page_keys(customers, start, end, len(whole))
                assert keys == [one.pk for one in whole[start:end]]


def test_a_value_somebody_types_is_offered_by_the_filters(
    graded, bob, sign_in, django_capture_on_commit_callbacks
):
    assert "火星" not in choices("region")
    with django_capture_on_commit_callbacks(execute=True):
        edit(bob, Customer.objects.get(code="C5"), {"region": "火星"})
    assert "火星" in choices("region")
    client = sign_in(bob)
    assert "火星" in client.get(LIST).content.decode()
    Customer.objects.filter(code="C4").update(region="金星")  # by a process that tells no other
    assert "金星" not in choices("region")
    assert codes(client, "region=金星") == ["C4"]
    assert [one["code"] for one in Program(bob).get("/customers?region=金星")["items"]] == ["C4"]


def test_the_form_of_columns_keeps_what_a_list_was_narrowed_to_since(graded, bob, sign_in):
    """The filters put new rows in place; the form of columns stands outside of them."""
    told = {"class": "abc:A", "q": "C", "sales_min": "1", "standing": "all", "sort": "name"}
    dropped = {"region": "", "columns": "1", "column": "sales", "page": "1"}
    rows = sign_in(bob).get("/customers/", told | dropped, headers={"HX-Request": "true"})
    text = rows.content.decode()
    assert text.count('form="kf-chosen-columns"') == len(told)
    for name, value in told.items():
        assert f'form="kf-chosen-columns" name="{name}" value="{value}"' in text


def test_chosen_columns_are_remembered(graded, bob, sign_in):
    client = sign_in(bob)
    client.get(f"{LIST}?columns=1&column=profit&scheme=rfm")
    page = client.get(LIST)
    titles = [column.name for column in page.context["table"].columns]
    assert "profit" in titles
    assert "industry" not in titles
    asked = client.get(reverse("customers:columns"))
    sets = {one.declared.name: one.read.shown for one in asked.context["column_sets"]}
    assert sets["scheme"] == {"rfm"}


def test_export_is_what_the_list_shows_and_holds_no_formula(graded, bob, carol, sign_in):
    url = reverse("customers:export", args=["csv"])
    answer = sign_in(bob).get(f"{url}?class=abc:C")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert [row[0] for row in rows[1:]] == ["C3", "C5"]
    assert rows[2][1] == "'=1+1"
    assert [row[0] for row in exported(sign_in(carol), url)] == ["C1", "C3"]


def test_a_list_and_its_export_name_owners_without_an_account(graded, bob, sign_in):
    Customer.objects.filter(code="C1").update(
        owner=None, owner_name="王芳", province="", city="", region="华东"
    )
    url = reverse("customers:export", args=["csv"])
    assert "王芳" in next(row for row in exported(sign_in(bob), url) if row[0] == "C1")
    page = sign_in(bob).get(f"{LIST}?q=C1").content.decode()
    assert "王芳" in page
    assert "华东" in page.split("<tbody", 1)[1]


def exported(client, url):
    text = b"".join(client.get(url).streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))[1:]


def test_xlsx_export_opens_and_keeps_numbers(graded, bob, sign_in, tmp_path):
    from python_calamine import CalamineWorkbook

    answer = sign_in(bob).get(reverse("customers:export", args=["xlsx"]))
    file = io.BytesIO(b"".join(answer.streaming_content))
    rows = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()
    sales = rows[0].index("sales")
    assert [row[sales] for row in rows[1:5]] == [8000, 1500, 400, 100]


def test_quick_search_finds_by_initials(graded, bob, sign_in):
    answer = sign_in(bob).get(reverse("search"), {"q": "shmd"})
    assert "上海明达贸易有限公司" in answer.content.decode()
    assert reverse("customers:detail", args=["C1"]) in answer.content.decode()


def test_an_indicator_of_a_run_is_a_column_and_a_filter(graded, bob, sign_in):
    client = sign_in(bob)
    assert codes(client, "measure=abc:sales&measure_min=400&measure_max=1500") == ["C2", "C3"]
    assert codes(client, "measure=abc:sales") == ["C1", "C2", "C3", "C5", "C4"]
    page = client.get(f"{LIST}?columns=1&measure_column=rfm:frequency")
    [title] = [str(one.header) for one in page.context["table"].columns if "RFM" in str(one.header)]
    assert title == "Purchase frequency · RFM in eight classes"


def shown(page):
    return [column.name for column in page.context["table"].columns]


def test_names_of_no_columns_change_nothing(graded, bob, sign_in):
    client = sign_in(bob)
    first = shown(client.get(LIST))
    for query in ("columns=zz", "columns=1&columns=sales", "columns=1&column=zz&scheme=zz"):
        assert shown(client.get(f"{LIST}?{query}")) == first
        assert shown(client.get(LIST)) == first


def test_names_of_no_columns_are_left_out_of_those_chosen(graded, bob, sign_in):
    client = sign_in(bob)
    client.get(f"{LIST}?columns=1&column=zz&column=profit&scheme=zz&tags=zz")
    assert shown(client.get(LIST)) == ["pick", "name", "profit"]
    assert client.session["customer_columns"] == ["profit"]
    assert client.session["customer_schemes"] == []


def test_a_page_before_the_first_is_the_first(graded, bob, sign_in):
    client = sign_in(bob)
    for page, number in (("0", 1), ("-3", 1), ("x", 1), ("2", 2), ("99", 3)):
        answer = client.get(f"{LIST}?per_page=2&page={page}")
        assert answer.context["table"].page.number == number
    assert len(codes(client, "per_page=-1")) == 1


def test_customers_of_imported_facts_are_said_to_come(ledger, bob, carol, sign_in):
    """The first run brings them, which nobody may have asked for yet."""
    install_ready_made()
    assert "No customers yet" in sign_in(bob).get(LIST).content.decode()
    ledger.load(company.ORDERS, kind="orders")
    page = sign_in(bob).get(LIST).content.decode()
    assert "The customers are not brought in yet" in page
    [run] = request_runs(None, [Scheme.objects.get(name="abc")], date(2026, 1, 1))
    for person in (bob, carol):
        for query in ("", "?region=x"):
            page = sign_in(person).get(LIST + query).content.decode()
            assert "The customers are being brought in" in page
            assert "1 run is being worked on" in page
            assert "No customer" not in page
    execute_runs([run.pk])
    page = sign_in(bob).get(LIST)
    assert page.context["totals"]["customers"] == 4
    assert "No customer fits" in sign_in(carol).get(f"{LIST}?q=x").content.decode()
