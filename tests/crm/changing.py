"""A program that keeps changing customers and classes, as others do; run in processes of its own.

`python changing.py URL SEED ROUNDS`: each round is a transaction of some inserts, updates and
deletions by SQL, as bulk work writes, and a few are given up.
"""

from __future__ import annotations

import random
import sys

import psycopg

CODES = [f"W{n:02}" for n in range(30)]
INSERT = """
    INSERT INTO customers_customer (code, name, initials, pinyin, search, phone, email, contact,
        address, region, province, city, industry, size, customer_type, source_channel, status,
        note, owner_name, attributes, sales, created, updated)
    SELECT c, %(name)s, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', '{}',
        %(sales)s, now(), now() FROM unnest(%(codes)s::text[]) AS c
    ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name, sales = EXCLUDED.sales
"""
CLASS = """
    INSERT INTO grading_customerclass (customer_id, scheme_id, class_key, detail, held_by, pending)
    SELECT id, %(scheme)s, %(key)s, '{}', '', 0 FROM customers_customer
    WHERE code = ANY(%(codes)s) ORDER BY id FOR UPDATE
    ON CONFLICT (customer_id, scheme_id) DO UPDATE SET class_key = EXCLUDED.class_key
"""
UNCLASS = """
    DELETE FROM grading_customerclass AS class USING customers_customer AS customer
    WHERE class.customer_id = customer.id AND customer.code = ANY(%(codes)s)
"""
AGAIN = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.ForeignKeyViolation,
    psycopg.errors.LockNotAvailable,
)
DELETE = "DELETE FROM customers_customer WHERE code = ANY(%(codes)s)"


def change(connection: psycopg.Connection, chance: random.Random, scheme: int) -> None:
    """One transaction; with some luck it meets those of the others."""
    with connection.transaction() as whole:
        for _ in range(chance.randint(1, 4)):
            about = {
                "scheme": scheme,
                "codes": sorted(chance.sample(CODES, chance.randint(1, 4))),
                "name": f"name {chance.random()}",
                "sales": chance.randint(1, 9),
                "key": chance.choice("ABC"),
            }
            what = chance.random()
            if what < 0.4:
                connection.execute(INSERT, about)
            elif what < 0.75:
                connection.execute(CLASS, about)
            else:
                connection.execute(UNCLASS, about)
                connection.execute(DELETE, about)
        if chance.random() < 0.1:
            raise psycopg.Rollback(whole)


def main(url: str, seed: int, rounds: int) -> None:
    """Do so many transactions."""
    chance = random.Random(seed)
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT min(scheme_id) FROM grading_customerclass")
        (scheme,) = found.fetchone()
        # Two that wait for each other give up soon and try again.
        connection.execute("SET lock_timeout = '50ms'")
        left = rounds
        while left:
            try:
                change(connection, chance, scheme)
            except AGAIN:
                continue
            left -= 1


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
