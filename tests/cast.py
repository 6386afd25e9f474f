"""The cast of every site test: Alice administers, Bob manages, Carol and Dave sell, Erin reads."""

import pytest
from django.core.cache import caches
from django.test import Client

from kefen_crm.team.actions import create_user
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

PASSWORD = "correct-horse-7"


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def nothing_known_yet():
    """As in a process that has just begun: nothing of an earlier test grows too old in this one."""
    caches["process"].clear()


@pytest.fixture(autouse=True)
def english(settings):
    """Tests read English unless they ask for Chinese."""
    settings.LANGUAGE_CODE = "en"


def person(username: str, name: str, role: str) -> User:
    """Somebody of the cast, who may already be in the test's database."""
    email = f"{username}@example.com"
    return User.objects.filter(username=username).first() or create_user(
        None, username=username, password=PASSWORD, name=name, email=email, role=role
    )


@pytest.fixture
def alice(db) -> User:
    """The administrator."""
    return person("alice", "Alice 王", Role.ADMIN)


@pytest.fixture
def bob(db) -> User:
    """A sales manager."""
    return person("bob", "Bob 李", Role.MANAGER)


@pytest.fixture
def carol(db) -> User:
    """A sales representative."""
    return person("carol", "Carol 张", Role.REP)


@pytest.fixture
def dave(db) -> User:
    """Another sales representative."""
    return person("dave", "Dave 赵", Role.REP)


@pytest.fixture
def erin(db) -> User:
    """Someone who only reads."""
    return person("erin", "Erin 陈", Role.READER)


@pytest.fixture
def sign_in():
    """`sign_in(user)` gives a browser in which that user is signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in
