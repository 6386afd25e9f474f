import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import visible_to
from kefen_crm.team.roles import Permit, Role, may, permits_of, require


@pytest.fixture
def customers(carol, dave):
    owners = {"C1": carol, "C2": carol, "D1": dave, "N1": None}
    Customer.objects.bulk_create(
        Customer(code=code, name=code, owner=owner) for code, owner in owners.items()
    )


@pytest.mark.parametrize(
    ("who", "codes"),
    [
        ("alice", {"C1", "C2", "D1", "N1"}),
        ("bob", {"C1", "C2", "D1", "N1"}),
        ("erin", {"C1", "C2", "D1", "N1"}),
        ("carol", {"C1", "C2"}),
        ("dave", {"D1"}),
    ],
)
def test_who_sees_whom(request, customers, who, codes):
    user = request.getfixturevalue(who)
    assert set(visible_to(user).values_list("code", flat=True)) == codes


def test_a_visitor_sees_nobody(customers):
    assert not visible_to(AnonymousUser()).exists()


def test_only_an_administrator_manages_users():
    allowed = {role for role in Role if Permit.MANAGE_USERS in permits_of(role)}
    assert allowed == {Role.ADMIN}


def test_a_reader_changes_nothing():
    assert permits_of(Role.READER) == {Permit.SEE_ALL_CUSTOMERS, Permit.EXPORT}


def test_switched_off_may_nothing(alice):
    alice.is_active = False
    assert not any(may(alice, permit) for permit in Permit)
    with pytest.raises(PermissionDenied):
        require(alice, Permit.EXPORT)
