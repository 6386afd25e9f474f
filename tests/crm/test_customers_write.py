"""Customers typed in, edited, chosen, archived: on the site's pages."""

import pytest
from django.urls import reverse

from kefen_crm.customers.actions import archive, edit
from kefen_crm.customers.models import Customer
from kefen_crm.platform.models import Event

HTMX = {"HX-Request": "true"}


def field(code, name, verb="field"):
    return reverse(f"customers:{verb}", args=[code, name])


def detail(client, code="C1"):
    return client.get(reverse("customers:detail", args=[code])).content.decode()


def codes(client, **query):
    table = client.get(reverse("customers:list"), query).context["table"]
    return [row.record.code for row in table.page.object_list]


@pytest.fixture
def contradicted(graded, carol):
    """Carol wrote C1's telephone number, and imports bring another one now."""
    customer = edit(carol, Customer.objects.get(code="C1"), {"phone": "021-7777"})
    customer.edits.update(incoming="021-9999")
    return customer


def test_a_representative_types_in_a_customer_and_owns_it(graded, carol, sign_in):
    client = sign_in(carol)
    assert reverse("customers:new") in client.get(reverse("customers:list")).content.decode()
    answer = client.post(reverse("customers:new"), {"name": " 新  客户 ", "phone": "138"})
    made = Customer.objects.get(name="新 客户")
    assert answer.url == reverse("customers:detail", args=[made.code])
    assert (made.owner, made.standing, made.code[:4]) == (carol, "site", "NEW-")
    assert set(made.edits.values_list("field", "value", "base")) == {
        ("name", "新 客户", ""),
        ("phone", "138", ""),
        ("owner", str(carol.pk), ""),
    }
    found = client.get(reverse("customers:list"), {"q": "xkh"}).content.decode()
    assert "新 客户" in found
    page = detail(client, made.code)
    assert 'href="tel:138"' in page
    assert "Nobody is known yet" in page
    assert "Customer typed in" in page
    assert "typed in on the site" in page


def test_customers_are_typed_in_one_after_another(graded, bob, sign_in):
    """Who may assign finds themselves as the owner; the contact of the basics is among contacts."""
    client, address = sign_in(bob), reverse("customers:new")
    assert client.get(address).context["form"]["owner"].value() == bob.pk
    typed = {"name": "New", "contact": "Ann", "phone": "138", "owner": "", "another": ""}
    assert client.post(address, typed).url == address
    made = Customer.objects.get(name="New")
    assert made.owner is None
    page = detail(client, made.code)
    assert "Nobody is known yet" not in page
    contacts = page[page.index("contacts-title") :]
    assert "Ann" in contacts
    assert "138" in contacts


def test_what_cannot_be_taken_is_said_beside_its_field(graded, bob, sign_in):
    client = sign_in(bob)
    wrong = {"name": "", "code": "C1", "email": "nobody", "credit_days": "-1"}
    answer = client.post(reverse("customers:new"), wrong)
    assert answer.status_code == 422
    assert {"name", "email", "credit_days"} <= set(answer.context["form"].errors)
    answer = client.post(reverse("customers:new"), {"name": "x", "code": "C1"})
    assert "Another customer has this code." in answer.content.decode()
    assert Customer.objects.count() == 5


TOO_LONG = [
    ("name", "N" * 280, "Name: at most 200 characters are taken, and this has 280."),
    # The ledger knows it as 株式会社, four characters each.
    ("name", "㍿" * 60, "Name: at most 200 characters are taken, and this has 240."),
    ("code", "C" * 201, "Code: at most 200 characters are taken, and this has 201."),
    ("phone", "1" * 65, "Phone: at most 64 characters are taken, and this has 65."),
    ("address", "a" * 501, "Address: at most 500 characters are taken, and this has 501."),
    ("note", "n" * 10_001, "Note: at most 10000 characters are taken, and this has 10001."),
]


@pytest.mark.parametrize(("name", "text", "told"), TOO_LONG)
def test_a_text_that_is_too_long_is_refused_whole(graded, bob, sign_in, name, text, told):
    """No browser cuts it, and nothing is written of it."""
    client, address = sign_in(bob), reverse("customers:new")
    assert "maxlength" not in str(client.get(address).context["form"])
    answer = client.post(address, {"name": "New", name: text})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {name: [told]}
    assert Customer.objects.count() == 5
    if name == "code":
        return
    form = client.get(field("C1", name)).context["form"]
    assert "maxlength" not in str(form)
    answer = client.post(field("C1", name), {name: text, "was": form["was"].value()})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {name: [told]}
    assert Customer.objects.get(code="C1").version == 1


def test_the_longest_name_is_taken(graded, bob, sign_in):
    sign_in(bob).post(reverse("customers:new"), {"name": "字" * 200})
    assert Customer.objects.filter(name="字" * 200).count() == 1


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_field_is_written_in_its_place(graded, carol, sign_in, headers):
    client = sign_in(carol)
    form = client.get(field("C1", "phone"), headers=headers)
    assert 'value="021-5555 0101"' in form.content.decode()
    # A page of its own has no panel to put an answer into: it is sent as forms are.
    assert ('hx-target="this"' in form.content.decode()) == bool(headers)
    assert ('hx-target="#profile"' in form.content.decode()) == bool(headers)
    wanted = {"phone": "010-2", "was": "021-5555 0101"}
    answer = client.post(field("C1", "phone"), wanted, headers=headers)
    if headers:
        assert answer.headers["HX-Retarget"] == "#profile"
        assert "Carol 张" in answer.content.decode()
    else:
        assert answer.url == reverse("customers:detail", args=["C1"])
    customer = Customer.objects.get(code="C1")
    assert (customer.phone, customer.version) == ("010-2", 2)
    assert "0101" not in customer.search
    event = Event.objects.get(verb="customer.edited")
    assert (event.before, event.after) == ({"phone": "021-5555 0101"}, {"phone": "010-2"})


def test_what_others_wrote_meanwhile_is_shown_first(graded, bob, carol, sign_in):
    client = sign_in(carol)
    edit(bob, Customer.objects.get(code="C1"), {"phone": "by Bob", "city": "Paris"})
    typed = {"phone": "by Carol", "was": "021-5555 0101"}
    answer = client.post(field("C1", "phone"), typed)
    assert answer.status_code == 412
    assert "Meanwhile somebody wrote: by Bob" in answer.content.decode()
    assert Customer.objects.get(code="C1").phone == "by Bob"
    again = {"phone": "by Carol", "was": answer.context["form"]["was"].value()}
    assert client.post(field("C1", "phone"), again).status_code == 302
    assert Customer.objects.get(code="C1").phone == "by Carol"


@pytest.mark.parametrize(("keep", "phone", "edits"), [("mine", "7777", 1), ("import", "9999", 0)])
def test_one_of_two_values_is_chosen(contradicted, carol, sign_in, keep, phone, edits):
    client = sign_in(carol)
    assert "Imports contradict what was written of 1 customer" in client.get("/").content.decode()
    assert codes(client, edits="choose") == ["C1"]
    page = detail(client)
    assert all(told in page for told in ("021-7777", "021-9999", "1 to choose"))
    client.post(field("C1", "phone", "choose"), {"keep": keep}, headers=HTMX)
    contradicted.refresh_from_db()
    assert contradicted.phone == f"021-{phone}"
    assert contradicted.edits.filter(incoming=None).count() == edits
    assert "to choose" not in detail(client)


def test_a_manager_gives_a_customer_to_another(graded, bob, carol, dave, sign_in):
    path = field("C1", "owner")
    assert sign_in(carol).post(path, {"owner": dave.pk, "was": carol.pk}).status_code == 403
    answer = sign_in(bob).post(path, {"owner": dave.pk, "was": carol.pk}, headers=HTMX)
    assert answer.headers["HX-Refresh"] == "true"
    assert Customer.objects.get(code="C1").owner == dave
    assert sign_in(carol).get(reverse("customers:detail", args=["C1"])).status_code == 404
    assert Event.objects.get(verb="customer.assigned").after == {"owner": str(dave.pk)}


def test_archived_is_out_of_lists_and_comes_back(graded, carol, sign_in):
    client = sign_in(carol)
    client.post(reverse("customers:archive", args=["C1"]))
    assert codes(client) == ["C3"]
    assert codes(client, standing="archived") == ["C1"]
    assert "Archived by a person" in detail(client)
    assert client.get(field("C1", "phone")).status_code == 404
    client.post(reverse("customers:restore", args=["C1"]))
    assert Customer.objects.get(code="C1").standing == "facts"
    assert codes(client) == ["C1", "C3"]


def test_readers_and_colleagues_write_nothing(graded, bob, dave, erin, sign_in):
    customer = Customer.objects.get(code="C1")
    for user, status in ((erin, 403), (dave, 404)):
        client = sign_in(user)
        assert client.post(field("C1", "phone"), {"phone": "1"}).status_code == status
        assert client.post(field("C1", "phone", "choose"), {"keep": "mine"}).status_code in (
            *(403, 404),
        )
        assert client.post(reverse("customers:archive", args=["C1"])).status_code in (403, 404)
    assert sign_in(erin).get(reverse("customers:new")).status_code == 403
    assert "kf-edit" not in detail(sign_in(erin))
    archive(bob, customer)
    assert sign_in(dave).post(reverse("customers:restore", args=["C1"])).status_code == 404
