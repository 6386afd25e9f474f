"""What a person wrote of a customer is never lost, whatever imports bring and in which order."""

from datetime import date
from decimal import Decimal
from itertools import count
from types import SimpleNamespace

import polars as pl
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kefen_crm.customers.actions import choose, create, edit, synchronise
from kefen_crm.customers.fields import current_text
from kefen_crm.customers.models import Customer
from kefen_crm.gateway import customers as engine

CODES = ("C1", "C2", "C3")
FIELDS = ("name", "phone", "credit_limit", "birthday")
TEXTS = {
    "name": ("明达", "明达贸易", "Acme"),
    "phone": ("", "021-1", "021-2"),
    "credit_limit": ("", "100.00", "200.50"),
    "birthday": ("", "1990-02-03", "1991-12-31"),
}
AS_OF = date(2026, 1, 1)
TYPES = {
    "code": pl.String,
    **dict.fromkeys(engine.TEXTS, pl.String),
    **dict.fromkeys(engine.DATES, pl.Date),
    "credit_limit": pl.Decimal(18, 2),
    "credit_days": pl.Int32,
    "attributes": pl.String,
    **dict.fromkeys(("sales", "profit"), pl.Decimal(18, 2)),
    "orders": pl.Int32,
    **dict.fromkeys(("first_order_on", "last_order_on"), pl.Date),
}


@pytest.fixture
def facts(monkeypatch):
    """`facts({"C1": {"phone": "021-1"}})` brings customers up to a ledger that has just these."""

    versions, told_of = count(), {}

    def bring(customers):
        rows = []
        for code, told in customers.items():
            row = dict.fromkeys(TYPES) | dict.fromkeys(engine.TEXTS, "") | {"attributes": "{}"}
            row |= {"code": code} | told
            row["name"] = row["name"] or code
            row["birthday"] = date.fromisoformat(row["birthday"]) if row["birthday"] else None
            row["credit_limit"] = Decimal(row["credit_limit"]) if row["credit_limit"] else None
            rows.append(row)
        frame = pl.DataFrame(rows, TYPES, orient="row")
        told_of[version := next(versions)] = customers

        def read(_ledger, _as_of, people):
            return iter([frame if people is None else frame.filter(pl.col("code").is_in(people))])

        def changed_since(_ledger, since, _step, _days, others):
            before = told_of[since]
            codes = {*before, *customers}
            moved = {one for one in codes if before.get(one) != customers.get(one)}.union(others)
            return list(moved), pl.Series("code", list(moved), pl.String)

        monkeypatch.setattr(engine, "read", read)
        monkeypatch.setattr(engine, "changed_since", changed_since)
        told = set(customers)
        monkeypatch.setattr(
            engine, "known_by_the_site_alone", lambda _ledger, codes: set(codes) - told
        )
        synchronise(SimpleNamespace(version=version, step=str), AS_OF)

    return bring


def value_of(field):
    return st.sampled_from(TEXTS[field])


IMPORTS = st.tuples(
    st.just("import"),
    st.dictionaries(
        st.sampled_from(CODES),
        st.fixed_dictionaries({field: st.just("") | value_of(field) for field in FIELDS}),
    ),
)
EDITS = st.sampled_from(FIELDS).flatmap(
    lambda field: st.tuples(
        st.just("edit"), st.sampled_from(CODES), st.just(field), value_of(field)
    )
)
CHOICES = st.tuples(
    st.just("choose"),
    st.sampled_from(CODES),
    st.sampled_from(FIELDS),
    st.sampled_from(("mine", "import")),
)
CREATIONS = st.tuples(st.just("create"), st.sampled_from(CODES))


class Remembered:
    """What each field must be, by what people last said and what imports last brought."""

    def __init__(self):
        self.people = {}
        """By customer and field: what was written, and what imports brought then."""
        self.brought = {}
        self.facts, self.typed = set(), set()

    def known(self):
        return {code for code, _field in self.brought}

    def imported(self, told):
        self.facts = set(told)
        for code, values in told.items():
            for field, text in values.items():
                self.brought[code, field] = text

    def wrote(self, code, field, text):
        where = code, field
        if text == self.in_effect(*where):
            return
        base = self.brought[where]
        if where in self.people:
            # Brought in vain, or in silence: what was brought first is still known.
            base = self.to_choose(*where) or self.people[where][1]
        if text == base:
            self.people.pop(where, None)
        else:
            self.people[where] = (text, base)

    def chose(self, code, field, keep):
        other = self.to_choose(code, field)
        if other is None:
            return
        if keep == "mine":
            self.people[code, field] = (self.people[code, field][0], other)
        else:
            del self.people[code, field]

    def in_effect(self, code, field):
        if (code, field) in self.people:
            return self.people[code, field][0]
        return self.brought[code, field] or (code if field == "name" else "")

    def to_choose(self, code, field):
        """What imports bring besides; None for nothing new."""
        text, base = self.people.get((code, field), ("", ""))
        now = self.brought[code, field]
        if (code, field) not in self.people or now in ("", text, base):
            return None
        return now

    def standing(self, code):
        return "facts" if code in self.facts else "site" if code in self.typed else "archived"


@given(st.lists(IMPORTS | EDITS | CHOICES | CREATIONS, min_size=3, max_size=14))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_edit_is_never_lost_under_random_imports(alice, facts, steps):
    with transaction.atomic():
        expected = Remembered()
        for step in steps:
            take(step, expected, alice, facts)
            check(expected)
        transaction.set_rollback(True)


def take(step, expected, alice, facts):
    what, *told = step
    if what == "import":
        facts(told[0])
        expected.imported(told[0])
    elif what == "create":
        if told[0] not in expected.known():
            create(alice, {"name": "typed", "phone": "021-9"}, code=told[0])
            expected.typed.add(told[0])
            for field in FIELDS:
                expected.brought[told[0], field] = ""
            expected.people[told[0], "name"] = ("typed", "")
            expected.people[told[0], "phone"] = ("021-9", "")
    elif told[0] in expected.known() and expected.standing(told[0]) != "archived":
        customer = Customer.objects.get(code=told[0])
        if what == "edit":
            edit(alice, customer, {told[1]: told[2]})
            expected.wrote(*told)
        else:
            choose(alice, customer, told[1], told[2])
            expected.chose(*told)


def check(expected):
    rows = {one.code: one for one in Customer.objects.prefetch_related("edits")}
    assert set(rows) == expected.known()
    for code, customer in rows.items():
        assert customer.standing == expected.standing(code)
        edits = {one.field: one for one in customer.edits.all()}
        for field in FIELDS:
            assert current_text(customer, field) == expected.in_effect(code, field), (code, field)
            wrote = edits.get(field)
            assert (wrote is not None) == ((code, field) in expected.people)
            if wrote is not None and code in expected.facts:
                assert wrote.incoming == expected.to_choose(code, field)
        assert customer.search.startswith(customer.name.casefold())
