"""The cast of every site test: Alice administers, Bob manages, Carol and Dave sell, Erin reads."""

import shutil
from pathlib import Path

import company
import pytest
from django.test import Client

import kefen
from kefen_crm.grading.actions import adopt_runs, install_ready_made
from kefen_crm.grading.models import Run
from kefen_crm.team.actions import create_user
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

PASSWORD = "correct-horse-7"


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def english(settings):
    """Tests read English unless they ask for Chinese."""
    settings.LANGUAGE_CODE = "en"


def person(username: str, name: str, role: str) -> User:
    email = f"{username}@example.com"
    return create_user(
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


@pytest.fixture
def ledger(tmp_path, settings):
    """An empty ledger, which is the site's for this test."""
    settings.KEFEN_DATA = tmp_path
    opened = kefen.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def graded_data(tmp_path_factory) -> Path:
    """The data directory of `company`, graded by ABC and by RFM; copy it, do not change it."""
    data = tmp_path_factory.mktemp("graded")
    opened = kefen.open(data)
    opened.load(company.CUSTOMERS, kind="customers")
    opened.load(company.ORDERS, kind="orders")
    kefen.grade_many(opened, ["abc", "rfm"], company.AS_OF)
    opened.close()
    return data


@pytest.fixture
def graded(graded_data, tmp_path, settings, carol, dave) -> dict[str, Run]:
    """The five customers of `company` on the site, graded; the runs by scheme."""
    settings.KEFEN_DATA = tmp_path / "data"
    shutil.copytree(graded_data, settings.KEFEN_DATA)
    install_ready_made()
    return {run.scheme.name: run for run in adopt_runs()}
