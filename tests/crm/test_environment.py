"""Variables of an installation that cannot be meant: one sentence, in the doctor too."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError
from psycopg.errors import UndefinedColumn

from kefen_crm import environment
from kefen_crm.process.admin import site_environment
from kefen_crm.process.doctor import examine
from kefen_crm.process.errors import ProcessError

WRONG = [
    ("KEFEN_TRUSTED_PROXIES", "two"),
    ("KEFEN_TRUSTED_PROXIES", "-1"),
    ("KEFEN_UPLOAD_MB", "many"),
    ("KEFEN_HTTPS", "perhaps"),
    ("KEFEN_SHARED", "maybe"),
    ("KEFEN_URL", "notaurl"),
    ("KEFEN_HOSTS", "http://x.example/"),
    ("KEFEN_HOSTS", "crm.example.com:8000"),
    ("KEFEN_MEMORY", "lots"),
    ("KEFEN_ENGINE", "sparc"),
    ("KEFEN_LOG_FORMAT", "xml"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_the_doctor_tells_what_a_variable_cannot_mean(tmp_path, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    first = examine(tmp_path / "data")[0]
    assert (first.check, first.state, first.code) == ("variables", "fail", "bad-variable")
    for language in ("zh", "en"):
        assert name in first.words(language)
        assert value in first.words(language)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("KEFEN_SMTP", "smtp://h:abc", "smtp://…"),
        ("KEFEN_SMTP", "mail.example.com", "…"),
        ("DATABASE_URL", "mysql://x/y", "mysql://…"),
        ("DATABASE_URL", "postgresql://h:abc/kefen", "postgresql://…"),
    ],
)
def test_addresses_are_told_without_what_may_be_a_password(
    tmp_path, monkeypatch, name, value, told
):
    monkeypatch.setenv(name, value)
    first = examine(tmp_path / "data")[0]
    assert (first.state, first.code, first.data["value"]) == ("fail", "bad-variable", told)
    for language in ("zh", "en"):
        assert name in first.words(language)
        assert value not in first.words(language)


def test_the_doctor_tells_what_fills_in_no_setting(tmp_path, monkeypatch):
    monkeypatch.setenv("KEFEN_TIMEZONE", "Mars")
    monkeypatch.setenv("KEFEN_LANGUAGE", "fr")
    found = examine(tmp_path / "data")[:2]
    told = [(one.check, one.state, one.code, one.data["value"]) for one in found]
    assert told == [("variables", "warn", "bad-variable", value) for value in ("Mars", "fr")]


def test_tables_of_another_kefen_are_told_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/kefen")
    monkeypatch.setenv("KEFEN_DATA", "")
    missing = UndefinedColumn("column one.ended does not exist\nLINE 1: SELECT")
    with (
        pytest.raises(ProcessError, match=r"\(column one.ended does not exist\).*kefen serve"),
        site_environment(tmp_path, claim=False),
    ):
        raise ProgrammingError from missing


def test_passwords_are_not_told(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://ann:secret@db/kefen")
    monkeypatch.setenv("KEFEN_SMTP", "http://ann:secret@mail/")
    told = [str(error) for error in environment.faults()]
    assert len(told) == 2
    assert "secret" not in " ".join(told)
    monkeypatch.setenv("DATABASE_URL", "postgresql://ann:sec/ret@[db/kefen")
    monkeypatch.setenv("KEFEN_SMTP", "ann:sec@ret@mail")
    told = [str(error) for error in environment.faults()]
    assert len(told) == 2
    assert "sec" not in " ".join(told)


def test_what_is_right_is_taken(monkeypatch):
    monkeypatch.setenv("KEFEN_HOSTS", "crm.example.com, .example.org, [::1], 10.0.0.5, *")
    monkeypatch.setenv("KEFEN_URL", "https://crm.example.com/kefen/")
    monkeypatch.setenv("KEFEN_UPLOAD_MB", "2")
    assert environment.faults() == []
    assert environment.hosts()[1:3] == [".example.org", "[::1]"]
    assert environment.address() == "https://crm.example.com/kefen"
    assert environment.upload_limit() == 2 << 20
