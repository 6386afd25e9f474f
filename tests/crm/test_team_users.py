import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from kefen_crm.team.actions import create_user, reset_password, set_active, update_user
from kefen_crm.team.models import Department, User
from kefen_crm.team.roles import Role

USERS, ADD = reverse("team:users"), reverse("team:user_add")
FRANK = {
    "username": "Frank",
    "name": "Frank 周",
    "email": "Frank@Example.com",
    "role": "rep",
    "department": "华东区",
    "password": "tall-green-tree",
}


def test_administrator_adds_a_user(sign_in, alice):
    answer = sign_in(alice).post(ADD, FRANK)
    assert answer.status_code == 302
    frank = User.objects.get(username="frank")
    assert frank.check_password("tall-green-tree")
    assert (frank.email, frank.role, str(frank.department)) == (
        "frank@example.com",
        "rep",
        "华东区",
    )
    added = frank.history.get()
    assert (added.history_user, added.history_type) == (alice, "+")


@pytest.mark.parametrize("who", ["bob", "carol", "erin"])
def test_others_may_not(request, sign_in, alice, who):
    outsider = request.getfixturevalue(who)
    browser = sign_in(outsider)
    assert browser.get(USERS).status_code == 403
    assert browser.get(ADD).status_code == 403
    assert browser.post(ADD, FRANK).status_code == 403
    edit = reverse("team:user_edit", args=[alice.pk])
    assert browser.post(edit, {"name": "x", "role": "reader"}).status_code == 403
    assert browser.post(reverse("team:user_active", args=[alice.pk])).status_code == 403
    password = reverse("team:user_password", args=[alice.pk])
    assert browser.post(password, {"password": "tall-green-tree"}).status_code == 403
    assert not User.objects.filter(username="frank").exists()
    with pytest.raises(PermissionDenied):
        create_user(outsider, username="x", password="tall-green-tree")


def test_taken_name_and_weak_password_are_refused_beside_their_field(sign_in, alice, bob):
    browser = sign_in(alice)
    taken = browser.post(ADD, FRANK | {"username": "BOB"})
    assert taken.status_code == 422
    assert "username" in taken.context["form"].errors
    weak = browser.post(ADD, FRANK | {"password": "12345678"})
    assert weak.status_code == 422
    assert weak.context["form"].errors


def test_email_belongs_to_one_user(alice, bob):
    with pytest.raises(ValidationError):
        create_user(alice, username="frank", password="tall-green-tree", email="BOB@example.com")


def test_changing_a_user(sign_in, alice, carol):
    page = reverse("team:user_edit", args=[carol.pk])
    change = {"name": "Carol 孙", "email": "", "role": "manager", "department": "华南区"}
    assert sign_in(alice).post(page, change).status_code == 302
    carol.refresh_from_db()
    assert (carol.display_name, carol.role) == ("Carol 孙", Role.MANAGER)
    assert Department.objects.get().name == "华南区"
    assert carol.history.first().history_user == alice


def test_switching_off_and_on(sign_in, alice, carol):
    browser, page = sign_in(alice), reverse("team:user_active", args=[carol.pk])
    browser.post(page)
    carol.refresh_from_db()
    assert not carol.is_active
    browser.post(page, {"active": "yes"})
    carol.refresh_from_db()
    assert carol.is_active


def test_there_is_always_an_administrator(alice, bob):
    with pytest.raises(ValidationError):
        set_active(alice, alice, active=False)
    with pytest.raises(ValidationError):
        update_user(alice, alice, name="Alice", email="", role=Role.MANAGER, department="")
    update_user(alice, bob, name="Bob", email="", role=Role.ADMIN, department="")
    update_user(bob, alice, name="Alice", email="", role=Role.MANAGER, department="")
    alice.refresh_from_db()
    assert alice.role == Role.MANAGER


def test_reset_password_signs_the_person_out(sign_in, alice, carol):
    browser = sign_in(carol)
    reset_password(alice, carol, "tall-green-tree")
    assert browser.get(reverse("team:profile")).status_code == 302
    assert carol.history.first().history_change_reason == "password"


def test_list_searches_and_takes_few_queries(
    sign_in, alice, bob, carol, dave, django_assert_max_num_queries
):
    browser = sign_in(alice)
    page = browser.get(USERS, {"q": "张"}).content.decode()
    assert "Carol 张" in page
    assert "Bob 李" not in page
    with django_assert_max_num_queries(7):
        browser.get(USERS)


def test_list_without_a_hit_says_so(sign_in, alice):
    assert "Nobody found" in sign_in(alice).get(USERS, {"q": "zzz"}).content.decode()
