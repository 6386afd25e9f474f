"""The customers of `benchmarks.site` in the database of Creme CRM 2.8, to measure it beside Kefen.

    python -m benchmarks.creme_company DATABASE-FOLDER [--customers 100000]

As many organisations under the same codes, names, phones and cities, each with its contact, and
the orders of the same customers on the same days as invoices with their sum, with what Creme
relates them by: who employs whom, who is whose customer, who issues and who receives an invoice.
"""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import psycopg

from benchmarks.generate import DAYS, FIRST, LINES_PER_ORDER
from benchmarks.site_company import CUSTOMERS, LINES_PER_CUSTOMER
from kefen_crm.process.postgres import Embedded

if TYPE_CHECKING:
    from collections.abc import Iterable

ORDERS = f"""
select number, floor(power(hash(number) / 18446744073709551615.0, 1.7) * {{customers}})::int,
  date '{FIRST}' + floor(hash(number + 77) / 18446744073709551615.0 * {DAYS})::int,
  round(10 + hash(number + 5) % 500000 / 100.0, 2)::decimal(14, 2)
from range({{orders}}) as t(number)
"""  # who orders when is drawn as in `benchmarks.generate`

STAGING = """
create temp table customer (n int, code text, name text, phone text, contact text, city text);
create temp table sale (n int, customer int, day date, total numeric(14, 2));
"""

ENTITIES = """
insert into creme_core_cremeentity (id, uuid, created, modified, header_filter_search_field,
  is_deleted, entity_type_id, user_id, extra_data, description)
overriding system value
select {number}, gen_random_uuid(), now(), now(), left({text}, 200), false, kind.id, person.id,
  '{{}}', ''
from {table} join django_content_type as kind on kind.app_label = '{app}' and kind.model = '{model}'
cross join (select min(id) as id from creme_core_cremeuser) as person
"""

ROWS = """
insert into persons_organisation (cremeentity_ptr_id, name, is_managed, phone, fax, email, url_site,
  siren, naf, siret, rcs, eori, tvaintra, subject_to_vat, annual_revenue, code)
select {base} + n, name, false, phone, '', '', '', '', '', '', '', '', '', true, '', code
from customer;
insert into persons_contact (cremeentity_ptr_id, last_name, first_name, phone, mobile, skype, fax,
  email, url_site, full_position)
select {base} + {customers} + n, left(contact, 1), substr(contact, 2), phone, '', '', '', '', '', ''
from customer;
insert into persons_address (name, address, po_box, zipcode, city, department, state, country,
  object_id, content_type_id, extra_data, created, modified)
select '', '', '', '', city, '', '', '', {base} + n, kind.id, '{{}}', now(), now() from customer
join django_content_type as kind on kind.app_label = 'persons' and kind.model = 'organisation';
update persons_organisation as organisation set billing_address_id = address.id
from persons_address as address where address.object_id = organisation.cremeentity_ptr_id;
insert into billing_invoice (cremeentity_ptr_id, name, number, buyers_order_number, issuing_date,
  discount, comment, total_vat, total_no_vat, currency_id, status_id)
select {base} + 2 * {customers} + n, 'O' || lpad(n::text, 9, '0'), 'O' || lpad(n::text, 9, '0'),
  '', day, 0, '', total, total, (select min(id) from creme_core_currency),
  (select id from billing_invoicestatus where is_default)
from sale
"""

RELATIONS = """
with pair as (select {pair} from {table}), kind as (
  select subject.id as subject, object.id as object from django_content_type as subject,
    django_content_type as object
  where subject.model = '{subject}' and subject.app_label in ('persons', 'billing')
    and object.model = 'organisation' and object.app_label = 'persons'
), there as (
  insert into creme_core_relation (created, object_ctype_id, object_entity_id, subject_entity_id,
    type_id, user_id)
  select now(), kind.object, pair.object, pair.subject, '{app}-subject_{type}', person.id
  from pair, kind, (select min(id) as id from creme_core_cremeuser) as person
  returning id, object_entity_id, subject_entity_id, user_id
), back as (
  insert into creme_core_relation (created, object_ctype_id, object_entity_id, subject_entity_id,
    type_id, user_id, symmetric_relation_id)
  select now(), kind.subject, there.subject_entity_id, there.object_entity_id,
    '{app}-object_{type}', there.user_id, there.id
  from there, kind
)
select count(*) from there
"""

SYMMETRIC = """
update creme_core_relation as there set symmetric_relation_id = back.id
from creme_core_relation as back where back.symmetric_relation_id = there.id
"""


def fill(database: psycopg.Connection, customers: int) -> int:
    """Write everything in one transaction; the first organisation's number."""
    orders = customers * LINES_PER_CUSTOMER // LINES_PER_ORDER
    database.execute(STAGING)
    named = CUSTOMERS.format(customers=customers, batch="")
    made = duckdb.connect()
    people = made.execute(
        "select substr(customer_id, 2)::int, customer_id, name, phone, contact, city "
        f"from ({named}) order by 1"
    )
    _copy(database, "customer", people.fetchall())
    made.execute(ORDERS.format(customers=customers, orders=orders))
    _copy(database, "sale", made.fetchall())
    base = _scalar(database, "select max(id) + 1 from creme_core_cremeentity")
    ours = _scalar(
        database, "select min(cremeentity_ptr_id) from persons_organisation where is_managed"
    )
    for number, text, table, app, model in (
        (f"{base} + n", "name", "customer", "persons", "organisation"),
        (f"{base} + {customers} + n", "contact", "customer", "persons", "contact"),
        (f"{base} + 2 * {customers} + n", "n::text", "sale", "billing", "invoice"),
    ):
        database.execute(
            ENTITIES.format(number=number, text=text, table=table, app=app, model=model)
        )
    database.execute(ROWS.format(base=base, customers=customers))
    contact = f"{base} + {customers} + n as subject, {base} + n as object"
    customer = f"{base} + n as subject, {ours} as object"
    issued = f"{base} + 2 * {customers} + n as subject, {ours} as object"
    received = f"{base} + 2 * {customers} + n as subject, {base} + customer as object"
    for pair, table, subject, app, kind in (
        (contact, "customer", "contact", "persons", "employed_by"),
        (customer, "customer", "organisation", "persons", "customer_supplier"),
        (issued, "sale", "invoice", "billing", "bill_issued"),
        (received, "sale", "invoice", "billing", "bill_received"),
    ):
        database.execute(
            RELATIONS.format(pair=pair, table=table, subject=subject, app=app, type=kind)
        )
    database.execute(SYMMETRIC)
    database.execute(
        "select setval(pg_get_serial_sequence('creme_core_cremeentity', 'id'), "
        "(select max(id) from creme_core_cremeentity))"
    )
    return base


def _copy(database: psycopg.Connection, table: str, rows: Iterable[tuple[object, ...]]) -> None:
    with database.cursor().copy(f"copy {table} from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def _scalar(database: psycopg.Connection, query: str) -> int:
    row = database.execute(query).fetchone()
    if row is None or row[0] is None:
        raise SystemExit(f"Creme's database is not populated: {query}")
    return int(row[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder of the database that Creme uses")
    parser.add_argument("--customers", type=int, default=100_000)
    asked = parser.parse_args()
    began = dt.datetime.now(dt.UTC)
    with Embedded(asked.folder) as server:
        with psycopg.connect(server.url) as database:
            first = fill(database, asked.customers)
        with psycopg.connect(server.url, autocommit=True) as database:
            database.execute("vacuum (analyze)")
    print(f"the first organisation is {first}; {dt.datetime.now(dt.UTC) - began}")


if __name__ == "__main__":
    main()
