"""Looking at a page changes nothing: no GET of the site or the API writes to the database."""

import re

import pytest
from api_client import Program
from django.db import connection
from django.urls import URLPattern, get_resolver, reverse
from django.utils import translation

from kefen_crm.customers.models import Customer
from kefen_crm.imports.models import Import

WRITES = re.compile(r"\s*(INSERT INTO|UPDATE|DELETE FROM)\s+\"?(\w+)")
OF_THE_VISITOR = {"django_session", "team_apitoken", "usersessions_usersession", "shared_cache"}
"""Of who looks, not of what is looked at: the session, when a token was last used."""


def patterns(resolver, namespaces=()):
    """The names of every address that takes no argument."""
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            if one.name and not one.pattern.converters and not one.pattern.regex.groups:
                yield ":".join([*namespaces, one.name])
        else:
            inner = [*namespaces, one.namespace] if one.namespace else namespaces
            yield from patterns(one, inner)


@pytest.fixture
def written():
    """The tables that were written to."""
    tables = []

    def watch(execute, sql, params, many, context):
        if (found := WRITES.match(str(sql))) and found[2] not in OF_THE_VISITOR:
            tables.append(found[2])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield tables


def pages(graded):
    run = graded["abc"]
    made = Import.objects.create(name="orders.csv", size=1, status=Import.Status.COMMITTED)
    yield from (
        reverse("customers:detail", args=["C1"]),
        reverse("customers:indicators", args=["C1"]),
        reverse("grading:detail", args=["abc"]),
        reverse("grading:versions", args=["abc"]),
        reverse("grading:run", args=["abc", run.pk]),
        reverse("grading:progress", args=["abc", run.pk]),
        reverse("imports:detail", args=[made.pk]),
        f"{reverse('customers:list')}?class=abc:A&columns=1&scheme=abc",
    )


def test_no_page_writes(graded, alice, sign_in, written):
    client = sign_in(alice)
    assert Customer.objects.exists()
    addresses = list(pages(graded))
    with translation.override("en"):
        names = sorted(set(patterns(get_resolver())))
    # Signing out is allauth's own page; the API is asked below.
    others = ("api:", "account_", "mfa_")
    addresses += [reverse(name) for name in names if not name.startswith(others)]
    written.clear()
    assert len(addresses) > 25
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code != 500, address
        if answer.streaming:
            list(answer.streaming_content)
        assert not written, f"{address} wrote to {written}"


def test_no_answer_of_the_api_writes(graded, bob, written):
    program = Program(bob)
    paths = program.get("/openapi.json")["paths"]
    reads = [path for path, ways in paths.items() if "get" in ways and "{" not in path]
    assert len(reads) > 8
    written.clear()
    for path in reads:
        where = path.removeprefix("/api/v1")
        program.client.get(f"/api/v1{where}", headers=program.headers)
        assert not written, f"{path} wrote to {written}"
