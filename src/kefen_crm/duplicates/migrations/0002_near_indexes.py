"""Customers are found by the end of a phone number, and by mail, while somebody types."""

from __future__ import annotations

from django.db import migrations

BY_PHONE = """
CREATE INDEX duplicates_by_phone ON customers_customer
    (right(regexp_replace(phone, '[^0-9]', '', 'g'), 8)) WHERE phone <> ''
"""
BY_EMAIL = "CREATE INDEX duplicates_by_email ON customers_customer (lower(email)) WHERE email <> ''"


class Migration(migrations.Migration):
    dependencies = [("duplicates", "0001_pairs_and_merges")]

    operations = [
        migrations.RunSQL(BY_PHONE, "DROP INDEX duplicates_by_phone"),
        migrations.RunSQL(BY_EMAIL, "DROP INDEX duplicates_by_email"),
    ]
