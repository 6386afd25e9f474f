"""Who sees whom: own, of the department and below, all, and collaborators; the same everywhere."""

import contextlib
import csv
import io
from unittest import mock

import pytest
from api_client import Program, pages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cast import person
from kefen_crm.customers import reach
from kefen_crm.customers.actions import edit, share, unshare
from kefen_crm.customers.models import Collaborator, Customer
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.platform.events import record
from kefen_crm.team import departments
from kefen_crm.team.actions import create_token, update_user
from kefen_crm.team.models import Department, User
from kefen_crm.team.queries import token_user
from kefen_crm.team.roles import Permit, Reach, Role, permits_of, reach_of

PLACES = st.integers(0, 4)
"""Of one of five departments, or of five people."""
COMPANIES = st.fixed_dictionaries(
    {
        # A department is within an earlier one, so that there is no circle.
        "parents": st.lists(st.none() | PLACES, min_size=5, max_size=5),
        "leads": st.lists(st.none() | PLACES, min_size=5, max_size=5),
        "members": st.lists(st.none() | PLACES, min_size=5, max_size=5),
        "roles": st.lists(st.sampled_from(list(Role)), min_size=5, max_size=5),
        "reaches": st.lists(st.sampled_from(["", *Reach]), min_size=5, max_size=5),
        "owners": st.lists(st.none() | PLACES, min_size=7, max_size=7),
        "shared": st.lists(st.tuples(st.integers(0, 6), PLACES, st.booleans()), max_size=4),
    }
)


class Company:
    """Departments, people and customers, and by hand who sees which."""

    def __init__(self, drawn):
        parents = [
            None if at is None or at >= place else at for place, at in enumerate(drawn["parents"])
        ]
        self.parents, self.drawn = parents, drawn
        made = []
        for place, parent in enumerate(parents):
            above = None if parent is None else made[parent]
            made.append(Department.objects.create(name=f"D{place}", parent=above))
        self.people = [
            User.objects.create(username=f"p{place}", first_name=f"P{place}", role=role)
            for place, role in enumerate(drawn["roles"])
        ]
        for place, one in enumerate(self.people):
            belongs = drawn["members"][place]
            one.department = None if belongs is None else made[belongs]
            one.reach = drawn["reaches"][place]
            one.save()
        for place, lead in enumerate(drawn["leads"]):
            Department.objects.filter(pk=made[place].pk).update(
                lead=None if lead is None else self.people[lead]
            )
        self.customers = [
            Customer.objects.create(
                code=f"C{place}",
                name=f"found {place}",
                search=f"found {place}",
                owner=None if owner is None else self.people[owner],
            )
            for place, owner in enumerate(drawn["owners"])
        ]
        for customer, user, writes in drawn["shared"]:
            Collaborator.objects.update_or_create(
                customer=self.customers[customer],
                user=self.people[user],
                defaults={"access": "write" if writes else "read"},
            )
        for customer in self.customers:
            record(None, "customer.edited", customer, after={"name": customer.name})

    def within(self, place, other):
        """Whether a department is another or below it."""
        while place is not None and place != other:
            place = self.parents[place]
        return place == other

    def seen(self, who, *, write=False):
        drawn, found = self.drawn, set()
        role, reach = drawn["roles"][who], drawn["reaches"][who]
        may_all = Permit.SEE_ALL_CUSTOMERS in permits_of(role)
        everything = role == Role.ADMIN or (may_all and reach in ("", Reach.ALL))
        wide = reach == Reach.DEPARTMENT or (reach == Reach.ALL and not may_all)
        for place, owner in enumerate(drawn["owners"]):
            works = drawn["members"][owner] if owner is not None else None
            led = [d for d, lead in enumerate(drawn["leads"]) if lead == who]
            over = [*led, *([drawn["members"][who]] if wide else [])]
            below = works is not None and any(
                top is not None and self.within(works, top) for top in over
            )
            if everything or owner == who or below:
                found.add(f"C{place}")
        access = {}
        for customer, user, writes in drawn["shared"]:
            access[customer, user] = writes
        shared = {
            f"C{customer}" for (customer, user), writes in access.items() if user == who
            and (writes or not write)
        }  # fmt: skip
        return found | shared


@given(COMPANIES, PLACES, st.sampled_from([500, 0]))
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_everywhere_the_same_customers_are_seen(db, drawn, who, named):
    """Whether pages name the few whose customers one sees, or have them found."""
    with transaction.atomic(), mock.patch.object(reach, "_NAMED", named):
        company = Company(drawn)
        for place, one in enumerate(company.people):
            assert codes(visible_to(one)) == company.seen(place)
            assert codes(changeable_by(one)) == company.seen(place, write=True)
        user, expected = company.people[who], company.seen(who)
        client, program = Client(), Program(user)
        client.force_login(user)
        assert listed(client) == expected
        assert listed(client, q="found") == expected
        assert {one["code"] for one in pages(program, "/customers")} == expected
        quick = client.get(reverse("search"), {"q": "found"}).content.decode()
        assert {code for code in codes(company.customers) if f"/of/{code}/" in quick} == expected
        for customer in company.customers:
            seen = 200 if customer.code in expected else 404
            page = reverse("customers:detail", args=[customer.code])
            assert client.get(reverse("customers:basics", args=[customer.code])).status_code == seen
            assert client.get(reverse("audit:timeline", args=[customer.code])).status_code == seen
            program.get(f"/customers/{customer.code}", seen)
        assert client.get(page).status_code == seen
        if user.can["export"]:
            answer = client.get(reverse("customers:export", args=["csv"]))
            rows = csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
            assert {row[0] for row in rows} - {"code"} == expected
        if user.can["see_audit"]:
            told = pages(program, "/events?verb=customer.edited")
            assert {one["customer"] for one in told} == expected
        transaction.set_rollback(True)


def codes(customers):
    return {one.code for one in customers}


def listed(client, **query):
    table = client.get(reverse("customers:list"), query).context["table"]
    return {row.record.code for row in table.page.object_list}


@given(st.lists(st.tuples(PLACES, st.none() | PLACES), max_size=12))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_departments_never_make_a_circle(alice, moves):
    with transaction.atomic():
        made = [departments.create(alice, f"D{place}") for place in range(5)]
        for one, within in moves:
            parent = None if within is None else made[within]
            with_it = {"name": f"D{one}", "parent": parent, "lead": None}
            with contextlib.suppress(ValidationError):
                departments.update(alice, made[one], **with_it)
            parents = dict(Department.objects.values_list("pk", "parent"))
            for at in parents:
                line = []
                while at is not None:
                    assert at not in line
                    line.append(at)
                    at = parents[at]
        transaction.set_rollback(True)


def test_a_chosen_reach_has_to_mean_something(alice, bob, carol):
    about = {"name": "x", "email": "", "role": Role.REP, "department": ""}
    with pytest.raises(ValidationError, match="Say of which department"):
        update_user(alice, carol, **about, reach="department")
    with pytest.raises(ValidationError, match="does not see all"):
        update_user(alice, carol, **about, reach="all")
    update_user(alice, carol, **about | {"department": "South"}, reach="department")
    assert reach_of(carol, Permit.EDIT_CUSTOMERS) == Reach.DEPARTMENT
    assert reach_of(bob, Permit.EDIT_CUSTOMERS) == Reach.ALL
    assert reach_of(bob, Permit.MANAGE_USERS) is None


def test_a_token_sees_no_more_than_its_scopes(bob, carol, dave):
    south = departments.create(None, "South", lead=bob)
    User.objects.filter(pk=carol.pk).update(department=south)
    for owner in (bob, carol, dave):
        Customer.objects.create(code=owner.username, name=owner.username, owner=owner)
    assert codes(visible_to(bob)) == {"bob", "carol", "dave"}
    _token, key = create_token(bob, "narrow", scopes=[Permit.EDIT_CUSTOMERS])
    assert codes(visible_to(token_user(key))) == {"bob"}


def test_collaborators_see_and_with_write_change_one_customer(bob, carol, dave, sign_in):
    customer = Customer.objects.create(code="C1", name="明达", owner=carol)
    with pytest.raises(Customer.DoesNotExist):
        share(dave, customer, dave, "write")
    share(carol, customer, dave, "read")
    page = sign_in(dave).get(reverse("customers:detail", args=["C1"])).content.decode()
    assert "明达" in page
    assert "kf-edit" not in page
    with pytest.raises(Customer.DoesNotExist):
        edit(dave, customer, {"phone": "1"})
    sign_in(bob).post(reverse("customers:share", args=["C1"]), {"user": dave.pk, "access": "write"})
    assert edit(dave, customer, {"phone": "1"}).phone == "1"
    with pytest.raises(PermissionDenied):
        share(dave, customer, bob, "write")
    unshare(carol, customer, dave)
    assert sign_in(dave).get(reverse("customers:detail", args=["C1"])).status_code == 404


def test_the_page_of_departments(alice, bob, carol, sign_in):
    client = sign_in(alice)
    client.post(reverse("team:departments"), {"name": "Sales", "lead": bob.pk})
    sales = Department.objects.get(name="Sales")
    client.post(reverse("team:departments"), {"name": "South", "parent": sales.pk})
    south = Department.objects.get(name="South")
    page = client.get(reverse("team:departments")).content.decode()
    assert page.index("Sales") < page.index("South")
    wrong = {"name": "Sales", "parent": south.pk}
    answer = client.post(reverse("team:department", args=[sales.pk]), wrong)
    assert answer.status_code == 422
    assert "within itself" in answer.content.decode()
    client.post(reverse("team:department_remove", args=[sales.pk]))
    assert Department.objects.count() == 2
    client.post(reverse("team:department_remove", args=[south.pk]))
    assert Department.objects.get() == sales
    assert sign_in(bob).get(reverse("team:departments")).status_code == 403
    assert (
        sign_in(carol).post(reverse("team:department_remove", args=[sales.pk])).status_code == 403
    )


def test_service_and_finance_see_all_and_write_nothing(db):
    Customer.objects.create(code="C1", name="明达")
    for role in (Role.SERVICE, Role.FINANCE):
        one = person(role, role, role)
        assert codes(visible_to(one)) == {"C1"}
        with pytest.raises(PermissionDenied):
            edit(one, Customer.objects.get(), {"phone": "1"})
